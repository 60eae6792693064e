public import Torch

/// The velocity field of a model that predicts some quantity along a path.
///
///     let field = ModelVelocity(of: net, predicting: .noise, along: TrigonometricPath())
///     let samples = ODESampler(.heun, times: .uniform(steps: 16)).sample(field, from: noise, given: labels, using: source)
public struct ModelVelocity<Model: PredictionModel, Path: AffinePath>: VectorField {
    /// Condition of the model.
    public typealias Condition = Model.Condition

    /// The model.
    public let model: Model
    /// The quantity that it predicts.
    public let prediction: Prediction
    /// The path that it was trained on.
    public let path: Path

    /// A field from a model, the quantity that it predicts and its path.
    public init(of model: Model, predicting prediction: Prediction, along path: Path) {
        self.model = model
        self.prediction = prediction
        self.path = path
    }

    /// Velocities, shaped like `x` [B, ...], at the times [B].
    public func velocity(at x: Tensor, time: Tensor, given condition: Condition) -> Tensor {
        let predicted = model.predict(x, time: time, given: condition)
        return prediction.convert(predicted, to: .velocity, at: x, time: time, along: path)
    }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Model.select(indices, from: condition)
    }
}

extension ModelVelocity: Sendable where Model: Sendable {}
