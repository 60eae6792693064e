public import Torch

/// A velocity at each position and time: dx/dt = v(x, t).
///
/// Time runs from 0 (noise) to 1 (data). Flow matching (Lipman et al., arXiv 2210.02747) and the probability-flow ODE
/// of a diffusion model (Song et al., arXiv 2011.13456, equation 13) both are such fields.
public protocol VectorField: Conditional {
    // Restated in every role, or it is not inferred from the method below.
    associatedtype Condition

    /// Velocities.
    ///
    /// - Parameters:
    ///   - x: Positions [B, ...].
    ///   - time: Times in [0, 1], one per example [B]: the examples of a batch need not be at the same time.
    ///   - condition: What the samples are to become.
    /// - Returns: Velocities dx/dt, shaped like `x`.
    func velocity(at x: Tensor, time: Tensor, given condition: Condition) -> Tensor
}

extension VectorField where Condition == Void {
    /// Velocities, shaped like the positions `x` [B, ...], at the times [B].
    public func velocity(at x: Tensor, time: Tensor) -> Tensor { velocity(at: x, time: time, given: ()) }
}
