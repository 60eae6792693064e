internal import OptimalTransport
public import Torch

/// The exact Wasserstein distance between two samples of equal size, by optimal assignment: for toys in few dimensions.
public enum WassersteinDistance {
    /// W_p = (min over assignments of mean |x_i - y_s(i)|^p)^(1/p).
    ///
    /// - Parameters:
    ///   - first: [N, D].
    ///   - second: [N, D].
    ///   - order: p, at least 1; 2 by default.
    ///   - block: Work grows as N³, so larger samples are cut into blocks of this many rows, whose costs are averaged; that
    ///     overestimates the distance of the whole. 1000 by default.
    /// - Throws: ``MetricError`` if the dimensions or the counts differ, a set is empty or numbers are not finite.
    public static func between(
        _ first: Tensor, _ second: Tensor, order: Double = 2, block: Int = 1000
    ) throws -> Double {
        try MetricError.check(first, second)
        let count = first.shape[0]
        guard second.shape[0] == count else {
            throw MetricError(
                .mismatch, "Assignment needs as many samples on both sides, not \(count) and \(second.shape[0]).")
        }
        try MetricError.require(
            order >= 1 && order.isFinite && block >= 1,
            "The order \(order) and the block \(block) of a Wasserstein distance are at least 1 and finite.")
        let rows = min(block, count)
        try Memory.require(
            4, 8, rows, rows, for: "A Wasserstein distance in blocks of \(rows) rows", remedy: "Use a smaller block.")
        let starts = stride(from: 0, to: count, by: block)
        let total = try starts.reduce(0) { total, start in
            let rows = first.slice(0, start, start + block).to(.float64)
            let costs = rows.cdist(second.slice(0, start, start + block).to(.float64)).pow(order)
            return total + (try Self.cheapest(costs))
        }
        return try MetricError.finite(Tensor(total / Double(count)).pow(1 / order).item(), "The Wasserstein distance")
    }

    /// The cost of the best assignment; costs beyond float64 are an error of the features.
    private static func cheapest(_ costs: Tensor) throws -> Double {
        do {
            return try Assignment(costs: costs).cost
        } catch let error as TransportError {
            throw MetricError(error.code == .notFinite ? .notFinite : .mismatch, error.message)
        }
    }
}
