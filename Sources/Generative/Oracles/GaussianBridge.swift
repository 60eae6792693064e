public import Torch

/// The Schrödinger bridge between two Gaussians, in closed form: of all processes that begin as N(m₀, S₀) at t = 0 and end
/// as N(m₁, S₁) at t = 1, the one nearest to the Brownian motion dX = σ dW.
///
/// Given its ends it is a Brownian bridge, x_t = (1 - t) x₀ + t x₁ + σ √(t (1 - t)) z, and its ends are jointly Gaussian with
///
///     Cov(x₀, x₁) = C = (S₀^½ D S₀^-½ - σ² I) / 2,    D = (4 S₀^½ S₁ S₀^½ + σ⁴ I)^½
///
/// (Bunne, Hsieh, Cuturi and Krause, arXiv 2202.05722, theorem 3.) (x₀, x₁) is also the entropic coupling for the cost |x - y|²
/// with ε = 2 σ². It is an oracle for learned bridges: as a ``StochasticField`` it is followed forward, as a ``VectorField`` it
/// is the probability flow with the same marginals, and ``reversed`` is the same process with time running the other way.
public struct GaussianBridge: VectorField, StochasticField, Sendable {
    /// None.
    public typealias Condition = Void

    /// A Gaussian: mean [D] and covariance [D, D], positive definite.
    public struct Gaussian: Sendable {
        /// Mean [D], float64.
        public let mean: Tensor
        /// Covariance [D, D], float64.
        public let covariance: Tensor

        /// A Gaussian.
        public init(mean: Tensor, covariance: Tensor) {
            let dimensions = mean.shape.first ?? 0
            demand(
                mean.shape == [dimensions] && covariance.shape == [dimensions, dimensions] && dimensions > 0,
                "a Gaussian has a mean [D] and a covariance [D, D], unlike \(mean.shape) and \(covariance.shape)")
            (self.mean, self.covariance) = (mean.to(.float64), covariance.to(.float64))
        }
    }

    /// The distribution at t = 0.
    public let start: Gaussian
    /// The distribution at t = 1.
    public let end: Gaussian
    /// Standard deviation of the reference per root of time.
    public let sigma: Double
    /// Cov(x₀, x₁) [D, D].
    public let crossCovariance: Tensor

    /// The bridge between two Gaussians of as many dimensions.
    ///
    /// - Parameters:
    ///   - start: The distribution at t = 0.
    ///   - end: The distribution at t = 1.
    ///   - sigma: σ > 0.
    public init(from start: Gaussian, to end: Gaussian, sigma: Double) {
        demand(start.mean.shape == end.mean.shape, "both ends of a bridge have as many dimensions")
        demand(sigma > 0 && sigma.isFinite, "the reference has a positive standard deviation, not \(sigma)")
        (self.start, self.end, self.sigma) = (start, end, sigma)
        let root = start.covariance.powerOfSymmetric(0.5)
        let (variance, identity) = (sigma * sigma, Self.identity(like: root))
        let inner = root.matmul(end.covariance).matmul(root) * 4 + identity * (variance * variance)
        let product = root.matmul(inner.powerOfSymmetric(0.5)).matmul(start.covariance.powerOfSymmetric(-0.5))
        crossCovariance = (product - identity * variance) * 0.5
    }

    private static func identity(like matrix: Tensor) -> Tensor {
        .eye(matrix.shape[0], dtype: .float64, device: matrix.device)
    }

    /// The same process with time running from its end to its start.
    public var reversed: GaussianBridge { GaussianBridge(from: end, to: start, sigma: sigma) }

    // MARK: Marginals

    /// Means of x_t at times [B], [B, D].
    public func mean(at time: Tensor) -> Tensor {
        let t = time.to(.float64).unsqueeze(1)
        return (1 - t) * start.mean + t * end.mean
    }

