public import Torch

/// Report of a sampler to its observer after each step.
public struct StepReport: Sendable {
    /// Steps done, from 1.
    public var step: Int
    /// Steps there will be, where that is known beforehand.
    public var steps: Int?
    /// The part of the work that is done, in [0, 1].
    public var fraction: Double
    /// Evaluations of the model so far, for each sample that is still running.
    public var evaluations: Int
    /// Samples that are still running.
    public var running: Int

    private let snapshot: @Sendable () -> Tensor

    /// Positions of all samples [B, ...]; a snapshot that later steps leave alone, gathered when it is asked for.
    public var values: Tensor { snapshot() }

    /// A report; `values` is evaluated where somebody reads it, so that reports that nobody reads cost nothing.
    public init(
        step: Int, steps: Int?, fraction: Double, evaluations: Int, running: Int,
        values: @autoclosure @escaping @Sendable () -> Tensor
    ) {
        self.step = step
        self.steps = steps
        self.fraction = fraction
        self.evaluations = evaluations
        self.running = running
        snapshot = values
    }
}
