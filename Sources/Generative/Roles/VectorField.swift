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
    ///   - condition: Condition of each sample, such as its class.
    /// - Returns: Velocities dx/dt, shaped like `x`.
    func velocity(at x: Tensor, time: Tensor, given condition: Condition) -> Tensor

    /// Velocities of examples that are all at one time, which the host knows: fields that depend on the time, as guidance
    /// within an interval does, need not wait for the device to learn it.
    ///
    /// By default that of a tensor of equal times.
    func velocity(at x: Tensor, time: Double, given condition: Condition) -> Tensor

    /// Passes through a network that each example of an evaluation at this time takes: 1 by default, more where a field
    /// joins several networks.
    func passes(at time: Double) -> Int
}

extension VectorField {
    /// Velocities, shaped like the positions `x` [B, ...], at one time.
    public func velocity(at x: Tensor, time: Double, given condition: Condition) -> Tensor {
        velocity(at: x, time: x.perExample(time), given: condition)
    }

    /// 1.
    public func passes(at time: Double) -> Int { 1 }
}

extension VectorField where Condition == Void {
    /// Velocities, shaped like the positions `x` [B, ...], at the times [B].
    public func velocity(at x: Tensor, time: Tensor) -> Tensor { velocity(at: x, time: time, given: ()) }

    /// Velocities, shaped like the positions `x` [B, ...], at one time.
    public func velocity(at x: Tensor, time: Double) -> Tensor { velocity(at: x, time: time, given: ()) }
}
