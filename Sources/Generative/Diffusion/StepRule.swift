public import Torch

/// A rule for one step of a ``DiffusionSampler`` from one level of noise to the next.
///
/// A new rule is one small file: it declares its order and evaluations, and moves positions. What it remembers between steps
/// is a value of the call, so that no state survives one.
public protocol StepRule: Sendable, CustomStringConvertible {
    /// What a rule keeps from step to step; `Void` for one that keeps nothing.
    associatedtype Memory

    /// The order in which the ends of trajectories, or their distribution for a stochastic rule, converge as steps shrink.
    var order: Int { get }

    /// True if steps draw noise.
    var isStochastic: Bool { get }

    /// Evaluations of the model along a grid.
    func evaluations(over grid: NoiseGrid) -> Int

    /// What the first step remembers.
    func beginning() -> Memory

    /// Positions at the end of a step.
    ///
    /// - Parameters:
    ///   - x: Positions at `place.step.from` [B, ...].
    ///   - place: The step and its place in the grid.
    ///   - memory: What the rule keeps.
    ///   - estimate: The model.
    ///   - noise: Standard normal numbers, shaped like `x`; new ones at each call.
    func step(
        _ x: Tensor, _ place: StepPlace, _ memory: inout Memory, estimate: (Tensor, NoiseLevel) -> Estimate,
        noise: () -> Tensor
    ) -> Tensor
}

extension StepRule {
    /// One per step.
    public func evaluations(over grid: NoiseGrid) -> Int { grid.count }
}

extension StepRule where Memory == Void {
    /// Nothing.
    public func beginning() {}
}

/// A step and its place in a grid.
public struct StepPlace: Sendable, Hashable {
    /// The step.
    public let step: NoiseStep
    /// Steps before it.
    public let index: Int
    /// Steps of the grid.
    public let count: Int

    /// Steps after it.
    public var remaining: Int { count - index - 1 }
}
