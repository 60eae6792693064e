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
        let main = try measure(sets, data, extractor, evaluator)
        var measured = Measured(main)
        var otherEvaluator = evaluator
        // Only what was asked for: a second opinion may cost more than all the rest.
        otherEvaluator.metrics = otherMetrics.filter(evaluator.metrics.contains)
        for other in others where !otherEvaluator.metrics.isEmpty {
            measured.add(try measure(sets, data, other, otherEvaluator), of: other.name)
        }
        var (samples, name) = (samples, name)
        samples.note(sets)
        name.resizing = data.resizing
        if !data.leftOut.isEmpty { name.leftOut = data.leftOut.count }
        return report(
            measured, samples, name, started,
            warnings: try warnings(sets, data, name) + EvaluationReport.concentrations(main))
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
        if let first = generated.first?.features, first.shape[1] != data.dimension {
            throw MetricError(
                .mismatch,
                "\(name.name) holds statistics of \(data.dimension) features, the samples have \(first.shape[1]).")
        }
        let outcome = evaluator.outcome(generated, against: data, extractor: extractor.name)
        var samples = samples
        samples.note(sets)
        let counts = sets.map(\.count) + (data.count.map { [$0] } ?? [])
        var warnings = EvaluationReport.warnings(ofCounts: counts) + warningsOfExtractor
        if data.origin == nil {
            warnings.append(
                """
                \(name.name) does not say what made its features: only if that was \(self.origin), with the same resizing, \
                do the numbers mean anything.
                """)
        }
        return report(Measured(outcome), samples, name, started, warnings: warnings)
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
        _ measured: Measured, _ samples: EvaluationReport.Samples, _ data: EvaluationReport.Data,
        _ started: ContinuousClock.Instant, warnings: [String]
    ) -> EvaluationReport {
        measured.report(
            .init(
                samples: samples, data: data, extractor: description,
                errors: evaluator.origin(ofErrors: measured.metrics, sets: samples.sets),
                seconds: (ContinuousClock.now - started) / .seconds(1), machine: EvaluationReport.machine,
                warnings: warnings))
    }

    private func measure(
        _ sets: [ImageSet], _ data: ImageSet, _ extractor: any FeatureExtractor, _ evaluator: Evaluator
    ) throws -> Evaluator.Outcome {
        let real = try reference(data, extractor)
        let generated = try sets.map { try FeatureSet(of: $0.pixels, by: extractor) }
        return evaluator.outcome(generated, against: real, extractor: extractor.name)
    }

    /// Features of the data.
    func reference(_ images: ImageSet, _ extractor: any FeatureExtractor) throws -> FeatureSet {
        // Pixels are read faster than their checksum.
        guard let cache, !(extractor is PixelExtractor) else { return try FeatureSet(of: images.pixels, by: extractor) }
        return try cache.features(of: images, by: extractor)
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
        let classifier = extractor as? ClassifierExtractor
        return .init(
            name: extractor.name, checksum: extractor.checksum, accuracy: classifier?.accuracy,
            leftOut: classifier.flatMap { $0.leftOut > 0 ? $0.leftOut : nil }, isInception: extractor.isInception)
    }
}

extension EvaluationReport.Samples {
    /// Notes what was done to images: resizing, and leaving out.
    fileprivate mutating func note(_ sets: [ImageSet]) {
        resizing = sets.lazy.compactMap(\.resizing).first
        let count = sets.reduce(0) { $0 + $1.leftOut.count }
        leftOut = count > 0 ? count : nil
    }
}
