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
    public static func standardError(
        count: Int, resamples: Int = 20, seed: Seed, of statistic: (_ indices: Tensor) throws -> Double
    ) rethrows -> Double {
        precondition(resamples >= 2, "an error needs at least 2 resamples, not \(resamples)")
        let source = RandomSource(seed.child("bootstrap"))
        let values = try (0..<resamples).map { _ in
            try statistic(Tensor.randint(0..<count, [count], using: source))
        }
        let mean = values.reduce(0, +) / Double(resamples)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(resamples - 1)).squareRoot()
    }
}
