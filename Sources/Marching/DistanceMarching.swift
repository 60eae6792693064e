public import Generative
public import Torch

/// Distance marching: a model without a time learns the distance u to the data and the direction v away from them.
///
///     x = (1 - t) e + t y,   d = |x - y|,   u* = sqrt(d² + c0)
///     one-step loss            OSL = |x - u v - y|² / (d² + ε)
///     directional eikonal loss DEL = |v - (x - y) / u*|²
///     loss_b = w_osl OSL_b + w_del DEL_b
///
/// Wang et al., arXiv 2602.02928; norms are those of the whole example, not means over its numbers. The distance has no loss of
/// its own: the one-step loss fits the product u v, the eikonal loss the direction and its length. One position can stem from
/// many data points and times; the weight 1 / (d² + ε) lets the near ones decide. Where the losses are least is known exactly:
/// ``/Generative/MarchingOptimum``.
public struct DistanceMarching<Model: DistanceField>: Objective where Model.Condition == Tensor {
    /// Data, labels, noise and times.
    public typealias Batch = LabelledBatch

    /// c0 and ε.
    public let constants: MarchingConstants
    /// Weight of the one-step loss.
    public let oneStepWeight: Double
    /// Weight of the directional eikonal loss.
    public let eikonalWeight: Double

    /// An objective.
    ///
    /// - Parameters:
    ///   - constants: c0 and ε.
    ///   - oneStepWeight: w_osl >= 0, 1 by default.
    ///   - eikonalWeight: w_del >= 0, 30 by default.
    ///   - model: The type of the model; inferred where the objective has a type.
    public init(
        _ constants: MarchingConstants, oneStepWeight: Double = 1, eikonalWeight: Double = 30,
        for model: Model.Type = Model.self
    ) {
        demand(
            oneStepWeight >= 0 && eikonalWeight >= 0 && oneStepWeight + eikonalWeight > 0,
            "weights of losses are not negative, and not both 0, unlike \(oneStepWeight) and \(eikonalWeight)")
        self.constants = constants
        self.oneStepWeight = oneStepWeight
        self.eikonalWeight = eikonalWeight
    }

    /// True: noise and times are part of the batch.
    public var isDeterministic: Bool { true }

    /// Losses [B], with the terms `one_step` and `eikonal`.
    ///
    /// Metrics: `one_step` and `eikonal`, the losses without their weights; `distance_error`, |u - u*| / u*; `length`, |v|.
    ///
    /// - Parameters:
    ///   - model: The network.
    ///   - batch: Batch of the step.
    ///   - source: Unused: noise and times are part of the batch.
    public func loss(of model: Model, on batch: LabelledBatch, using source: RandomSource) -> Loss {
        let x = LinearPath().position(of: batch.data, noise: batch.noise, at: batch.time)
        let (distance, direction) = model.bearing(at: x, given: batch.labels)
        demand(
            direction.shape == x.shape && distance.shape == [x.shape[0]],
            "the model tells distances \(distance.shape) and directions \(direction.shape) at positions \(x.shape)")
        let offset = x - batch.data
        let square = offset.square().flatten(1).sum(1)
        let target = (square + constants.softening).sqrt()
        let u = distance.to(x.dtype)
        let v = direction.to(x.dtype)
        let missed = offset - u.alongBatch(of: x) * v
        let oneStep = missed.square().flatten(1).sum(1) / (square + constants.epsilon)
        let eikonal = (v - offset / target.alongBatch(of: x)).square().flatten(1).sum(1)
        return Loss(
            sumOf: [
                .init("one_step", weight: oneStepWeight, oneStep), .init("eikonal", weight: eikonalWeight, eikonal),
            ],
            metrics: [
                "one_step": oneStep, "eikonal": eikonal, "distance_error": (u - target).abs() / target,
                "length": v.flatten(1).norm(1),
            ])
    }
}
