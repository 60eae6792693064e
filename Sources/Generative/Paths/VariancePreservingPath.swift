internal import Foundation
public import Torch

/// The variance-preserving path of diffusion models with a linear rate of noise β, σ² = 1 - α².
///
///     log α = -s² (β₁ - β₀) / 4 - s β₀ / 2,    s = 1 - t
///
/// Song et al., arXiv 2011.13456, equation 33: the limit of the table of Ho et al., arXiv 2006.11239. At t = 0 a share of
/// data is left, α(0) = 0.0066 by default.
public struct VariancePreservingPath: AffinePath, Hashable {
    /// β₀, the rate at the data.
    public let lowestRate: Double
    /// β₁, the rate at the noise.
    public let highestRate: Double

    /// A path.
    ///
    /// - Parameters:
    ///   - lowestRate: β₀ >= 0, 0.1 by default.
    ///   - highestRate: β₁ >= β₀ and > 0, 20 by default.
    public init(lowestRate: Double = 0.1, highestRate: Double = 20) {
        demand(
            lowestRate >= 0 && highestRate >= lowestRate && highestRate > 0 && highestRate.isFinite,
            "rates of noise rise from β₀ >= 0 to a finite β₁ > 0, unlike \(lowestRate) and \(highestRate)")
        self.lowestRate = lowestRate
        self.highestRate = highestRate
    }

    /// log α and d(log α)/dt [B] at times [B].
    func logAlpha(at time: Tensor) -> (value: Tensor, rate: Tensor) {
        let s = 1 - time
        let slope = highestRate - lowestRate
        return (s.square() * (-slope / 4) - s * (lowestRate / 2), s * (slope / 2) + lowestRate / 2)
    }

    /// α, σ = sqrt(1 - α²) and their rates; dσ/dt is infinite at the data, σ dσ/dt = -α dα/dt is not.
    public func coefficients(at time: Tensor) -> PathCoefficients {
        let log = logAlpha(at: time)
        let alpha = log.value.exp()
        let alphaRate = alpha * log.rate
        let sigma = (-(log.value * 2.0).expm1()).sqrt()
        let half = -(alpha * alphaRate)
        return PathCoefficients(
            alpha: alpha, sigma: sigma, alphaRate: alphaRate, sigmaRate: half / sigma, halfVarianceRate: half)
    }
}

/// The sub-variance-preserving path: α of a ``VariancePreservingPath``, σ = 1 - α².
///
/// Song et al., arXiv 2011.13456, equation 29. Its variance is below that of the variance-preserving path at all times.
public struct SubVariancePreservingPath: AffinePath, Hashable {
    /// The path with the same α.
    public let preserving: VariancePreservingPath

    /// A path.
    ///
    /// - Parameters:
    ///   - lowestRate: β₀ >= 0, 0.1 by default.
    ///   - highestRate: β₁ >= β₀ and > 0, 20 by default.
    public init(lowestRate: Double = 0.1, highestRate: Double = 20) {
        preserving = VariancePreservingPath(lowestRate: lowestRate, highestRate: highestRate)
    }

    /// α, σ = 1 - α² and their rates.
    public func coefficients(at time: Tensor) -> PathCoefficients {
        let log = preserving.logAlpha(at: time)
        let alpha = log.value.exp()
        let alphaRate = alpha * log.rate
        return PathCoefficients(
            alpha: alpha, sigma: -(log.value * 2.0).expm1(), alphaRate: alphaRate,
            sigmaRate: alpha * alphaRate * -2.0)
    }
}
