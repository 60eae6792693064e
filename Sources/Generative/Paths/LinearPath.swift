public import Torch

/// The straight path: α = t, σ = 1 - t.
///
/// The conditional optimal-transport path of Lipman et al., arXiv 2210.02747, section 4.1 (with σ_min = 0), and
/// rectified flow (Liu et al., arXiv 2209.03003).
public struct LinearPath: AffinePath, Hashable {
    /// The path; it has no parameters.
    public init() {}

    /// t, 1 - t, 1 and -1.
    public func coefficients(at time: Tensor) -> PathCoefficients {
        let one = time.onesLike()
        return PathCoefficients(alpha: time, sigma: 1 - time, alphaRate: one, sigmaRate: -one)
    }
}
