public import Torch

/// exp E KL(p(y|x) | p(y)): how sure a classifier is of each sample, and how evenly the samples spread over its classes
/// (Salimans et al., 2016, section 4).
///
/// With any other network than the 2015 Inception, its values compare with each other only. From 1 to K.
public struct InceptionScore: Sendable, Hashable {
    /// Mean over the splits.
    public let mean: Double
    /// Standard deviation over the splits (population).
    public let deviation: Double

    /// Scores samples by their logits.
    ///
    /// - Parameters:
    ///   - logits: [N, K].
    ///   - splits: Number of equal parts that are scored on their own, without the samples left over; 10 as in the
    ///     original code.
    ///   - seed: Origin of a random order, which matters if samples are sorted by class; nil keeps the order.
    /// - Throws: ``MetricError`` if there are fewer samples than splits, or a logit is not finite.
    public init(logits: Tensor, splits: Int = 10, seed: Seed?) throws {
        try MetricError.require(splits >= 1, "The number of splits is at least 1, not \(splits).")
        try MetricError.check(logits, name: "logits'")
        let (count, size) = (logits.shape[0], logits.shape[0] / splits)
        guard size >= 1 else {
            throw MetricError(
                .tooFewSamples, "\(count) samples cannot be scored in \(splits) splits: at least \(splits) are needed.")
        }
        let order = seed.map { Tensor.randperm(count, using: RandomSource($0.child("splits"))) }
        let rows = order.map { logits.indexSelect(0, $0.to(logits.device)) } ?? logits
        let logs = rows.to(.float64).logSoftmax(1)
        let scores = (0..<splits).map { Self.score(logs[($0 * size)..<(($0 + 1) * size)]) }
        let mean = scores.reduce(0, +) / Double(splits)
        self.mean = try MetricError.finite(mean, "The score")
        deviation = (scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(splits)).squareRoot()
    }

    private static func score(_ logs: Tensor) -> Double {
        let marginal = logs.logsumexp(0) - Tensor(Double(logs.shape[0])).log().to(logs.device)
        return (logs.exp() * (logs - marginal)).sum(1).mean().exp().item()
    }
}
