public import Torch

/// Mean and covariance of features: all that the Fréchet distance sees of a set of images.
///
/// With no more examples than dimensions the covariance is kept as its ``factor``: an image of 128 x 128 x 3 pixels would
/// need 19 GB for a covariance, of which sixty images fill sixty rows.
public struct FeatureStatistics: Sendable {
    /// Number of examples, N; nil if a file does not say.
    public let count: Int?
    /// Mean [D], float64.
    public let mean: Tensor
    /// Rows F [R, D], float64, with the covariance Fᵀ F: the centred examples over the root of N - 1.
    ///
    /// Nil if there were more examples than dimensions, or only the covariance is known.
    public let factor: Tensor?
    private let matrix: Tensor?
    /// Name and checksum of the extractor of the features; nil if it is not known, as in other people's files.
    public var origin: String?

    /// Statistics that are known.
    ///
    /// - Parameters:
    ///   - count: Number of examples; nil if it is not known.
    ///   - mean: [D].
    ///   - covariance: [D, D].
    ///   - origin: Name of the extractor of the features; nil if it is not known.
    /// - Throws: ``MetricError`` if the shapes do not fit or a number is not finite.
    public init(count: Int?, mean: Tensor, covariance: Tensor, origin: String? = nil) throws {
        guard mean.rank == 1, covariance.shape == [mean.count, mean.count] else {
            throw MetricError(.mismatch, "A mean \(mean.shape) and a covariance \(covariance.shape) do not fit.")
        }
        self.count = count
        self.mean = mean.to(.float64)
        matrix = covariance.to(.float64)
        factor = nil
        self.origin = origin
        try checkNumbers(covariance)
    }

    /// Statistics whose covariance is known by a factor.
    ///
    /// - Parameters:
    ///   - count: Number of examples; nil if it is not known.
    ///   - mean: [D].
    ///   - factor: Rows F [R, D] with the covariance Fᵀ F.
    ///   - origin: Name of the extractor of the features; nil if it is not known.
    /// - Throws: ``MetricError`` if the shapes do not fit or a number is not finite.
    public init(count: Int?, mean: Tensor, factor: Tensor, origin: String? = nil) throws {
        guard mean.rank == 1, factor.rank == 2, factor.shape[1] == mean.count else {
            throw MetricError(.mismatch, "A mean \(mean.shape) and a factor \(factor.shape) do not fit.")
        }
        self.count = count
        self.mean = mean.to(.float64)
        self.factor = factor.to(.float64)
        matrix = nil
        self.origin = origin
        try checkNumbers(factor)
    }

    /// Statistics of features [N, D].
    ///
    /// - Throws: ``MetricError`` if there are fewer than two, some are not finite, or a covariance does not fit into memory.
    public init(of features: Tensor) throws {
        var accumulator = FeatureAccumulator()
        accumulator.add(features)
        self = try accumulator.statistics()
    }

    /// Number of features, D.
    public var dimension: Int { mean.count }

    /// Covariance [D, D] with divisor N - 1, float64; made from the ``factor`` if there is one, which takes 8 D² bytes.
    public var covariance: Tensor { matrix ?? factor.map { $0.mT.matmul($0) } ?? mean.outer(mean) * 0 }

    /// Sum of the variances of all features, the trace of the covariance.
    var totalVariance: Double { factor?.square().sum().item() ?? covariance.trace().item() }

    private func checkNumbers(_ covariance: Tensor) throws {
        guard mean.isfinite().all().intItem() == 1, covariance.isfinite().all().intItem() == 1 else {
            throw MetricError(
                .notFinite,
                "The mean or the covariance holds numbers that are not finite. Compute the statistics again.")
        }
    }

    /// Checks that there is memory for covariances and for what their eigenvalues take.
    static func requireMemory(dimension: Int) throws {
        try Memory.require(
            6, 8, dimension, dimension, for: "A covariance of \(dimension) features",
            remedy: "Use no more samples than features, smaller images (--size), or an extractor with fewer features.")
    }
}
