internal import Foundation
public import Torch

/// Data of which everything is known: a mixture of K Gaussians in D dimensions, y ~ Σ_k w_k N(m_k, S_k).
///
/// Under x = α y + σ e with e ~ N(0, I) the marginal is a mixture again, with means α m_k and covariances
/// α² S_k + σ² I. Hence closed forms of the density, the score and the posterior means of data and noise, which is all
/// that a perfect model would know. ``MixtureVelocity``, ``MixtureDiffusion`` and ``MixtureDenoiser`` are such models.
///
/// Component k is class k: with labels [B], int64 in 0...K, quantities are conditional on the class, and the label K
/// stands for "any".
public struct GaussianMixture: Sendable {
    /// Probabilities of the components [K].
    public let weights: Tensor
    /// Means [K, D].
    public let means: Tensor
    /// Covariances [K, D, D].
    public let covariances: Tensor

    // Eigenvalues [K, D] and eigenvectors [K, D, D], as columns, of the covariances: α² S + σ² I has the same
    // eigenvectors for every α and σ.
    private let variances: Tensor
    private let axes: Tensor

    /// A mixture.
    ///
    /// - Parameters:
    ///   - weights: Positive weights [K]; divided by their sum.
    ///   - means: Means [K, D].
    ///   - covariances: Symmetric, positive definite matrices [K, D, D].
    public init(weights: Tensor, means: Tensor, covariances: Tensor) {
        let (k, d) = (means.shape[0], means.shape[means.rank - 1])
        demand(
            weights.shape == [k] && means.shape == [k, d] && covariances.shape == [k, d, d],
            "weights \(weights.shape), means \(means.shape) and covariances \(covariances.shape) do not fit")
        demand(weights.amin().item() > 0, "the weights of a mixture are positive")
        self.weights = weights / weights.sum()
        self.means = means
        self.covariances = covariances
        let eigen = covariances.to(.cpu, .float64).eigh()
        demand(eigen.values.amin().item() > 0, "the covariances of a mixture are positive definite")
        variances = eigen.values.to(means.device, means.dtype)
        axes = eigen.vectors.to(means.device, means.dtype)
    }

    /// A single Gaussian.
    ///
    /// - Parameters:
    ///   - mean: Mean [D].
    ///   - covariance: Symmetric, positive definite matrix [D, D].
    public init(mean: Tensor, covariance: Tensor) {
        self.init(
            weights: .ones([1], dtype: mean.dtype, device: mean.device), means: mean.unsqueeze(0),
            covariances: covariance.unsqueeze(0))
    }

    /// Equal round Gaussians at equal distances on a circle: the toy of many papers, with eight modes.
    ///
    /// - Parameters:
    ///   - modes: K, 8 by default.
    ///   - radius: Of the circle, 2 by default.
    ///   - deviation: Standard deviation of each mode, 0.2 by default.
    ///   - dtype: Of all that the mixture computes.
    public static func ring(
        modes: Int = 8, radius: Double = 2, deviation: Double = 0.2, dtype: DType = .float32
    ) -> GaussianMixture {
        let angles = Tensor.arange(modes, dtype: dtype) * (2 * Double.pi / Double(modes))
        let covariance = Tensor.eye(2, dtype: dtype) * (deviation * deviation)
        return GaussianMixture(
            weights: .ones([modes], dtype: dtype), means: Tensor.stack([angles.cos(), angles.sin()], 1) * radius,
            covariances: covariance.expand(modes, 2, 2))
    }

    /// Number of components K.
    public var components: Int { means.shape[0] }

    /// Number of dimensions D.
    public var dimensions: Int { means.shape[1] }

    /// The mean of the data [D].
    public var mean: Tensor { weights.matmul(means) }

    /// The covariance of the data [D, D].
    public var covariance: Tensor {
        let offsets = means - mean
        return (weights.reshape(-1, 1, 1) * covariances).sum(0)
            + Tensor.einsum("k,kd,ke->de", weights, offsets, offsets)
    }

