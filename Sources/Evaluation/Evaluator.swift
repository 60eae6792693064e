public import Metrics
internal import Synchronization
public import Torch

/// Measures generated images against real ones by several metrics, each on its own.
///
/// With several sets of samples, drawn with different seeds, values are means over the sets and errors their standard
/// errors. With one set the error is that of the mean over five disjoint parts of data and samples.
public struct Evaluator: Sendable {
    /// Constants of the metrics.
    public struct Configuration: Sendable, Hashable {
        /// Neighbours for precision, recall, density and coverage; 3 as in improved precision and recall.
        public var neighbours = 3
        /// Treatment of samples at the radius of a ball, for the same four; open as in `prdc`.
        public var balls = PrecisionRecall.Balls.open
        /// Directions of the sliced Wasserstein distance.
        public var directions = 256
        /// Parts for the error bar of one set.
        public var parts = 5
        /// Origin of subsets and directions.
        public var seed = Seed(0)

        /// The defaults.
        public init() {}
    }

    /// What came of several metrics: one that cannot be computed does not end the others.
    public struct Outcome: Sendable {
        /// Metrics that were measured.
        public var measurements: [Metric: Measurement] = [:]
        /// Reasons for which the others could not be, and the ways to fix them.
        public var unavailable: [Metric: String] = [:]
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
    /// - Returns: A measurement or a reason for each of ``metrics``.
    public func outcome(_ generated: [FeatureSet], against real: FeatureSet, extractor: String) -> Outcome {
        outcome(generated, extractor) { family, set, part in
            guard let part else { return try MetricValue.values(of: family, set, real, configuration) }
            guard min(set.count, real.count) / part.parts >= Self.smallestPart else { return nil }
            return try MetricValue.values(
                of: family, set.part(part.index, of: part.parts), real.part(part.index, of: part.parts), configuration)
        }
    }

    /// Measures sets of samples by the metrics that need no more of the data than mean and covariance.
    ///
    /// - Parameters:
    ///   - generated: At least one set, all of one generator.
    ///   - real: Statistics of the data.
    ///   - extractor: Name of the extractor of both.
    /// - Returns: A measurement or a reason for each of ``metrics``.
    public func outcome(_ generated: [FeatureSet], against real: FeatureStatistics, extractor: String) -> Outcome {
        outcome(generated, extractor) { family, set, part in
            guard let part else { return try MetricValue.values(of: family, set, real, configuration) }
            guard set.count / part.parts >= Self.smallestPart else { return nil }
            return try MetricValue.values(of: family, set.part(part.index, of: part.parts), real, configuration)
        }
    }

    /// Measures sets of samples, all metrics or none.
    ///
    /// - Parameters:
    ///   - generated: At least one set, all of one generator.
    ///   - real: The data.
    ///   - extractor: Name of the extractor of both.
    /// - Throws: `MetricError` with the reason of the first metric that cannot be computed.
    public func measure(
        _ generated: [FeatureSet], against real: FeatureSet, extractor: String
    ) throws -> [Metric: Measurement] {
        try complete(outcome(generated, against: real, extractor: extractor))
    }

    /// Measures sets of samples against statistics, all metrics or none.
    ///
    /// - Parameters:
    ///   - generated: At least one set, all of one generator.
    ///   - real: Statistics of the data.
    ///   - extractor: Name of the extractor of both.
    /// - Throws: `MetricError` with the reason of the first metric that cannot be computed.
    public func measure(
        _ generated: [FeatureSet], against real: FeatureStatistics, extractor: String
    ) throws -> [Metric: Measurement] {
        try complete(outcome(generated, against: real, extractor: extractor))
    }

    private func complete(_ outcome: Outcome) throws -> [Metric: Measurement] {
        for metric in metrics {
            guard let reason = outcome.unavailable[metric] else { continue }
            throw MetricError(.degenerate, "\(metric.rawValue): \(reason)")
        }
        return outcome.measurements
    }

    /// Samples of a part below which its numbers mean too little for an error bar.
    private static let smallestPart = 50

    private typealias Part = (index: Int, parts: Int)
    /// Values of metrics that are computed together, of a set or of a part of it; nil if the part is too small.
    private typealias Values = (_ family: [Metric], _ set: FeatureSet, _ part: Part?) throws -> [Metric: MetricValue]?

