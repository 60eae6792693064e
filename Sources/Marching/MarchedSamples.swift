public import Generative
public import Torch

/// Result of a march: the samples with their costs, and how far from the data the model took each to be.
public struct MarchedSamples: Sendable {
    /// Samples, evaluations, passes and the reason for which each ended.
    public var samples: Samples
    /// Distances [B] that the model told at the last evaluation of each sample, before its last step; on the CPU.
    public var distances: Tensor
}

/// A sampler of distance fields.
public protocol MarchingSampler<Model>: Sampler, Sendable where Model: DistanceField {
    /// The samples of starts [B, ...], which may be noise or any partly noised examples: no time needs to be known.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - start: Start of the samples [B, ...].
    ///   - condition: Condition of each sample, such as its class.
    ///   - observer: Called after each step.
    /// - Throws: Only errors of the observer.
    func march(
        _ model: Model, from start: Tensor, given condition: Model.Condition,
        observing observer: (StepReport) throws -> Void
    ) rethrows -> MarchedSamples
}

extension MarchingSampler {
    /// The samples, without an observer.
    public func march(_ model: Model, from start: Tensor, given condition: Model.Condition) -> MarchedSamples {
        march(model, from: start, given: condition) { _ in }
    }

    /// The samples of starts [B, ...]; nothing is drawn.
    public func sample(
        _ model: Model, from start: Tensor, given condition: Model.Condition, using source: RandomSource,
        observing observer: (StepReport) throws -> Void
    ) rethrows -> Samples {
        try march(model, from: start, given: condition, observing: observer).samples
    }
}

extension MarchingSampler where Model.Condition == Void {
    /// The samples of a model without condition, without an observer.
    public func march(_ model: Model, from start: Tensor) -> MarchedSamples {
        march(model, from: start, given: ()) { _ in }
    }
}