    /// The distribution of α y + σ e.
    public func diffused(alpha: Double, sigma: Double) -> GaussianMixture {
        let noise = Tensor.eye(dimensions, dtype: means.dtype, device: means.device) * (sigma * sigma)
        return GaussianMixture(
            weights: weights, means: means * alpha, covariances: covariances * (alpha * alpha) + noise)
    }

    /// Draws data.
    ///
    /// - Parameters:
    ///   - count: Number of samples, N.
    ///   - source: Randomness.
    /// - Returns: Points [N, D] and the components that they come from [N], int64.
    public func draw(_ count: Int, using source: RandomSource) -> (points: Tensor, labels: Tensor) {
        let labels = weights.multinomial(count, replacement: true, using: source)
        let noise = Tensor.randn([count, dimensions], using: source, dtype: means.dtype)
        let scaled = variances.indexSelect(0, labels).sqrt() * noise
        let rotated = Tensor.einsum("nde,ne->nd", axes.indexSelect(0, labels), scaled)
        return (means.indexSelect(0, labels) + rotated, labels)
    }
}

extension GaussianMixture {
    /// Posterior of data and noise at a position x = α y + σ e.
    ///
    /// With c = α² λ + σ² for the eigenvalues λ of S_k, and z = x - α m_k in its eigenbasis, component k has the score
    /// -z / c, and y and e the means m_k + α λ z / c and σ z / c; the mixture averages over p(k | x).
    public struct Posterior: Sendable {
        /// log ρ(x), the logarithm of the density of the position [B].
        public let logDensity: Tensor
        /// ∇ log ρ(x) [B, ...].
        public let score: Tensor
        /// E[y | x] [B, ...].
        public let data: Tensor
        /// E[e | x] = -σ ∇ log ρ(x) [B, ...], computed without a division by α or σ.
        public let noise: Tensor
        /// p(k | x) [B, K].
        public let responsibilities: Tensor
    }

    /// Knowledge of a perfect model at a position.
    ///
    /// - Parameters:
    ///   - x: Positions [B, ...] of D elements each, of the dtype of the mixture.
    ///   - alpha: α, one per example [B].
    ///   - sigma: σ >= 0, one per example [B].
    ///   - labels: Classes [B] in 0...K, K for any; any by default.
    public func posterior(at x: Tensor, alpha: Tensor, sigma: Tensor, labels: Tensor? = nil) -> Posterior {
        let flat = x.reshape(x.shape[0], dimensions)
        let (alpha, sigma) = (alpha.reshape(-1, 1, 1).to(x.dtype), sigma.reshape(-1, 1, 1).to(x.dtype))
        let z = Tensor.einsum("bkd,kde->bke", flat.unsqueeze(1) - alpha * means, axes)
        let c = alpha.square() * variances + sigma.square()
        let normal = (z.square() / c + c.log() + Foundation.log(2 * .pi)).sum(-1) * -0.5
        let joint = normal + logPrior(labels)
        let responsibilities = joint.softmax(-1)
        let pull = responsibilities.unsqueeze(-1) * z / c

        func average(_ inEigenbasis: Tensor) -> Tensor { Tensor.einsum("bke,kde->bd", inEigenbasis, axes) }
        let data = responsibilities.matmul(means) + average(alpha * variances * pull)
        return Posterior(
            logDensity: joint.logsumexp(-1), score: -average(pull).reshape(x.shape), data: data.reshape(x.shape),
            noise: average(sigma * pull).reshape(x.shape), responsibilities: responsibilities)
    }

    /// Logarithms of p(k) [K], or, given labels, of p(k | label) [B, K].
    private func logPrior(_ labels: Tensor?) -> Tensor {
        guard let labels else { return weights.log() }
        let wanted = labels.unsqueeze(1)
        let excluded = (wanted .!= Tensor.arange(components, device: labels.device)) .& (wanted .!= components)
        return weights.log().expand([labels.shape[0], components]).maskedFill(excluded, -.infinity).logSoftmax(-1)
    }
}
