public import Torch

/// A velocity field at another temperature: ``TemporalRescaling`` of its score, along the path from normal noise that it follows.
///
/// Xu et al., arXiv 2510.01184.
public struct RescaledVelocity<Field: VectorField, Path: AffinePath>: VectorField {
    /// Condition of the field.
    public typealias Condition = Field.Condition

    /// The field.
    public let field: Field
    /// Its path.
    public let path: Path
    /// s, the width of the data's local modes.
    public let width: Double
    /// k: above 1 sharper, below 1 more varied.
    public let sharpness: Double

    /// A field at another temperature, for a width s > 0 and a sharpness k > 0; 1 leaves it as it is.
    public init(of field: Field, along path: Path, width: Double, sharpness: Double) {
        demand(width > 0 && sharpness > 0, "width and sharpness are positive, unlike \(width) and \(sharpness)")
        self.field = field
        self.path = path
        self.width = width
        self.sharpness = sharpness
    }

    /// Velocities, shaped like `x` [B, ...], at the times [B].
    public func velocity(at x: Tensor, time: Tensor, given condition: Condition) -> Tensor {
        rescaled(field.velocity(at: x, time: time, given: condition), at: x, time: time)
    }

    /// Velocities, shaped like `x` [B, ...], at one time.
    public func velocity(at x: Tensor, time: Double, given condition: Condition) -> Tensor {
        rescaled(field.velocity(at: x, time: time, given: condition), at: x, time: x.perExample(time))
    }

    private func rescaled(_ velocity: Tensor, at x: Tensor, time: Tensor) -> Tensor {
        guard sharpness != 1 else { return velocity }
        let at = path.coefficients(at: time)
        let (data, noise) = (at.alpha.square() * (width * width), at.sigma.square())
        let factor = (data + noise) / (data / sharpness + noise)
        let score = Prediction.velocity.convert(velocity, to: .noise, at: x, time: time, along: path)
        let changed = Prediction.noise.convert(
            score * factor.factor(of: x), to: .velocity, at: x, time: time, along: path)
        // Next to pure noise the factor is 1, and noise says nothing of the data.
        return velocity.where((at.alpha .< 1e-3).alongBatch(of: x), else: changed)
    }

    /// Those of the field.
    public func passes(at time: Double) -> Int { field.passes(at: time) }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Field.select(indices, from: condition)
    }
}

extension RescaledVelocity: Sendable where Field: Sendable {}