    private func outcome(_ generated: [FeatureSet], _ extractor: String, _ values: @escaping Values) -> Outcome {
        var outcome = Outcome()
        let manifold = metrics.filter(\.isOfManifold)
        let families = metrics.filter { !$0.isOfManifold }.map { [$0] } + (manifold.isEmpty ? [] : [manifold])
        for (number, family) in families.enumerated() {
            do {
                guard !generated.isEmpty else { throw MetricError(.tooFewSamples, "There are no samples to measure.") }
                let values = observed(values, Self.task(family, number + 1, of: families.count, extractor), generated)
                let sets = try generated.map { set in try catchingTorchErrors { try values(family, set, nil) ?? [:] } }
                let parts = generated.count > 1 ? [] : self.parts(of: generated[0], family, values)
                var measured: [Metric: Measurement] = [:]
                for metric in family {
                    measured[metric] = try Self.measurement(
                        sets.compactMap { $0[metric] }, parts.compactMap { $0[metric]?.value }, extractor)
                }
                outcome.measurements.merge(measured) { first, _ in first }
            } catch {
                for metric in family { outcome.unavailable[metric] = Self.reason(error) }
            }
        }
        return outcome
    }

    /// An error for a reader of the report, who knows metrics and samples, but no operations of tensors.
    private static func reason(_ error: any Error) -> String {
        guard let error = error as? TorchError else { return "\(error)" }
        guard error.code == .outOfMemory else { return "Its computation failed: \(error)" }
        return "It needs more memory than there is. Use fewer samples, or features of fewer dimensions."
    }

    private static func task(_ family: [Metric], _ number: Int, of count: Int, _ extractor: String) -> String {
        let names = family.map(\.rawValue).joined(separator: ", ")
        let features = extractor == PointEvaluation.extractor ? "" : " in features of \(extractor)"
        return "measuring \(names)\(features)" + (count > 1 ? ", \(number) of \(count)" : "")
    }

    /// The same values, with their progress told: first of whole sets, then of parts.
    private func observed(_ values: @escaping Values, _ task: String, _ generated: [FeatureSet]) -> Values {
        guard EvaluationProgress.isObserved else { return values }
        // Most metrics compare pairs, so that all parts take as long as one of `parts` sets.
        let parts = Double(max(configuration.parts, 1))
        let total = generated.count > 1 ? Double(generated.count) : 1 + 1 / parts
        let done = Mutex(0.0)
        return { family, set, part in
            let before = done.withLock(\.self)
            let weight = part == nil ? 1 : 1 / (parts * parts)
            EvaluationProgress.tell(task, before > 0 ? before / total : nil)
            let result = try MetricProgress.observing({ share in
                EvaluationProgress.tell(task, (before + share * weight) / total)
            }) { try values(family, set, part) }
            done.withLock { $0 = before + weight }
            return result
        }
    }

    /// Values of disjoint parts; none if they cannot be computed, in which case there is no error bar.
    private func parts(of set: FeatureSet, _ family: [Metric], _ values: Values) -> [[Metric: MetricValue]] {
        let parts = configuration.parts
        let all = try? catchingTorchErrors { try (0..<max(parts, 0)).map { try values(family, set, ($0, parts)) } }
        return all.flatMap { $0.contains { $0 == nil } ? nil : $0.compactMap { $0 } } ?? []
    }

    private static func measurement(_ values: [MetricValue], _ parts: [Double], _ extractor: String) throws
        -> Measurement
    {
        let (value, error) = Measurement.mean(of: values.map(\.value))
        guard value.isFinite else {
            throw MetricError(.notFinite, "Its value is not finite. Look at the features: some may be very large.")
        }
        let spread = parts.isEmpty ? error : Measurement.mean(of: parts).error
        var measurement = Measurement(value: value, error: spread, extractor: extractor)
        let trimmed = values.compactMap(\.trimmed)
        if !trimmed.isEmpty { measurement.trimmed = Measurement.mean(of: trimmed).value }
        measurement.concentration = values.compactMap(\.concentration).min { $0.balls < $1.balls }
        return measurement
    }
}
