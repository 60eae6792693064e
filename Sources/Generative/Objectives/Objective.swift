public import Torch

/// The quantity that training minimises: the loss of a model on a batch.
///
/// Objectives are values: state such as sample queues and couplings belongs to the source of batches, so one training
/// loop serves every method and a run can be resumed without asking the objective.
public protocol Objective<Model, Batch> {
    /// The role that the model plays.
    associatedtype Model
    /// Input of one step of training.
    associatedtype Batch

    /// True if the same batch always gives the same loss, as the random source is not used: such a step can be recorded
    /// once and replayed on devices that can (``/Torch/OperationGraph``).
    var isDeterministic: Bool { get }

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
    /// False.
    public var isDeterministic: Bool { false }

    /// One part: the mean of the loss.
    public func gradientParts(
        of model: Model, on batch: Batch, using source: RandomSource
    ) -> (loss: Loss, parts: [() -> Tensor]) {
        let loss = loss(of: model, on: batch, using: source)
        return (loss, [{ loss.mean }])
    }
}

/// A batch that a recorded step can be fed with: its tensors are copied over those that were recorded.
public protocol RecordableBatch: Sendable {
    /// The batch with each of its tensors replaced, always in the same order.
    func mapTensors(_ transform: (Tensor) -> Tensor) -> Self

    /// Numbers other than tensors on which the step depends: a recording is good for one value of them.
    var constants: [Double] { get }
}

extension RecordableBatch {
    /// None.
    public var constants: [Double] { [] }

    /// All tensors, in the order of ``mapTensors(_:)``.
    public var tensors: [Tensor] {
        var all: [Tensor] = []
        _ = mapTensors {
            all.append($0)
            return $0
        }
        return all
    }
}