    /// Covariances of x_t at times [B], [B, D, D].
    public func covariance(at time: Tensor) -> Tensor {
        let t = time.to(.float64).reshape(-1, 1, 1)
        let s = 1 - t
        let cross = crossCovariance + crossCovariance.mT + Self.identity(like: crossCovariance) * (sigma * sigma)
        return s.square() * start.covariance + t.square() * end.covariance + s * t * cross
    }

    /// ∇ log ρ_t at positions [B, D] and times [B].
    public func score(at x: Tensor, time: Tensor) -> Tensor { -whitened(x, time).to(x.dtype) }

    // MARK: Dynamics

    /// The drift of the forward equation dX = f dt + σ dW: E[(x₁ - x_t) / (1 - t) | x_t = x], the ends included.
    public func drift(at x: Tensor, time: Tensor, given _: Void) -> Tensor { drift(at: x, time: time, noise: 0) }

    /// σ at each time [B].
    public func diffusion(at time: Tensor) -> Tensor { time.onesLike() * sigma }

    /// The drift of the equation that runs backwards, E[(x_t - x₀) / t | x_t = x] = f - σ² ∇ log ρ_t: dX = b dt + σ dW with time
    /// falling.
    public func backwardDrift(at x: Tensor, time: Tensor) -> Tensor { drift(at: x, time: time, noise: 1) }

    /// The velocity of the probability flow, f - σ²/2 ∇ log ρ_t.
    public func velocity(at x: Tensor, time: Tensor, given _: Void) -> Tensor { drift(at: x, time: time, noise: 0.5) }

    /// f - `noise` σ² ∇ log ρ_t.
    private func drift(at x: Tensor, time: Tensor, noise: Double) -> Tensor {
        // The covariance of x₁ - x_t with x_t, divided by 1 - t, which it contains.
        let t = time.to(.float64).reshape(-1, 1, 1)
        let (cross, identity) = (crossCovariance, Self.identity(like: crossCovariance))
        let moving =
            cross.mT - start.covariance
            + t * (end.covariance + start.covariance - cross - cross.mT - identity * (sigma * sigma))
        let slope = moving + identity * (noise * sigma * sigma)
        let deviation = slope.matmul(whitened(x, time).unsqueeze(2)).squeeze(2)
        return (end.mean - start.mean + deviation).to(x.dtype)
    }

    /// cov_t⁻¹ (x - mean_t).
    private func whitened(_ x: Tensor, _ time: Tensor) -> Tensor {
        demand(x.rank == 2 && time.shape == [x.shape[0]], "positions [B, D] with times [B], not \(x.shape)")
        let deviation = x.to(.float64) - mean(at: time)
        return covariance(at: time).solve(deviation.unsqueeze(2)).squeeze(2)
    }

    // MARK: Without noise

    /// The matrix A of the optimal transport map x -> m₁ + A (x - m₀), the limit σ -> 0.
    public var transportMap: Tensor {
        let (root, inverse) = (start.covariance.powerOfSymmetric(0.5), start.covariance.powerOfSymmetric(-0.5))
        return inverse.matmul(root.matmul(end.covariance).matmul(root).powerOfSymmetric(0.5)).matmul(inverse)
    }

    /// The squared 2-Wasserstein distance of the ends.
    public var squaredWasserstein: Double {
        let root = start.covariance.powerOfSymmetric(0.5)
        let middle = root.matmul(end.covariance).matmul(root).powerOfSymmetric(0.5)
        let traces = (start.covariance + end.covariance - middle * 2).trace().item() as Double
        return (start.mean - end.mean).square().sum().item() + traces
    }
}

extension Tensor {
    /// A power of a symmetric positive definite matrix.
    fileprivate func powerOfSymmetric(_ exponent: Double) -> Tensor {
        let (values, vectors) = ((self + mT) * 0.5).eigh()
        return (vectors * values.pow(exponent)).matmul(vectors.mT)
    }
}
