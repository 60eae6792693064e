internal import Datasets
internal import Foundation
public import Metrics
internal import Torch

/// One evaluation from 8-bit images to a report.
public struct SampleEvaluation: Sendable {
    /// The extractor of all metrics.
    public var extractor: any FeatureExtractor
    /// Further extractors, for ``otherMetrics``.
    public var others: [any FeatureExtractor]
    /// The metrics of the main extractor.
    public var evaluator: Evaluator
    /// The metrics of the other extractors.
    public var otherMetrics: [Metric] = [.frechet, .slicedWasserstein]
    /// Place in which features of the data are kept; nil keeps nothing.
    public var cache: ReferenceCache?

    /// An evaluation with an extractor, and with plain pixels as well.
    public init(_ extractor: any FeatureExtractor, _ evaluator: Evaluator = .init()) {
        self.extractor = extractor
        self.evaluator = evaluator
        others = extractor is PixelExtractor ? [] : [PixelExtractor()]
    }

    /// Measures samples against images.
    ///
    /// - Parameters:
    ///   - sets: One or more sets of generated images, in the size of the data.
    ///   - data: Real images.
    ///   - samples: Origin of the samples.
    ///   - name: Origin of the data.
    ///   - started: Beginning of the work, so that sampling counts.
    /// - Throws: `MetricError` if images or features do not fit together.
    public func report(
        _ sets: [ImageSet], against data: ImageSet, samples: EvaluationReport.Samples, data name: EvaluationReport.Data,
        started: ContinuousClock.Instant = .now
    ) throws -> EvaluationReport {
        try checkShapes(sets, data)
        let metrics = try measure(sets, data, extractor, evaluator)
        var otherEvaluator = evaluator
        otherEvaluator.metrics = otherMetrics
        var others: [String: [String: Measurement]] = [:]
        for other in self.others { others[other.name] = try measure(sets, data, other, otherEvaluator) }
        var (samples, name) = (samples, name)
        samples.resizing = sets.lazy.compactMap(\.resizing).first
        name.resizing = data.resizing
        return report(metrics, others, samples, name, started, warnings: try warnings(sets, data))
    }

    /// Measures samples against statistics of the data's features: by the Fréchet distance, and by scores that need no data.
    ///
    /// - Parameters:
    ///   - sets: One or more sets of generated images.
    ///   - data: Statistics of features of the same extractor.
    ///   - samples: Origin of the samples.
    ///   - name: Origin of the statistics.
    ///   - started: Beginning of the work, so that sampling counts.
    /// - Throws: `MetricError` if the statistics are known to come from another extractor, or have another dimension.
    public func report(
        _ sets: [ImageSet], against data: FeatureStatistics, samples: EvaluationReport.Samples,
        data name: EvaluationReport.Data, started: ContinuousClock.Instant = .now
    ) throws -> EvaluationReport {
        if let origin = data.origin, origin != self.origin {
            throw MetricError(
                .mismatch, "\(name.name) holds statistics of \(origin), the samples are seen by \(self.origin).")
        }
        let generated = try sets.map { try FeatureSet(of: $0.pixels, by: extractor) }
        let metrics = try evaluator.measure(generated, against: data, extractor: extractor.name)
        var samples = samples
        samples.resizing = sets.lazy.compactMap(\.resizing).first
        let counts = sets.map(\.count) + (data.count.map { [$0] } ?? [])
        var warnings = warnings(ofCounts: counts)
        if data.origin == nil {
            warnings.append(
                """
                \(name.name) does not say what made its features: only if that was \(self.origin), with the same resizing, \
                do the numbers mean anything.
                """)
        }
        return report(Self.named(metrics), [:], samples, name, started, warnings: warnings)
    }

    /// Statistics of images under the extractor, to measure other samples against.
    ///
    /// - Throws: `MetricError` if the extractor does not take the images.
    public func statistics(of images: ImageSet) throws -> FeatureStatistics {
        var statistics = try FeatureStatistics(of: reference(images, extractor).features)
        statistics.origin = origin
        return statistics
    }

    /// Name and checksum of the extractor.
    private var origin: String { [extractor.name, extractor.checksum].filter { !$0.isEmpty }.joined(separator: " ") }

    private func report(
        _ metrics: [String: Measurement], _ others: [String: [String: Measurement]],
        _ samples: EvaluationReport.Samples,
        _ data: EvaluationReport.Data, _ started: ContinuousClock.Instant, warnings: [String]
    ) -> EvaluationReport {
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        return EvaluationReport(
            metrics: metrics, others: others,
            report: .init(
                samples: samples, data: data, extractor: description, errors: errors(samples.sets, metrics),
                seconds: seconds,
                machine: Self.machine, warnings: warnings))
    }

