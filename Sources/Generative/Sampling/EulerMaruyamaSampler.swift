public import Torch

/// Sampling by following a ``StochasticField`` in fixed steps, with the method of Euler and Maruyama.
///
///     x(t + h) = x + h f(x, t) + g(t) sqrt(h) z,    z ~ N(0, I)
///
/// Weak order 1, and strong order 1 too, as the noise does not depend on the position (Kloeden and Platen, "Numerical
/// Solution of Stochastic Differential Equations", sections 10.2 and 14.1).
public struct EulerMaruyamaSampler<Model: StochasticField>: Sampler, Sendable {
    /// Times at which the method stops.
    public var times: TimeGrid

    /// A sampler.
    ///
    /// - Parameters:
    ///   - times: Times at which the method stops, rising: the reverse of an SDE is not the SDE backwards.
    ///   - model: The type of the model; inferred where a model is given at once.
    public init(times: TimeGrid, for model: Model.Type = Model.self) {
        demand(times.times[0] < times.times[1], "a stochastic equation is followed forward in time")
        self.times = times
    }

    /// The order in which the distribution of the samples converges, measured in the tests.
    public var order: Int { 1 }

    /// The ends of paths that begin at `start` [B, ...]; draws one normal number per element and step.
    public func sample(
        _ model: Model, from start: Tensor, given condition: Model.Condition, using source: RandomSource,
        observing observer: (StepReport) throws -> Void
    ) rethrows -> Samples {
        try sample(
            model, from: start, given: condition,
            drawing: { _ in Tensor.randn(start.shape, using: source, dtype: start.dtype) }, observing: observer)
    }

    /// The ends of paths, with noise from the caller.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - start: Positions at the first time [B, ...].
    ///   - condition: Condition of each sample.
    ///   - draw: Standard normal numbers, shaped like the start, for the step of this number: 0, 1, ...
    ///   - observer: Called after each step.
    /// - Returns: The samples with their costs.
    /// - Throws: Only errors of the observer.
    public func sample(
        _ model: Model, from start: Tensor, given condition: Model.Condition, drawing draw: (Int) -> Tensor,
        observing observer: (StepReport) throws -> Void
    ) rethrows -> Samples {
        let steps = times.steps
        let values = try withoutGradients {
            var x = start
            for (index, (time, next)) in zip(times.times, times.times.dropFirst()).enumerated() {
                x = step(model, from: x, at: time, by: next - time, given: condition, draw(index))
                let (done, here) = (index + 1, x)
                try observer(
                    StepReport(
                        step: done, steps: steps, fraction: Double(done) / Double(steps), evaluations: done,
                        running: done < steps ? start.shape[0] : 0, values: here))
            }
            return x
        }
        return Samples(values: values, evaluations: steps, stopped: .completed).checked()
    }

    private func step(
        _ model: Model, from x: Tensor, at time: Double, by length: Double, given condition: Model.Condition,
        _ noise: Tensor
    ) -> Tensor {
        let times = x.perExample(time)
        let drift = model.drift(at: x, time: times, given: condition)
        let deviation = model.diffusion(at: times).alongBatch(of: x).to(x.dtype) * length.squareRoot()
        return x + drift * length + deviation * noise
    }
}
