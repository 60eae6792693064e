public import Torch

/// The nearest rows of a reference set, exactly, in blocks of bounded memory.
public struct NearestNeighbours: Sendable {
    /// Rows of the reference set [N, k], int64 on the CPU, nearest first.
    public let indices: Tensor
    /// Their Euclidean distances [N, k], float64 on the CPU, ascending; exactly 0 for a copy.
    public let distances: Tensor

    /// Finds the neighbours of each query.
    ///
    /// - Parameters:
    ///   - queries: [N, D], finite.
    ///   - reference: [M, D], finite.
    ///   - k: Number of neighbours, 1 to M.
    /// - Throws: ``MetricError`` if the dimensions differ, numbers are not finite, or the reference has fewer than `k` rows.
    public init(of queries: Tensor, in reference: Tensor, k: Int = 1) throws {
        try MetricError.check(queries, reference, names: ("queried", "reference"))
        try Self.check(k, reference.shape[0])
        self.init(try DistanceBlocks(queries, reference), k)
    }

    /// Finds the neighbours of each row among the other rows.
    ///
    /// - Parameters:
    ///   - set: [N, D], finite.
    ///   - k: Number of neighbours, 1 to N - 1.
    /// - Throws: ``MetricError`` if there are no more than `k` rows, or numbers are not finite.
    public init(within set: Tensor, k: Int = 1) throws {
        try MetricError.check(set, name: "given")
        try Self.check(k, set.shape[0] - 1)
        self.init(try DistanceBlocks(within: set, excludesItself: true), k)
    }

    private init(_ blocks: DistanceBlocks, _ k: Int) {
        var indices: [Tensor] = []
        var distances: [Tensor] = []
        blocks.forEach { _, squares in
            let nearest = squares.topk(k, 1, largest: false)
            indices.append(nearest.indices)
            distances.append(nearest.values.sqrt())
        }
        self.indices = Tensor.cat(indices)
        self.distances = Tensor.cat(distances)
    }

    private static func check(_ k: Int, _ available: Int) throws {
        try MetricError.require(k >= 1, "The number of neighbours is at least 1, not \(k).")
        guard k <= available else {
            throw MetricError(.tooFewSamples, "\(k) neighbours were asked for, but there are \(max(available, 0)).")
        }
    }
}
