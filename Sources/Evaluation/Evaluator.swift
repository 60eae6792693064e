public import Metrics
public import Torch

/// Measures generated images against real ones by several metrics at once.
///
/// With several sets of samples, drawn with different seeds, values are means over the sets and errors their standard
/// errors. With one set the error is that of the mean over five disjoint parts of data and samples.
public struct Evaluator: Sendable {
    /// Constants of the metrics.
    public struct Configuration: Sendable, Hashable {
        /// Neighbours for precision, recall, density and coverage; 3 as in improved precision and recall.
        public var neighbours = 3
        /// Directions of the sliced Wasserstein distance.
        public var directions = 256
        /// Parts for the error bar of one set.
        public var parts = 5
        /// Origin of subsets and directions.
        public var seed = Seed(0)

        /// The defaults.
        public init() {}
    }

    /// The metrics.
    public var metrics: [Metric]
    /// Constants of the metrics.
    public var configuration: Configuration

    /// An evaluator of these metrics.
    public init(_ metrics: [Metric] = Metric.allCases, _ configuration: Configuration = .init()) {
        self.metrics = metrics
        self.configuration = configuration
    }

    /// Measures sets of samples.
    ///
    /// - Parameters:
    ///   - generated: At least one set, all of one generator.
    ///   - real: The data.
    ///   - extractor: Name of the extractor of both.
    /// - Returns: All metrics that apply; the Inception Score needs logits.
    /// - Throws: `MetricError` if features differ in kind, are not finite or too few.
    public func measure(
        _ generated: [FeatureSet], against real: FeatureSet, extractor: String
    ) throws -> [Metric: Measurement] {
        try measure(
            generated, extractor, values: { try values($0, real) }, partValues: { try partValues($0, real) })
    }

    /// Measures sets of samples by the metrics that need no more of the data than mean and covariance.
    ///
    /// - Parameters:
    ///   - generated: At least one set, all of one generator.
    ///   - real: Statistics of the data.
    ///   - extractor: Name of the extractor of both.
    /// - Returns: The Fréchet distance, and the Inception Score if there are logits: as far as ``metrics`` has them.
    /// - Throws: `MetricError` if features differ in kind, are not finite or too few.
    public func measure(
        _ generated: [FeatureSet], against real: FeatureStatistics, extractor: String
    ) throws -> [Metric: Measurement] {
        try measure(
            generated, extractor, values: { try values($0, real) },
            partValues: { set in
                guard set.count / configuration.parts >= 50 else { return [] }
                return try (0..<configuration.parts).map { try values(set.part($0, of: configuration.parts), real) }
            })
    }

    private func measure(
        _ generated: [FeatureSet], _ extractor: String, values: (FeatureSet) throws -> [Metric: Double],
        partValues: (FeatureSet) throws -> [[Metric: Double]]
    ) throws -> [Metric: Measurement] {
        precondition(!generated.isEmpty, "there are no samples to measure")
        let values = try generated.map(values)
        let parts = generated.count > 1 ? [] : try partValues(generated[0])
        var measurements: [Metric: Measurement] = [:]
        for metric in metrics {
            let (value, error) = Measurement.mean(of: values.compactMap { $0[metric] })
            guard value.isFinite else { continue }
            let spread = parts.isEmpty ? error : Measurement.mean(of: parts.compactMap { $0[metric] }).error
            measurements[metric] = Measurement(value: value, error: spread, extractor: extractor)
        }
        return measurements
    }

    /// The metrics of disjoint parts; none if the parts would be too small to mean anything.
    private func partValues(_ generated: FeatureSet, _ real: FeatureSet) throws -> [[Metric: Double]] {
        let parts = configuration.parts
        guard min(generated.count, real.count) / parts >= 50 else { return [] }
        return try (0..<parts).map { try values(generated.part($0, of: parts), real.part($0, of: parts)) }
    }

    private func values(_ generated: FeatureSet, _ real: FeatureStatistics) throws -> [Metric: Double] {
        var values: [Metric: Double] = [:]
        if metrics.contains(.frechet) {
            values[.frechet] = try FrechetDistance.between(FeatureStatistics(of: generated.features), real)
        }
        if metrics.contains(.inceptionScore) { values[.inceptionScore] = try inceptionScore(generated) }
        return values
    }

    private func inceptionScore(_ generated: FeatureSet) throws -> Double? {
        let seed = configuration.seed.child(Metric.inceptionScore.rawValue)
        return try generated.logits.map { try InceptionScore(logits: $0, seed: seed).mean }
    }

    private func values(_ generated: FeatureSet, _ real: FeatureSet) throws -> [Metric: Double] {
        var values: [Metric: Double] = [:]
        let (x, y) = (generated.features, real.features)
        let manifold: [Metric] = [.precision, .recall, .density, .coverage]
        if metrics.contains(where: manifold.contains) {
            let measured = try PrecisionRecall(real: y, generated: x, k: configuration.neighbours)
            values[.precision] = measured.precision
            values[.recall] = measured.recall
            values[.density] = measured.density
            values[.coverage] = measured.coverage
        }
        for metric in metrics where !manifold.contains(metric) {
            values[metric] = try value(of: metric, generated, x, y)
        }
        return values
    }

    private func value(of metric: Metric, _ generated: FeatureSet, _ x: Tensor, _ y: Tensor) throws -> Double? {
        let seed = configuration.seed.child(metric.rawValue)
        switch metric {
        case .frechet: return try FrechetDistance.between(FeatureStatistics(of: x), FeatureStatistics(of: y))
        case .kid: return try KernelDistance.unbiased(x, y)
        case .inceptionScore: return try inceptionScore(generated)
        case .mmd: return try MaximumMeanDiscrepancy(fitting: y).between(x, y)
        case .slicedWasserstein:
            let directions = SlicedWasserstein.directions(
                configuration.directions, dimension: y.shape[1], seed: seed)
            return try SlicedWasserstein.between(x, y, directions: directions)
        case .energyDistance: return try EnergyDistance.between(x, y, estimator: .unbiased)
        case .precision, .recall, .density, .coverage: return nil
        }
    }
}
