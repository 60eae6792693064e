public import Torch

/// Gathers ``FeatureStatistics`` batch by batch in float64.
///
/// While there are no more examples than dimensions, D, it keeps them: they tell all that a covariance [D, D] would, in less
/// memory. Beyond that, features are not kept: each block of rows is centred on its own mean and merged by the update
/// of Chan, Golub and LeVeque (1979), which does not cancel when the mean is large beside the deviation.
public struct FeatureAccumulator: Sendable {
    /// Number of examples so far.
    public private(set) var count = 0
    private var pending: [Tensor] = []
    private var merged = 0
    private var mean: Tensor?
    private var scatter: Tensor?
    private var failure: MetricError?

    /// Rows that are collected before they are merged: enough for a matrix product to be worth its overhead.
    private static let block = 1024

    /// Nothing so far.
    public init() {}

    /// Adds features [B, D] of any floating-point type.
    ///
    /// Features of another shape, or that are not finite, make ``statistics()`` throw.
    public mutating func add(_ features: Tensor) {
        // Batches without examples change nothing.
        guard failure == nil, features.rank != 2 || features.shape[0] > 0 else { return }
        do {
            try check(features)
            pending.append(features.detach().to(.float64))
            count += features.shape[0]
            let kept = scatter == nil ? max(Self.block, features.shape[1]) : Self.block
            if count - merged > kept { try merge() }
        } catch {
            failure = error as? MetricError ?? MetricError(.mismatch, "\(error)")
            pending = []
        }
    }

    /// Mean and covariance of all features so far.
    ///
    /// - Throws: ``MetricError`` if there are fewer than two, some are not finite or of another dimension, or a covariance
    ///   would not fit into memory.
    public func statistics() throws -> FeatureStatistics {
        if let failure { throw failure }
        guard count >= 2 else {
            throw MetricError(.tooFewSamples, "A covariance needs at least two samples, not \(count).")
        }
        if scatter == nil, count <= pending[0].shape[1] {
            let rows = pending.count == 1 ? pending[0] : Tensor.cat(pending)
            let mean = rows.mean(0)
            let factor = (rows - mean) * (1 / Double(count - 1).squareRoot())
            return try FeatureStatistics(count: count, mean: mean, factor: factor)
        }
        var complete = self
        try complete.merge()
        guard let mean = complete.mean, let scatter = complete.scatter else {
            throw MetricError(.tooFewSamples, "There are no features.")
        }
        _ = try MetricError.finite(scatter.sum().item(), "The covariance")
        return try FeatureStatistics(count: count, mean: mean, covariance: scatter * (1 / Double(count - 1)))
    }

    private func check(_ features: Tensor) throws {
        try MetricError.check(features, name: "added")
        guard let dimension = mean?.count ?? pending.first?.shape[1], dimension != features.shape[1] else { return }
        throw MetricError(
            .mismatch, "Features of \(dimension) and \(features.shape[1]) dimensions cannot be gathered together.")
    }

    private mutating func merge() throws {
        guard !pending.isEmpty else { return }
        if scatter == nil { try FeatureStatistics.requireMemory(dimension: pending[0].shape[1]) }
        let rows = pending.count == 1 ? pending[0] : Tensor.cat(pending)
        pending = []
        let (new, old) = (Double(rows.shape[0]), Double(merged))
        merged = count
        let newMean = rows.mean(0)
        let centred = rows - newMean
        guard let mean, let scatter else {
            (self.mean, self.scatter) = (newMean, centred.mT.matmul(centred))
            return
        }
        let difference = newMean - mean
        // The difference of the means counts as one more centred row.
        let weighted = difference.unsqueeze(0) * (old * new / (old + new)).squareRoot()
        let all = Tensor.cat([centred, weighted])
        self.scatter = scatter.addmm(all.mT, all)
        self.mean = mean + difference * (new / (old + new))
    }
}
