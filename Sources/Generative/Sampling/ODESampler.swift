public import Torch

/// Sampling by following a ``VectorField`` in fixed steps.
///
/// From noise to data along a rising grid, as in flow matching (Lipman et al., arXiv 2210.02747) and the
/// probability-flow ODE (Song et al., arXiv 2011.13456, section 4.3); from data to the noise that they stem from along
/// a falling one.
///
///     let sampler = ODESampler(.heun, times: .uniform(steps: 16), for: Net.self)
///     let back = ODESampler(.heun, times: .uniform(steps: 16).reversed(), for: Net.self)
public struct ODESampler<Model: VectorField>: Sampler, Sendable {
    /// The method.
    public var solver: Tableau
    /// Times at which it stops.
    public var times: TimeGrid

    /// A sampler.
    ///
    /// - Parameters:
    ///   - solver: The method.
    ///   - times: Times at which it stops.
    ///   - model: The type of the model; inferred where a model is given at once.
    public init(_ solver: Tableau, times: TimeGrid, for model: Model.Type = Model.self) {
        self.solver = solver
        self.times = times
    }

    /// The ends of the trajectories that begin at `start` [B, ...]; nothing is drawn.
    public func sample(
        _ model: Model, from start: Tensor, given condition: Model.Condition, using source: RandomSource,
        observing observer: (StepReport) throws -> Void
    ) rethrows -> Samples {
        let steps = times.steps
        let (end, evaluations) = try withoutGradients {
            try solver.integrate(from: start, over: times) { step, evaluations, values in
                try observer(
                    StepReport(
                        step: step, steps: steps, fraction: Double(step) / Double(steps), evaluations: evaluations,
                        running: step < steps ? start.shape[0] : 0, values: values))
            } along: { x, time in
                model.velocity(at: x, time: time, given: condition)
            }
        }
        let passes = solver.evaluationTimes(over: times).reduce(0) { $0 + model.passes(at: $1) }
        return Samples(values: end, evaluations: evaluations, passes: passes, stopped: .completed).checked()
    }
}
