public import Torch

/// Sampling by following a ``LevelModel`` down a ``NoiseGrid`` by a ``StepRule``: every diffusion sampler.
///
///     let sampler = DiffusionSampler(DDIM(), over: NoiseTable.linear().grid(steps: 50), for: Model.self)
///     let samples = sampler.sample(model, from: noise, given: labels, using: source)
///
/// The start is the caller's: standard normal numbers for tables, which keep unit variance, and numbers of standard deviation
/// σ for grids with α = 1.
public struct DiffusionSampler<Model: LevelModel, Rule: StepRule>: Sampler, Sendable {
    /// The rule of each step.
    public let rule: Rule
    /// The levels.
    public let grid: NoiseGrid

    /// A sampler.
    ///
    /// - Parameters:
    ///   - rule: The rule of each step.
    ///   - grid: The levels.
    ///   - model: The type of the model; inferred where a model is given at once.
    public init(_ rule: Rule, over grid: NoiseGrid, for model: Model.Type = Model.self) {
        self.rule = rule
        self.grid = grid
    }

    /// The ends of trajectories that begin at `start` [B, ...], positions at the grid's first level.
    public func sample(
        _ model: Model, from start: Tensor, given condition: Model.Condition, using source: RandomSource,
        observing observer: (StepReport) throws -> Void
    ) rethrows -> Samples {
        try sample(
            model, from: start, given: condition,
            drawing: { _ in Tensor.randn(start.shape, using: source, dtype: start.dtype) }, observing: observer)
    }

    /// The ends of trajectories, with noise from the caller.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - start: Positions at the grid's first level [B, ...].
    ///   - condition: Condition of each sample.
    ///   - draw: Standard normal numbers, shaped like the start, for the draw of this number: 0, 1, ...
    ///   - observer: Called after each step.
    /// - Returns: The samples with their costs.
    /// - Throws: Only errors of the observer.
    public func sample(
        _ model: Model, from start: Tensor, given condition: Model.Condition, drawing draw: (Int) -> Tensor,
        observing observer: (StepReport) throws -> Void
    ) rethrows -> Samples {
        try withoutGradients {
            var (x, memory) = (start, rule.beginning())
            var (evaluations, passes, draws) = (0, 0, 0)
            for (index, step) in grid.steps.enumerated() {
                let place = StepPlace(step: step, index: index, count: grid.count)
                x = rule.step(x, place, &memory) { x, level in
                    evaluations += 1
                    passes += model.passes(at: level)
                    return model.estimate(at: x, level: level, given: condition)
                } noise: {
                    draws += 1
                    return draw(draws - 1)
                }
                let (done, here) = (index + 1, x)
                try observer(
                    StepReport(
                        step: done, steps: grid.count, fraction: Double(done) / Double(grid.count),
                        evaluations: evaluations, running: done < grid.count ? start.shape[0] : 0, values: here))
            }
            return Samples(values: x, evaluations: evaluations, passes: passes, stopped: .completed).checked()
        }
    }

    /// The ends of trajectories, with noise from the caller: `draw` is given the number of the draw, from 0.
    public func sample(
        _ model: Model, from start: Tensor, given condition: Model.Condition, drawing draw: (Int) -> Tensor
    ) -> Samples {
        sample(model, from: start, given: condition, drawing: draw) { _ in }
    }
}
