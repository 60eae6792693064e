public import Torch

/// 2 E|x - y| - E|x - x'| - E|y - y'|, which is 0 for equal distributions only (Székely and Rizzo, 2013).
///
/// In one dimension it is the square of `scipy.stats.energy_distance`.
public enum EnergyDistance {
    /// The distance between two sets [N, D] and [M, D].
    ///
    /// - Parameters:
    ///   - first: [N, D].
    ///   - second: [M, D].
    ///   - estimator: Treatment of pairs of a sample with itself.
    /// - Throws: ``MetricError`` if the dimensions differ, numbers are not finite, or a set has fewer than two samples.
    public static func between(
        _ first: Tensor, _ second: Tensor, estimator: PairEstimator = .biased
    ) throws -> Double {
        try MetricError.check(first, second, minimum: 2)
        let across = try sum(DistanceBlocks(first, second)) / Double(first.shape[0] * second.shape[0])
        return try 2 * across - within(first, estimator) - within(second, estimator)
    }

    private static func within(_ set: Tensor, _ estimator: PairEstimator) throws -> Double {
        let count = set.shape[0]
        return try sum(DistanceBlocks(within: set)) / Double(count * (estimator == .biased ? count : count - 1))
    }

    private static func sum(_ blocks: DistanceBlocks) -> Double {
        var total = 0.0
        blocks.forEach { _, squares in total += squares.sqrt().sum().item() }
        return total
    }
}
