public import Torch

/// The path along a quarter circle, which keeps unit variance: α = sin(π t / 2), σ = cos(π t / 2).
///
/// "GVP" in Ma et al., arXiv 2401.08740; Albergo and Vanden-Eijnden, arXiv 2209.15571.
public struct TrigonometricPath: AffinePath, Hashable {
    /// The path; it has no parameters.
    public init() {}

    /// Sine and cosine of π t / 2, and their derivatives; the cosine as a sine, so that it is 0 at t = 1.
    public func coefficients(at time: Tensor) -> PathCoefficients {
        let speed = Double.pi / 2
        let (sine, cosine) = ((time * speed).sin(), ((1 - time) * speed).sin())
        return PathCoefficients(alpha: sine, sigma: cosine, alphaRate: cosine * speed, sigmaRate: -(sine * speed))
    }
}
