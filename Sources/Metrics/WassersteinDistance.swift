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
    /// - Throws: ``MetricError`` if the dimensions or the counts differ.
    public static func between(
        _ first: Tensor, _ second: Tensor, order: Double = 2, block: Int = 1000
    ) throws -> Double {
        try MetricError.check(first, second)
        let count = first.shape[0]
        guard second.shape[0] == count else {
            throw MetricError(
                .mismatch, "Assignment needs as many samples on both sides, not \(count) and \(second.shape[0]).")
        }
        precondition(order >= 1 && block >= 1, "the order \(order) and the block \(block) are at least 1")
        let starts = stride(from: 0, to: count, by: block)
        let total = starts.reduce(0) { total, start in
            let rows = first.slice(0, start, start + block).to(.float64)
            let costs = rows.cdist(second.slice(0, start, start + block).to(.float64)).pow(order)
            return total + Assignment(costs: costs).cost
        }
        return Tensor(total / Double(count)).pow(1 / order).item()
    }
}
