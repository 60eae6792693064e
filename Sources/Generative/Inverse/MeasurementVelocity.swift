public import Torch

/// The velocity of data given a noisy measurement of them: posterior guidance for any ODE sampler.
///
///     v(x, t | z) = v + (α' σ² - α σ σ') K,    σ² K = E[y | x, z] - E[y | x]
///
/// the estimate of ``MeasurementGuidance`` carried over to velocities (Pokle et al., arXiv 2310.04432, equation 8, for flow
/// matching). Measurements without noise would make the field infinite at the data: those are for
/// ``MeasurementGuidance`` and a ``DiffusionSampler``.
public struct MeasurementVelocity<Field: VectorField, Path: AffinePath, Operator: LinearOperator>: VectorField {
    /// The field's condition, and the measurement.
    public typealias Condition = Measured<Field.Condition>

    /// The velocity of the data.
    public let field: Field
    /// Its path.
    public let path: Path
    /// The way of measuring.
    public let measurement: Measurement<Operator>
    /// The way in which the measurement reaches the estimate.
    public let pull: MeasurementPull

    /// A velocity given measurements.
    ///
    /// - Parameters:
    ///   - field: The velocity of the data.
    ///   - path: Its path.
    ///   - measurement: The way of measuring, with noise above 0.
    ///   - pull: The way in which the measurement reaches the estimate; by default through the gradient.
    public init(
        of field: Field, along path: Path, _ measurement: Measurement<Operator>, pull: MeasurementPull = .gradient
    ) {
        demand(
            measurement.noise > 0,
            "a velocity given measurements without noise is infinite at the data: use MeasurementGuidance with a "
                + "DiffusionSampler")
        self.field = field
        self.path = path
        self.measurement = measurement
        self.pull = pull
    }

    /// Velocities, shaped like `x` [B, ...], at the times [B].
    public func velocity(at x: Tensor, time: Tensor, given condition: Condition) -> Tensor {
        let at = path.coefficients(at: time)
        let variance = measurement.variance(alpha: at.alpha, sigma: at.sigma)
        func parts(_ x: Tensor) -> (velocity: Tensor, data: Tensor) {
            let velocity = field.velocity(at: x, time: time, given: condition.condition)
            return (velocity, Prediction.velocity.convert(velocity, to: .data, at: x, time: time, along: path))
        }
        let speed = at.alphaRate * at.sigma.square() - at.alpha * at.halfVarianceRate
        let trust = (measurement.dataDeviation * measurement.dataDeviation)
        let spread = (at.alpha.square() * trust + at.sigma.square()).reciprocal() * trust
        guard pull == .gradient else {
            let (velocity, data) = parts(x)
            let step = measurement.pull(data, towards: condition.measurement, variance: variance)
            return velocity + step * (speed * spread).factor(of: x)
        }
        var (velocity, step) = (x, x)
        let gradient = gradientOfEstimate(at: x) { leaf in
            let known = parts(leaf)
            velocity = known.velocity.detach()
            step = measurement.pull(known.data.detach(), towards: condition.measurement, variance: variance)
            return (known.data, step)
        }
        // Near pure noise the derivative of the estimate vanishes with α, and rounding would decide the quotient.
        let isNoise = at.alpha .< 1e-3
        let scaled = gradient * at.alpha.maskedFill(isNoise, 1).reciprocal().factor(of: x)
        let change = (step * spread.factor(of: x)).where(isNoise.alongBatch(of: x), else: scaled)
        return velocity + change * speed.factor(of: x)
    }

    /// The passes of the field; the backward pass is not counted.
    public func passes(at time: Double) -> Int { field.passes(at: time) }

    /// The condition and the measurements of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Measured(Field.select(indices, from: condition.condition), condition.measurement.indexSelect(0, indices))
    }
}

extension MeasurementVelocity: Sendable where Field: Sendable {}
