public import Generative
public import Torch

/// A class and a guidance scale for each example: the condition of students that have the scale as an input.
public struct GuidedCondition: Sendable {
    /// Class labels [B].
    public var labels: Tensor
    /// Guidance scales [B]; 1 is none.
    public var scale: Tensor

    /// Classes and scales, [B] each.
    public init(labels: Tensor, scale: Tensor) {
        demand(
            labels.shape == scale.shape,
            "\(labels.shape) labels and \(scale.shape) scales: one of each per example")
        (self.labels, self.scale) = (labels, scale)
    }

    /// The examples `indices` [N].
    public func selecting(_ indices: Tensor) -> GuidedCondition {
        GuidedCondition(labels: labels.indexSelect(0, indices), scale: scale.indexSelect(0, indices))
    }
}

/// A teacher under classifier-free guidance with a scale for each example: u + scale (c - u).
///
/// Guidance is linear in data, noise, velocity, score and v alike, as all are combinations of one estimate and the position.
public struct GuidedTeacher<Model: PredictionModel>: PredictionModel
where Model.Condition == Tensor {
    /// Classes and scales.
    public typealias Condition = GuidedCondition

    private let model: Model
    private let nullClass: Int?

    /// A teacher.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - nullClass: The label that stands for no class; nil for a model without one, whose scales are all 1.
    public init(_ model: Model, nullClass: Int?) { (self.model, self.nullClass) = (model, nullClass) }

    /// Predictions, shaped like `x` [B, ...].
    public func predict(_ x: Tensor, time: Tensor, given condition: GuidedCondition) -> Tensor {
        let known = model.predict(x, time: time, given: condition.labels)
        guard let nullClass else { return known }
        let nobody = condition.labels.zerosLike() + nullClass
        let free = model.predict(x, time: time, given: nobody)
        return free + (known - free) * condition.scale.alongBatch(of: x).to(known.dtype)
    }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: GuidedCondition) -> GuidedCondition {
        condition.selecting(indices)
    }
}

extension GuidedTeacher: Sendable where Model: Sendable {}

/// A batch of noisy examples with a guidance scale for each.
public struct GuidedBatch: Sendable {
    /// Data, labels, noise and times.
    public var examples: LabelledBatch
    /// Guidance scales [B].
    public var scale: Tensor

    /// A batch.
    public init(_ examples: LabelledBatch, scale: Tensor) {
        demand(
            scale.shape == examples.time.shape,
            "\(scale.shape) scales for \(examples.time.shape) examples")
        (self.examples, self.scale) = (examples, scale)
    }

    var condition: GuidedCondition { GuidedCondition(labels: examples.labels, scale: scale) }
}

extension GuidedBatch: RecordableBatch {
    /// The batch with its tensors replaced.
    public func mapTensors(_ transform: (Tensor) -> Tensor) -> GuidedBatch {
        GuidedBatch(examples.mapTensors(transform), scale: transform(scale))
    }
}
