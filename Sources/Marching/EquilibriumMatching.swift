public import Generative
public import Torch

/// Equilibrium matching: a field without a time whose pull towards the data fades away near them.
///
///     loss_b = mean over dimensions of (f(x) - (y - e) c(t))²,   x = (1 - t) e + t y
///     c(t) = λ for t <= a, then λ (1 - t) / (1 - a)
///
/// Wang and Du, arXiv 2510.02300, with the truncated decay λ = 4, a = 0.8. Samples follow the field by gradient descent, as
/// ``EquilibriumField``.
public struct EquilibriumMatching<Model: PredictionModel>: Objective where Model.Condition == Tensor {
    /// Data, labels, noise and times.
    public typealias Batch = LabelledBatch

    /// λ, the factor far from the data.
    public let strength: Double
    /// a, the time at which the pull begins to fade.
    public let fadesFrom: Double

    /// An objective: λ = 4 and a = 0.8 by default.
    ///
    /// The model is asked at time 0, which it should not look at.
    public init(strength: Double = 4, fadesFrom: Double = 0.8, for model: Model.Type = Model.self) {
        demand(
            strength > 0 && fadesFrom >= 0 && fadesFrom < 1,
            "λ is positive and a lies in [0, 1), unlike \(strength) and \(fadesFrom)")
        (self.strength, self.fadesFrom) = (strength, fadesFrom)
    }

    /// True: noise and times are part of the batch.
    public var isDeterministic: Bool { true }

    /// c(t) [B].
    public func factor(at time: Tensor) -> Tensor {
        ((1 - time) / (1 - fadesFrom)).clamp(...1) * strength
    }

    /// Losses [B]; nothing is drawn.
    public func loss(of model: Model, on batch: LabelledBatch, using source: RandomSource) -> Loss {
        let x = LinearPath().position(of: batch.data, noise: batch.noise, at: batch.time)
        let target = (batch.data - batch.noise) * factor(at: batch.time).alongBatch(of: x).to(x.dtype)
        let told = model.predict(x, time: batch.time.zerosLike(), given: batch.labels)
        demand(told.shape == x.shape, "the model predicts the shape \(told.shape) at positions of shape \(x.shape)")
        return Loss(perExample: (told.to(x.dtype) - target).square().flatten(1).mean(1))
    }
}

/// The field of equilibrium matching in the role of a distance field, for ``GradientDescent``.
///
/// Its direction is -f, and what it tells as a distance is |f|, which falls to 0 at the data. The full step means nothing.
public struct EquilibriumField<Model: PredictionModel>: DistanceField {
    /// Condition of the model.
    public typealias Condition = Model.Condition

    private let model: Model

    /// The field of a model that was trained by ``EquilibriumMatching``.
    public init(of model: Model) { self.model = model }

    /// |f| [B] and -f.
    public func bearing(at x: Tensor, given condition: Condition) -> (distance: Tensor, direction: Tensor) {
        let start = Tensor.zeros([x.shape[0]], dtype: x.dtype == .float64 ? .float64 : .float32, device: x.device)
        let pull = model.predict(x, time: start, given: condition)
        return (pull.flatten(1).norm(1), -pull)
    }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Model.select(indices, from: condition)
    }
}

extension EquilibriumField: Sendable where Model: Sendable {}
