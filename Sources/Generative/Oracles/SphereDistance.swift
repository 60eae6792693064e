public import Torch

/// The distance field of data that fill the surface of a sphere.
///
/// u = | |x - c| - r | and v = sign(|x - c| - r) (x - c) / |x - c|. At the centre all data are equally near: v = 0.
public struct SphereDistance: DistanceField, Sendable {
    /// c, shaped like one example.
    public let centre: Tensor
    /// r > 0.
    public let radius: Double

    /// The sphere around a point, which is shaped like one example.
    public init(around centre: Tensor, radius: Double) {
        demand(radius > 0, "the radius of a sphere is positive, not \(radius)")
        self.centre = centre
        self.radius = radius
    }

    /// Distances [B] to the surface and directions away from it, shaped like `x` [B, ...].
    public func bearing(at x: Tensor, given _: Void) -> (distance: Tensor, direction: Tensor) {
        let offset = x - centre
        let length = offset.flatten(1).norm(1)
        let outwards = (length - radius).sign() / length
        let factor = outwards.maskedFill(length .== 0, 0)
        return ((length - radius).abs(), offset * factor.alongBatch(of: x))
    }
}
