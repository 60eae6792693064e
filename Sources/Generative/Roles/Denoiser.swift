public import Torch

/// An estimate of the data behind a noisy position: D(x; σ) ≈ E[y | y + σ e = x].
///
/// Noise levels σ are those of EDM (Karras et al., arXiv 2206.00364, section 2), not times: data keep their scale, and
/// noise of standard deviation σ in [0, ∞) is added.
public protocol Denoiser: Conditional {
    // Restated in every role, or it is not inferred from the method below.
    associatedtype Condition

    /// Estimates of the data.
    ///
    /// - Parameters:
    ///   - x: Positions [B, ...].
    ///   - sigma: Noise levels, one per example [B].
    ///   - condition: Condition of the data, such as their class.
    /// - Returns: Estimates, shaped like `x`.
    func denoise(_ x: Tensor, sigma: Tensor, given condition: Condition) -> Tensor
}

extension Denoiser where Condition == Void {
    /// Estimates of the data, shaped like the positions `x` [B, ...], at the noise levels [B].
    public func denoise(_ x: Tensor, sigma: Tensor) -> Tensor { denoise(x, sigma: sigma, given: ()) }
}
