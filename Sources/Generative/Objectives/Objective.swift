public import Torch

/// What training minimises: the loss of a model on a batch.
///
/// Objectives are values: state such as sample queues and couplings belongs to what makes the batch, so one training
/// loop serves every method and a run can be resumed without asking the objective.
public protocol Objective<Model, Batch> {
    /// The role that the model plays.
    associatedtype Model
    /// What one step of training consumes.
    associatedtype Batch

    /// The loss of each example.
    ///
    /// - Parameters:
    ///   - model: The model, whose parameters record gradients.
    ///   - batch: B examples.
    ///   - source: The only randomness there is: the same source state gives the same loss.
    /// - Returns: Losses [B] with their gradient graph, and detached metrics.
    func loss(of model: Model, on batch: Batch, using source: RandomSource) -> Loss

    /// The loss, and scalars whose gradients add up to that of its mean.
    ///
    /// An objective whose batch does not fit in memory at once returns several. Each closure is to be called, and its
    /// result differentiated, before the next one: each holds the gradient graph of its part only.
    ///
    /// - Parameters:
    ///   - model: The model, whose parameters record gradients.
    ///   - batch: B examples.
    ///   - source: The only randomness there is.
    func gradientParts(
        of model: Model, on batch: Batch, using source: RandomSource
    ) -> (loss: Loss, parts: [() -> Tensor])
}

extension Objective {
    /// One part: the mean of the loss.
    public func gradientParts(
        of model: Model, on batch: Batch, using source: RandomSource
    ) -> (loss: Loss, parts: [() -> Tensor]) {
        let loss = loss(of: model, on: batch, using: source)
        return (loss, [{ loss.mean }])
    }
}
