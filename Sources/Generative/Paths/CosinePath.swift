internal import Foundation
public import Torch

/// The variance-preserving path along a cosine: α = cos(k (s + o)) / cos(k o), σ² = 1 - α², s = 1 - t, k = π / (2 (1 + o)).
///
/// The continuous form of the schedule of Nichol and Dhariwal, arXiv 2102.09672, equation 17, without the cap on its
/// rates: α(0) is 0.
public struct CosinePath: AffinePath, Hashable {
    /// o, which keeps the noise from vanishing too slowly at the data.
    public let offset: Double

    /// A path.
    ///
    /// - Parameter offset: o >= 0; 0.008 by default, same source.
    public init(offset: Double = 0.008) {
        demand(offset >= 0 && offset.isFinite, "the offset of a cosine schedule is not negative, unlike \(offset)")
        self.offset = offset
    }

    /// α, σ and their rates.
    ///
    /// Written with sines of t and s, so that α is 0 at t = 0, σ is 0 at t = 1, and neither cancels.
    public func coefficients(at time: Tensor) -> PathCoefficients {
        let k = Double.pi / 2 / (1 + offset)
        let scale = 1 / cos(k * offset)
        let s = 1 - time
        let alpha = (time * k).sin() * scale  // cos(k (s + o)) = sin(k t)
        let alphaRate = (time * k).cos() * (scale * k)
        // 1 - α as a product of sines.
        let missing = (s * (k / 2) + k * offset).sin() * (s * (k / 2)).sin() * (2 * scale)
        let sigma = (missing * (alpha + 1)).sqrt()
        let half = -(alpha * alphaRate)
        return PathCoefficients(
            alpha: alpha, sigma: sigma, alphaRate: alphaRate, sigmaRate: half / sigma, halfVarianceRate: half)
    }
}
