public import Torch

/// Mirrors each image with probability 1 / 2: a pure function of seed and step.
public struct RandomFlips: Sendable {
    /// Origin of the draws.
    public let seed: Seed

    /// Flips of a seed.
    public init(seed: Seed) { self.seed = seed }

    /// Images [B, C, H, W], some of them left for right.
    public func flipped(_ images: Tensor, at step: Int) -> Tensor {
        Self.flipped(images, where: mask(images.shape[0], at: step))
    }

    /// Images [B, C, H, W], those that a mask [B] names left for right.
    public static func flipped(_ images: Tensor, where mask: Tensor) -> Tensor {
        images.flip(3).where(mask.to(images.device).alongBatch(of: images), else: images)
    }

    /// The images of a step that are mirrored, bool [B].
    public func mask(_ count: Int, at step: Int) -> Tensor {
        Tensor.rand([count], using: RandomSource(seed.child(step))) .< 0.5
    }
}