    private func measure(
        _ sets: [ImageSet], _ data: ImageSet, _ extractor: any FeatureExtractor, _ evaluator: Evaluator
    ) throws -> [String: Measurement] {
        let real = try reference(data, extractor)
        let generated = try sets.map { try FeatureSet(of: $0.pixels, by: extractor) }
        return Self.named(try evaluator.measure(generated, against: real, extractor: extractor.name))
    }

    /// Features of the data.
    func reference(_ images: ImageSet, _ extractor: any FeatureExtractor) throws -> FeatureSet {
        // Pixels are read faster than their checksum.
        guard let cache, !(extractor is PixelExtractor) else { return try FeatureSet(of: images.pixels, by: extractor) }
        return try cache.features(of: images, by: extractor)
    }

    private static func named(_ metrics: [Metric: Measurement]) -> [String: Measurement] {
        Dictionary(uniqueKeysWithValues: metrics.map { ($0.key.rawValue, $0.value) })
    }

    func checkShapes(_ sets: [ImageSet], _ data: ImageSet) throws {
        for set in sets where set.pixels.shape.dropFirst() != data.pixels.shape.dropFirst() {
            let (samples, real) = (Array(set.pixels.shape.dropFirst()), Array(data.pixels.shape.dropFirst()))
            let differ =
                samples[0] == real[0]
                ? "sizes: bring both to one (--size N)" : "colours: bring both to one (--channels 1 or 3)"
            throw MetricError(
                .mismatch,
                """
                Samples of \(samples) cannot be measured against data of \(real) (channels, height, width). They differ \
                in their \(differ), in the same way.
                """)
        }
    }

    private var description: EvaluationReport.Extractor {
        .init(
            name: extractor.name, checksum: extractor.checksum,
            accuracy: (extractor as? ClassifierExtractor)?.accuracy, isInception: extractor.isInception)
    }

    private func errors(_ sets: Int, _ metrics: [String: Measurement]) -> String {
        guard metrics.values.contains(where: { $0.error != nil }) else { return "none, too few samples" }
        return sets > 1
            ? "standard error over \(sets) sets with different seeds"
            : "standard error over \(evaluator.configuration.parts) disjoint parts of samples and data"
    }

    static var machine: String {
        let system = ProcessInfo.processInfo
        return """
            \(system.operatingSystemVersionString), \(system.activeProcessorCount) cores (\(Machine.cpuCapability)), \
            libtorch \(Machine.torchVersion)
            """
    }
}

extension SampleEvaluation {
    /// Reasons for which the numbers are less than they seem.
    func warnings(_ sets: [ImageSet], _ data: ImageSet) throws -> [String] {
        var warnings = warnings(ofCounts: sets.map(\.count) + [data.count])
        let copies = sets.map { Self.copies(in: $0.pixels, of: data.pixels) }.reduce(0, +)
        if copies > 0 { warnings.append("\(copies) samples are exact copies of images of the data: the sets overlap.") }
        for set in sets
        where set.resizing?.from != data.resizing?.from || (set.resizing == nil) != (data.resizing == nil) {
            warnings.append(
                """
                Samples and data were resized differently (samples \(set.resizing?.description ?? "not at all"), data \
                \(data.resizing?.description ?? "not at all")): a part of the distance is due to that.
                """)
            break
        }
        return warnings
    }

    /// Reasons of that kind that lie in the numbers of images and in the extractor.
    private func warnings(ofCounts counts: [Int]) -> [String] {
        var warnings: [String] = []
        let fewest = counts.min() ?? 0
        if fewest < 10_000 {
            warnings.append(
                """
                Only \(fewest) images on one side: Fréchet distances are biased upwards, roughly as 1 / N. Compare equal \
                counts only; 10 000 or more are usual.
                """)
        }
        if Set(counts).count > 1 {
            warnings.append("Samples and data differ in number: \(Set(counts).sorted()).")
        }
        if !extractor.isInception {
            warnings.append(
                "The features are those of \(extractor.name), so these numbers are not FID, KID or Inception Scores of papers."
            )
        }
        return warnings
    }

    /// Number of images of a set that occur in the data, byte for byte.
    static func copies(in set: Tensor, of data: Tensor) -> Int {
        let known = Set(digests(data))
        return digests(set).count { known.contains($0) }
    }

    /// A number per image that differs between different images, nearly always: two random projections of its bytes.
    private static func digests(_ images: Tensor) -> [[Double]] {
        let rows = images.flatten(1)
        let weights = Tensor.randint(
            -1_000_000..<1_000_001, [rows.shape[1], 2], using: RandomSource(Seed(1)), dtype: .int64
        ).to(.float64)
        // Sums of whole numbers below 2^53, so they are exact.
        let sums = stride(from: 0, to: rows.shape[0], by: 1000).map {
            rows.slice(0, $0, $0 + 1000).to(.float64).matmul(weights)
        }
        let values = Tensor.cat(sums).scalars(as: Double.self)
        return stride(from: 0, to: values.count, by: 2).map { [values[$0], values[$0 + 1]] }
    }
}
