public import Torch

/// A network that predicts some quantity at a noisy position: which one, its ``Prediction``, is said where it is used.
///
/// ``ModelVelocity`` brings it into the role of a ``VectorField``.
public protocol PredictionModel<Condition>: Conditional {
    // Restated in every role, or it is not inferred from the method below.
    associatedtype Condition

    /// Predictions.
    ///
    /// - Parameters:
    ///   - x: Positions [B, ...].
    ///   - time: Times in [0, 1], one per example [B].
    ///   - condition: Condition of each sample, such as its class.
    /// - Returns: Predictions, shaped like `x`.
    func predict(_ x: Tensor, time: Tensor, given condition: Condition) -> Tensor
}

extension PredictionModel where Condition == Void {
    /// Predictions, shaped like the positions `x` [B, ...], at the times [B].
    public func predict(_ x: Tensor, time: Tensor) -> Tensor { predict(x, time: time, given: ()) }
}
