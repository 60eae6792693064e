public import Generative
public import Torch

/// Classifier-free guidance of a distance field: v = v_u + w (v_c - v_u), and the distance of the conditional branch.
///
/// Ho and Salimans, arXiv 2207.12598, for directions. Distances are not extrapolated: they say how far the class is, and so
/// when to stop. Both branches are one evaluation of a batch of 2 B; at scale 1 the conditional one alone is evaluated.
public struct GuidedDistance<Field: DistanceField>: DistanceField where Field.Condition == Tensor {
    /// Class labels [B].
    public typealias Condition = Tensor

    /// The network as a field of class labels.
    public let field: Field
    /// The label that says nothing.
    public let nullClass: Int
    /// w: 0 follows the unconditional directions, 1 the conditional ones, larger values exaggerate their difference.
    public let scale: Double

    /// A guided field whose network knows classes and one label for none of them.
    public init(_ field: Field, nullClass: Int, scale: Double) {
        demand(scale.isFinite, "a guidance scale is a finite number, not \(scale)")
        (self.field, self.nullClass, self.scale) = (field, nullClass, scale)
    }

    /// Two, or one at scale 1.
    public var passes: Int { field.passes * (scale == 1 ? 1 : 2) }

    /// Distances [B] to the class, and guided directions.
    public func bearing(at x: Tensor, given labels: Tensor) -> (distance: Tensor, direction: Tensor) {
        guard scale != 1 else { return field.bearing(at: x, given: labels) }
        let none = Tensor.full(labels.shape, Double(nullClass), dtype: labels.dtype, device: labels.device)
        let both = field.bearing(at: Tensor.cat([x, x]), given: Tensor.cat([labels, none]))
        let count = x.shape[0]
        let (conditional, free) = (both.direction.slice(0, 0, count), both.direction.slice(0, count))
        return (both.distance.slice(0, 0, count), free + (conditional - free) * scale)
    }
}

extension GuidedDistance: Sendable where Field: Sendable {}
