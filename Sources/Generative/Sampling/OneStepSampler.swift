public import Torch

/// Sampling with a ``OneStepGenerator``: one evaluation per sample.
public struct OneStepSampler<Model: OneStepGenerator>: Sampler, Sendable {
    /// A sampler; the type of the model is inferred where a model is given at once.
    public init(for model: Model.Type = Model.self) {}

    /// The generator's image of `start` [B, ...].
    public func sample(
        _ model: Model, from start: Tensor, given condition: Model.Condition, using source: RandomSource,
        observing observer: (StepReport) throws -> Void
    ) rethrows -> Samples {
        let values = withoutGradients { model.generate(from: start, given: condition) }
        try observer(StepReport(step: 1, steps: 1, fraction: 1, evaluations: 1, running: 0, values: values))
        return Samples(values: values, evaluations: 1, stopped: .completed).checked()
    }
}
