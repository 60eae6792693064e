public import Torch

/// Gathers ``FeatureStatistics`` batch by batch in float64, without keeping the features.
///
/// Each block of rows is centred on its own mean and merged by the update of Chan, Golub and LeVeque (1979), which does
/// not cancel when the mean is large beside the deviation.
public struct FeatureAccumulator: Sendable {
    /// Number of examples so far.
    public private(set) var count = 0
    private var pending: [Tensor] = []
    private var merged = 0
    private var mean: Tensor?
    private var scatter: Tensor?

    /// Rows that are collected before they are merged: enough for a matrix product to be worth its overhead.
    private static let block = 1024

    /// Nothing so far.
    public init() {}

    /// Adds features [B, D] of any floating-point type.
    public mutating func add(_ features: Tensor) {
        precondition(features.rank == 2, "features are [B, D], not \(features.shape)")
        pending.append(features.detach().to(.float64))
        count += features.shape[0]
        if count - merged >= Self.block { merge() }
    }

    /// Mean and covariance of all features so far.
    ///
    /// - Throws: ``MetricError`` if there are fewer than two, or some are not finite.
    public func statistics() throws -> FeatureStatistics {
        guard count >= 2 else {
            throw MetricError(.tooFewSamples, "A covariance needs at least two samples, not \(count).")
        }
        var complete = self
        complete.merge()
        guard let mean = complete.mean, let scatter = complete.scatter else {
            preconditionFailure("nothing was merged")
        }
        guard scatter.sum().item().isFinite else {
            throw MetricError(
                .notFinite,
                "Some features are infinite or not numbers. Look at the samples: the model may have diverged.")
        }
        return FeatureStatistics(count: count, mean: mean, covariance: scatter * (1 / Double(count - 1)))
    }

    private mutating func merge() {
        guard !pending.isEmpty else { return }
        let rows = pending.count == 1 ? pending[0] : Tensor.cat(pending)
        pending = []
        let (new, old) = (Double(rows.shape[0]), Double(merged))
        merged = count
        guard new > 0 else { return }
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
