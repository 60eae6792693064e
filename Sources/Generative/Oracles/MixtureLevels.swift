public import Torch

/// The perfect ``LevelModel`` of a ``GaussianMixture``: its posterior means of data and noise at any level.
public struct MixtureLevels: LevelModel, Sendable {
    private let mixture: GaussianMixture

    /// The model of data.
    public init(of mixture: GaussianMixture) { self.mixture = mixture }

    /// Means, shaped like `x` [B, ...].
    public func estimate(at x: Tensor, level: NoiseLevel, given _: Void) -> Estimate {
        let known = mixture.posterior(
            at: x, alpha: Tensor.full([x.shape[0]], level.alpha, dtype: x.dtype, device: x.device),
            sigma: Tensor.full([x.shape[0]], level.sigma, dtype: x.dtype, device: x.device))
        return Estimate(data: known.data, noise: known.noise)
    }
}
