public import Torch

/// The distance field of finitely many points: to the nearest one, and away from it.
public struct PointSetDistance: DistanceField, Sendable {
    /// The points [N, ...].
    public let points: Tensor

    /// The field of the points [N, ...], N >= 1.
    public init(to points: Tensor) {
        demand(points.rank >= 2 && points.shape[0] >= 1, "points have the shape [N, ...], not \(points.shape)")
        self.points = points
    }

    /// Distances [B] to the nearest point and unit vectors away from it, shaped like `x` [B, ...]; 0 at a point itself.
    public func bearing(at x: Tensor, given _: Void) -> (distance: Tensor, direction: Tensor) {
        let nearest = x.flatten(1).cdist(points.flatten(1)).argmin(1)
        let offset = x - points.indexSelect(0, nearest)
        let distance = offset.flatten(1).norm(1)
        let factor = distance.reciprocal().maskedFill(distance .== 0, 0)
        return (distance, offset * factor.alongBatch(of: x))
    }
}
