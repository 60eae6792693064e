public import Torch

/// A linear measurement z = A y of data, such as a mask, a smaller or a blurred picture.
///
/// Restoring y from z and a generative model is an inverse problem: ``MeasurementGuidance`` and
/// ``PosteriorSampling`` need the operator, its adjoint and solutions with A Aᵀ.
public protocol LinearOperator: Sendable {
    /// Shape of one example of the data.
    var dataShape: [Int] { get }

    /// Shape of one measurement.
    var measurementShape: [Int] { get }

    /// A y of data [B] + ``dataShape``; gradients flow.
    func apply(_ data: Tensor) -> Tensor

    /// Aᵀ z of measurements [B] + ``measurementShape``, with <A y, z> = <y, Aᵀ z>.
    func adjoint(_ measurement: Tensor) -> Tensor

    /// (A Aᵀ + c I)⁻¹ z of measurements [B] + ``measurementShape``.
    ///
    /// - Parameters:
    ///   - measurement: z.
    ///   - ridge: c >= 0, one per example [B]. Where c = 0 directions that no data reach count as 0 (the pseudo-inverse).
    func solve(_ measurement: Tensor, ridge: Tensor) -> Tensor
}

extension LinearOperator {
    /// The data of least size among those that fit measurements [B] + ``measurementShape`` best: Aᵀ (A Aᵀ)⁺ z.
    public func pseudoInverse(_ measurement: Tensor) -> Tensor {
        let none = Tensor.zeros([measurement.shape[0]], dtype: measurement.dtype, device: measurement.device)
        return adjoint(solve(measurement, ridge: none))
    }

    func require(data: Tensor) {
        demand(
            Array(data.shape.dropFirst()) == dataShape,
            "\(Self.self) measures data of shape \(dataShape), not \(Array(data.shape.dropFirst()))")
    }

    func require(measurement: Tensor) {
        demand(
            Array(measurement.shape.dropFirst()) == measurementShape,
            "measurements of \(Self.self) have the shape \(measurementShape), not "
                + "\(Array(measurement.shape.dropFirst()))")
    }
}

/// 1 / (values + ridge), and 0 where that is no number to divide by.
func regularisedInverse(_ values: Tensor, ridge: Tensor) -> Tensor {
    let smallest = (values.dtype == .float64 ? 1e-12 : 1e-6) * max(values.abs().amax().item(), 1e-30)
    let sum = values + ridge
    let vanishes = sum .<= smallest
    return sum.maskedFill(vanishes, 1).reciprocal().maskedFill(vanishes, 0)
}
