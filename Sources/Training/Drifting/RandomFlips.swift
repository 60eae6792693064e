internal import Torch

/// Mirrors each image with probability 1 / 2: a pure function of seed and step.
struct RandomFlips: Sendable {
    let seed: Seed

    /// Images [B, C, H, W], some of them left for right.
    func flipped(_ images: Tensor, at step: Int) -> Tensor {
        let draws = Tensor.rand([images.shape[0]], using: RandomSource(seed.child(step))).to(images.device)
        return images.flip(3).where((draws .< 0.5).alongBatch(of: images), else: images)
    }
}
