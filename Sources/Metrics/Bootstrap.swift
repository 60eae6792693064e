public import Torch

/// Error bars by resampling: how much a number would vary with other samples from the same source (Efron, 1979).
public enum Bootstrap {
    /// Standard deviation of a statistic over resamples with replacement.
    ///
    /// - Parameters:
    ///   - count: Number of samples, N.
    ///   - resamples: Number of resamples, at least 2; 20 by default, which knows the error to about 16 %.
    ///   - seed: Origin of the resamples.
    ///   - statistic: The number for the samples with these indices [N], int64, on the CPU.
    /// - Throws: ``MetricError`` if there are no samples, fewer than 2 resamples, or a value is not finite; errors of the
    ///   statistic.
    public static func standardError(
        count: Int, resamples: Int = 20, seed: Seed, of statistic: (_ indices: Tensor) throws -> Double
    ) throws -> Double {
        try MetricError.require(resamples >= 2, "An error needs at least 2 resamples, not \(resamples).")
        guard count >= 1 else { throw MetricError(.tooFewSamples, "There are no samples to draw again from.") }
        let source = RandomSource(seed.child("bootstrap"))
        let values = try (0..<resamples).map { _ in
            try statistic(Tensor.randint(0..<count, [count], using: source))
        }
        let mean = values.reduce(0, +) / Double(resamples)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return try MetricError.finite((squares / Double(resamples - 1)).squareRoot(), "The bootstrap's error")
    }
}
