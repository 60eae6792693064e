public import Torch

/// The squared maximum mean discrepancy under the cubic kernel k(x, y) = (x·y / D + 1)³, without bias: on Inception features,
/// the KID (Bińkowski et al., 2018, section 4).
///
/// Unlike the Fréchet distance its expectation does not depend on the number of samples; it may come out below 0.
public enum KernelDistance {
    /// A value with its spread.
    public struct Estimate: Sendable, Hashable {
        /// Mean over the subsets.
        public let value: Double
        /// Standard deviation over the subsets (population), which the literature reports as ±.
        public let deviation: Double
        /// Number of subsets.
        public let subsets: Int

        /// Standard error of the mean, if the subsets were disjoint.
        public var standardError: Double { deviation / Double(subsets).squareRoot() }
    }

    /// Options of the estimate.
    public struct Configuration: Sendable, Hashable {
        /// Number of subsets; 100 is the default of torch-fidelity.
        public var subsets = 100
        /// Samples per subset, fewer if there are fewer; 1000 is the default of torch-fidelity.
        public var subsetSize = 1000

        /// The defaults.
        public init() {}
    }

    /// The mean over random subsets of both sets.
    ///
    /// - Parameters:
    ///   - first: Features [N, D].
    ///   - second: Features [M, D].
    ///   - configuration: Number and size of the subsets.
    ///   - seed: Origin of the subsets.
    /// - Throws: ``MetricError`` if the dimensions differ, numbers are not finite, or a set has fewer than two samples.
    public static func estimate(
        _ first: Tensor, _ second: Tensor, configuration: Configuration = .init(), seed: Seed
    ) throws -> Estimate {
        try MetricError.check(first, second, minimum: 2)
        try MetricError.require(
            configuration.subsets >= 1 && configuration.subsetSize >= 2,
            "There must be at least 1 subset of at least 2 samples, not \(configuration.subsets) of \(configuration.subsetSize)."
        )
        let source = RandomSource(seed.child("subsets"))
        func subset(_ set: Tensor, _ size: Int) -> Tensor {
            set.indexSelect(0, Tensor.randperm(set.shape[0], using: source)[0..<size].to(set.device))
        }
        let size = min(configuration.subsetSize, first.shape[0], second.shape[0])
        let meter = WorkMeter(Double(configuration.subsets))
        let values = try (0..<configuration.subsets).map { _ in
            defer { meter.add(1) }
            return try MetricProgress.observing(nil) { try unbiased(subset(first, size), subset(second, size)) }
        }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        return Estimate(value: mean, deviation: variance.squareRoot(), subsets: values.count)
    }

    /// The estimate from all pairs of two sets [N, D] and [M, D].
    ///
    /// - Throws: ``MetricError`` if the dimensions differ, numbers are not finite, or a set has fewer than two samples.
    public static func unbiased(_ first: Tensor, _ second: Tensor) throws -> Double {
        try between(first, second, .unbiased)
    }

    /// The same with the pairs of each row with itself, which some codes report: never negative, but above 0 for equal
    /// distributions.
    ///
    /// - Throws: As ``unbiased(_:_:)``.
    public static func biased(_ first: Tensor, _ second: Tensor) throws -> Double {
        try between(first, second, .biased)
    }

    private static func between(_ first: Tensor, _ second: Tensor, _ estimator: PairEstimator) throws -> Double {
        try MetricError.check(first, second, minimum: 2)
        let (x, y) = (first.to(.float64), second.to(.float64))
        let (n, m) = (Double(x.shape[0]), Double(y.shape[0]))
        let meter = WorkMeter(n * n + m * m + n * m)
        func within(_ set: Tensor) -> Double {
            let count = Double(set.shape[0])
            let isUnbiased = estimator == .unbiased
            return sum(set, set, meter, leavingOutItself: isUnbiased) / (count * (isUnbiased ? count - 1 : count))
        }
        let across = sum(x, y, meter) / (n * m)
        return try MetricError.finite(within(x) + within(y) - 2 * across, "The kernel distance")
    }

    /// Sum of the kernel over all pairs, 2048 rows at a time; within one set, if asked for, without the pairs of a row with itself.
    ///
    /// Those are never added: one huge row would make them so large that nothing is left of the others when they are subtracted.
    private static func sum(
        _ x: Tensor, _ y: Tensor, _ meter: WorkMeter, leavingOutItself: Bool = false
    ) -> Double {
        stride(from: 0, to: x.shape[0], by: 2048).reduce(0) { total, start in
            let rows = x.slice(0, start, start + 2048)
            let base = rows.matmul(y.mT) * (1 / Double(x.shape[1])) + 1
            let kernel = base.square() * base
            if leavingOutItself { kernel[0..., start..<(start + rows.shape[0])].diagonal().fillInPlace(0) }
            defer { meter.add(kernel.count) }
            return total + kernel.sum().item()
        }
    }
}
