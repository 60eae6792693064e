public import Torch

/// A way to draw samples with a model that plays a certain role.
///
/// Samplers are values without state, run outside of any gradient graph, and draw random numbers only from the source
/// that they are given: the same start, condition and source state give the same samples.
///
///     let times = TimeGrid.uniform(steps: 32)
///     let samples = ODESampler(.heun, times: times).sample(net, from: noise, given: labels, using: source)
public protocol Sampler<Model> {
    /// The role that the model plays.
    associatedtype Model: Conditional

    /// Samples, one per start.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - start: Start of the samples [B, ...]: usually standard normal noise.
    ///   - condition: Condition of each sample, such as its class.
    ///   - source: Randomness for samplers that draw while they run; others leave it untouched.
    ///   - observer: Called after each step; an error that it throws ends the sampling.
    /// - Returns: The samples with their costs.
    /// - Throws: Only errors of the observer.
    func sample(
        _ model: Model, from start: Tensor, given condition: Model.Condition, using source: RandomSource,
        observing observer: (StepReport) throws -> Void
    ) rethrows -> Samples
}

extension Sampler {
    /// Samples, one per start [B, ...], without an observer.
    public func sample(
        _ model: Model, from start: Tensor, given condition: Model.Condition, using source: RandomSource
    ) -> Samples {
        sample(model, from: start, given: condition, using: source) { _ in }
    }

    /// Samples, one per start [B, ...], at most `batchSize` at a time, so that memory does not grow with B.
    ///
    /// A sampler that draws nothing gives the same samples whatever the batch size is, up to rounding.
    public func sample(
        _ model: Model, from start: Tensor, given condition: Model.Condition, using source: RandomSource,
        batchSize: Int
    ) -> Samples {
        demand(batchSize > 0, "a batch holds at least one sample")
        let count = start.shape[0]
        let batches = stride(from: 0, to: max(count, 1), by: batchSize).map { first in
            let places = Tensor.arange(first..<min(first + batchSize, count), device: start.device)
            return sample(
                model, from: start.indexSelect(0, places), given: Model.select(places, from: condition), using: source)
        }
        return Samples(joining: batches)
    }
}

extension Sampler where Model.Condition == Void {
    /// Samples of a model without condition, one per start [B, ...].
    public func sample(
        _ model: Model, from start: Tensor, using source: RandomSource,
        observing observer: (StepReport) throws -> Void
    ) rethrows -> Samples {
        try sample(model, from: start, given: (), using: source, observing: observer)
    }

    /// Samples of a model without condition, one per start [B, ...], without an observer.
    public func sample(_ model: Model, from start: Tensor, using source: RandomSource) -> Samples {
        sample(model, from: start, given: (), using: source) { _ in }
    }
}
