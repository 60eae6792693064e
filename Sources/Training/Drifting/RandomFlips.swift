internal import Torch

/// Mirrors each image with probability 1 / 2: a pure function of seed and step.
struct RandomFlips: Sendable {
    let seed: Seed

    /// Images [B, C, H, W], some of them left for right.
    func flipped(_ images: Tensor, at step: Int) -> Tensor {
        Self.flipped(images, where: mask(images.shape[0], at: step))
    }

    /// Images [B, C, H, W], those that a mask [B] names left for right.
    static func flipped(_ images: Tensor, where mask: Tensor) -> Tensor {
        images.flip(3).where(mask.to(images.device).alongBatch(of: images), else: images)
    }

    /// Which of the images of a step are mirrored, [B].
    func mask(_ count: Int, at step: Int) -> Tensor {
        Tensor.rand([count], using: RandomSource(seed.child(step))) .< 0.5
    }
}
