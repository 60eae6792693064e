public import Torch

/// Separation of positives from negatives by a score, over all thresholds.
public struct ROC: Sendable {
    private let positives: Tensor
    private let negatives: Tensor

    /// Scores that should be high for positives and low for negatives.
    ///
    /// - Throws: ``MetricError`` if one side is empty or no vector, or a score is NaN.
    public init(positives: Tensor, negatives: Tensor) throws {
        guard positives.rank == 1, negatives.rank == 1 else {
            throw MetricError(
                .mismatch, "Scores are vectors, not of the shapes \(positives.shape) and \(negatives.shape).")
        }
        guard positives.count > 0, negatives.count > 0 else {
            throw MetricError(.tooFewSamples, "A curve needs positives and negatives; one side is empty.")
        }
        guard Tensor.cat([positives, negatives]).isnan().any().intItem() == 0 else {
            throw MetricError(.notFinite, "Some scores are not numbers.")
        }
        self.positives = positives.to(.float64).sort().values
        self.negatives = negatives.to(.float64).sort().values
    }

    /// Area under the curve: the probability that a positive scores higher than a negative, ties counting half.
    public var area: Double {
        let below = negatives.searchsorted(positives).to(.float64)
        let notAbove = negatives.searchsorted(positives, right: true).to(.float64)
        return ((below + notAbove) * 0.5).mean().item() / Double(negatives.count)
    }

    /// Fraction of negatives at or above the highest threshold that at least `rate` of the positives reach.
    ///
    /// - Parameter rate: True positive rate in (0, 1]; 0.95 is the custom in out-of-distribution detection.
    /// - Throws: ``MetricError`` for any other rate.
    public func falsePositiveRate(atTruePositiveRate rate: Double = 0.95) throws -> Double {
        try MetricError.require(rate > 0 && rate <= 1, "A true positive rate is above 0 and up to 1, not \(rate).")
        let count = positives.count
        var needed = max(1, Int((rate * Double(count)).rounded(.down)))
        if Double(needed) / Double(count) < rate { needed += 1 }
        let threshold = positives[count - needed]
        return (negatives .>= threshold).to(.float64).mean().item()
    }
}
