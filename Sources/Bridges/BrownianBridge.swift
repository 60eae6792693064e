public import Torch

/// Brownian motion of standard deviation σ per root of time, tied to two ends.
///
///     x_t = (1 - t) x₀ + t x₁ + σ √(t (1 - t)) z,    z ~ N(0, I)
///
/// The reference of a Schrödinger bridge, given its ends. Given x_t and the ends, the process drifts forward with
/// (x₁ - x_t) / (1 - t); a network that learns its mean given x_t alone follows the same marginals (bridge matching; Shi et
/// al., arXiv 2303.16852, proposition 2; Peluchetti, arXiv 2304.00917).
public struct BrownianBridge: Sendable, Hashable {
    /// σ > 0.
    public let sigma: Double

    /// The reference of a standard deviation σ > 0 per root of time.
    public init(sigma: Double) {
        demand(sigma > 0 && sigma.isFinite, "a Brownian reference has a positive standard deviation, not \(sigma)")
        self.sigma = sigma
    }

    /// Positions at times in [0, 1] [B] between ends [B, ...], with standard normal noise like them.
    public func position(from start: Tensor, to end: Tensor, noise: Tensor, at time: Tensor) -> Tensor {
        let t = time.alongBatch(of: start)
        return (1 - t) * start + t * end + (t * (1 - t)).sqrt() * noise * sigma
    }

    /// A mean given the position that networks learn.
    public enum Target: Sendable, Hashable, CaseIterable {
        /// The forward drift, x₁ - x₀ - σ √(t / (1 - t)) z.
        case drift
        /// The velocity of the probability flow, x₁ - x₀ + σ (1 - 2t) / (2 √(t (1 - t))) z (Tong et al., arXiv 2307.03672,
        /// equation 8).
        case velocity
        /// σ times the score, -z / √(t (1 - t)): the forward drift is the velocity plus σ/2 of it, the backward one the
        /// velocity less that.
        case score
    }

    /// The quantity whose mean a network learns, [B, ...], at times in (0, 1) [B].
    public func value(_ target: Target, from start: Tensor, to end: Tensor, noise: Tensor, at time: Tensor) -> Tensor {
        let factor = noiseFactor(target, at: time).alongBatch(of: start)
        return target == .score ? factor * noise : end - start + factor * noise
    }

    /// Weights [B] of squared errors that keep the variance of the target's noise below that of its weight at every time,
    /// as it grows without bound towards an end.
    ///
    /// 1 / (1 + c²), where c is the factor of the noise; for the score 1 / c², which makes the errors those of the noise.
    public func weight(of target: Target, at time: Tensor) -> Tensor {
        let square = noiseFactor(target, at: time).square()
        return (target == .score ? square : square + 1).reciprocal()
    }

    /// Factor of the noise in the target [B].
    private func noiseFactor(_ target: Target, at time: Tensor) -> Tensor {
        switch target {
        case .drift: (time / (1 - time)).sqrt() * -sigma
        case .velocity: (1 - 2 * time) / (time * (1 - time)).sqrt() * (sigma / 2)
        case .score: -(time * (1 - time)).rsqrt()
        }
    }
}
