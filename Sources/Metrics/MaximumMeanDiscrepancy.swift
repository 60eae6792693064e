public import Torch

/// Treatment of the pairs of a sample with itself in a statistic over pairs.
public enum PairEstimator: Sendable, Hashable {
    /// Counts them (V-statistic): never negative, but above 0 in expectation even for equal distributions.
    case biased
    /// Leaves them out (U-statistic): right in expectation, and sometimes below 0.
    case unbiased
}

/// The squared maximum mean discrepancy MMD² = E k(x, x') + E k(y, y') - 2 E k(x, y) under the Gaussian kernel, averaged
/// over bandwidths: k(x, y) = mean_s exp(-|x - y|² / (2 s²)) (Gretton et al., 2012, lemma 6).
public struct MaximumMeanDiscrepancy: Sendable, Hashable {
    /// The bandwidths s.
    public let bandwidths: [Double]
    /// Treatment of pairs of a sample with itself.
    public let estimator: PairEstimator

    /// With given bandwidths.
    ///
    /// - Parameters:
    ///   - bandwidths: Each above 0; at least one.
    ///   - estimator: Treatment of pairs of a sample with itself.
    /// - Throws: ``MetricError`` if there are none, or one is not above 0 and finite.
    public init(bandwidths: [Double], estimator: PairEstimator = .unbiased) throws {
        try MetricError.require(
            !bandwidths.isEmpty && bandwidths.allSatisfy { $0 > 0 && $0.isFinite },
            "Bandwidths are at least one number, each above 0 and finite, not \(bandwidths).")
        self.bandwidths = bandwidths
        self.estimator = estimator
    }

    /// With bandwidths that fit `reference`: multiples of the median distance within its first thousand rows (Gretton et
    /// al., 2012, section 8).
    ///
    /// - Parameters:
    ///   - reference: Data [N, D], at least two rows that differ.
    ///   - multiples: 1/4, 1/2, 1, 2 and 4 by default, since one bandwidth sees one scale only.
    ///   - estimator: Treatment of pairs of a sample with itself.
    /// - Throws: ``MetricError`` if there are fewer than two rows, numbers are not finite, or at least half of the distances
    ///   are 0.
    public init(
        fitting reference: Tensor, multiples: [Double] = [0.25, 0.5, 1, 2, 4], estimator: PairEstimator = .unbiased
    ) throws {
        try MetricError.check(reference, minimum: 2, name: "reference")
        let rows = reference.slice(0, 0, 1000)
        let count = rows.shape[0]
        var all: [Tensor] = []
        try DistanceBlocks(within: rows).forEach { _, squares in all.append(squares) }
        let upper = Tensor.ones([count, count], dtype: .bool).triu(1)
        let median = Tensor.cat(all).maskedSelect(upper).median().sqrt().item()
        guard median > 0 else {
            throw MetricError(
                .degenerate,
                """
                The median distance within the first \(count) rows of the reference is 0, since most of them are copies, so no \
                bandwidth fits them. Remove the copies, or give bandwidths.
                """)
        }
        try self.init(bandwidths: multiples.map { $0 * median }, estimator: estimator)
    }

    /// MMD² between two sets [N, D] and [M, D].
    ///
    /// - Throws: ``MetricError`` if the dimensions differ, numbers are not finite, or a set has fewer than two samples.
    public func between(_ first: Tensor, _ second: Tensor) throws -> Double {
        try MetricError.check(first, second, minimum: 2)
        let meter = WorkMeter.ofPairs(first.shape[0], second.shape[0])
        let pairs = Double(first.shape[0]) * Double(second.shape[0])
        let across = try sum(DistanceBlocks(first, second), meter) / pairs
        return try within(first, meter) + within(second, meter) - 2 * across
    }

    private func within(_ set: Tensor, _ meter: WorkMeter) throws -> Double {
        let count = set.shape[0]
        // At an infinite distance the kernel is 0: nothing is subtracted afterwards that would cancel.
        let total = try sum(DistanceBlocks(within: set, excludesItself: estimator == .unbiased), meter)
        return total / Double(count * (estimator == .biased ? count : count - 1))
    }

    private func sum(_ blocks: DistanceBlocks, _ meter: WorkMeter) -> Double {
        var blocks = blocks
        blocks.meter = meter
        let sum = blocks.sum { squares in
            bandwidths.reduce(0) { total, bandwidth in
                total + (squares * (-0.5 / bandwidth / bandwidth)).exp().sum().item()
            }
        }
        return sum / Double(bandwidths.count)
    }
}
