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
        let meter = WorkMeter.ofPairs(first.shape[0], second.shape[0])
        let pairs = Double(first.shape[0]) * Double(second.shape[0])
        let across = try sum(DistanceBlocks(first, second), meter) / pairs
        let (one, other) = (try within(first, estimator, meter), try within(second, estimator, meter))
        let distance = 2 * across - one - other
        // Sums of float64 numbers err by some 1e-14 of their size: where they cancel to less, no digit is left.
        let rounding = 1e-14 * (2 * across + one + other)
        guard abs(distance) >= 100 * rounding || rounding < 1e-12 else {
            throw MetricError(
                .degenerate,
                """
                The energy distance is lost to rounding: mean distances of \(across) cancel to \(distance). Some numbers are far \
                larger than the others: leave those rows out, or scale the features.
                """)
        }
        return distance
    }

    private static func within(_ set: Tensor, _ estimator: PairEstimator, _ meter: WorkMeter) throws -> Double {
        let count = set.shape[0]
        return try sum(DistanceBlocks(within: set), meter) / Double(count * (estimator == .biased ? count : count - 1))
    }

    private static func sum(_ blocks: DistanceBlocks, _ meter: WorkMeter) -> Double {
        var blocks = blocks
        blocks.meter = meter
        return blocks.sum { $0.sqrt().sum().item() }
    }
}
