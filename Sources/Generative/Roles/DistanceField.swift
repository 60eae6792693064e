public import Torch

/// Distance of each position from the data, and the direction to them, without a time.
///
/// The full step x - u v leads to the data, where u is the distance and v the direction, which points *away* from the
/// data, as the gradient of a distance does (distance marching: Wang et al., arXiv 2602.02928).
public protocol DistanceField: Conditional {
    // Restated in every role, or it is not inferred from the method below.
    associatedtype Condition

    /// Distances and directions.
    ///
    /// - Parameters:
    ///   - x: Positions [B, ...].
    ///   - condition: Condition of each sample, such as its class.
    /// - Returns: Distances u >= 0 [B], and directions v shaped like `x`, of length 1 where the nearest data point is
    ///   certain and shorter where several compete.
    func bearing(at x: Tensor, given condition: Condition) -> (distance: Tensor, direction: Tensor)

    /// Passes through a network that each example of an evaluation takes: 1 by default, 2 with guidance.
    var passes: Int { get }
}

extension DistanceField {
    /// 1.
    public var passes: Int { 1 }
}

extension DistanceField where Condition == Void {
    /// Distances [B] and directions, shaped like the positions `x` [B, ...].
    public func bearing(at x: Tensor) -> (distance: Tensor, direction: Tensor) { bearing(at: x, given: ()) }
}
