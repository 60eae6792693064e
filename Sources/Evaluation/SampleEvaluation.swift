internal import Datasets
internal import Foundation
public import Metrics
public import Torch

/// One evaluation from 8-bit images to a report.
public struct SampleEvaluation: Sendable {
    /// The extractor of all metrics.
    public var extractor: any FeatureExtractor
    /// Extractors for ``otherMetrics`` besides.
    public var others: [any FeatureExtractor]
    /// The metrics of the main extractor.
    public var evaluator: Evaluator
    /// The metrics of the other extractors.
    public var otherMetrics: [Metric] = [.frechet, .slicedWasserstein]

    /// An evaluation with an extractor, and with plain pixels besides.
    public init(_ extractor: any FeatureExtractor, _ evaluator: Evaluator = .init()) {
        self.extractor = extractor
        self.evaluator = evaluator
        others = extractor is PixelExtractor ? [] : [PixelExtractor()]
    }

    /// Measures samples.
    ///
    /// - Parameters:
    ///   - sets: One or more sets of generated images [N, C, H, W], uint8, in the size of the data.
    ///   - data: Real images [M, C, H, W], uint8.
    ///   - samples: Where the samples come from.
    ///   - name: Where the data come from.
    ///   - started: When the work began, so that sampling counts.
    /// - Throws: `MetricError` if images or features do not fit together.
    public func report(
        _ sets: [Tensor], against data: Tensor, samples: EvaluationReport.Samples, data name: EvaluationReport.Data,
        started: ContinuousClock.Instant = .now
    ) throws -> EvaluationReport {
        try checkShapes(sets, data)
        let metrics = try measure(sets, data, extractor, evaluator)
        var otherEvaluator = evaluator
        otherEvaluator.metrics = otherMetrics
        var others: [String: [String: Measurement]] = [:]
        for other in self.others { others[other.name] = try measure(sets, data, other, otherEvaluator) }
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        return EvaluationReport(
            metrics: metrics, others: others,
            report: .init(
                samples: samples, data: name, extractor: description, errors: errors(sets.count), seconds: seconds,
                machine: Self.machine, warnings: try warnings(sets, data)))
    }

    private func measure(
        _ sets: [Tensor], _ data: Tensor, _ extractor: any FeatureExtractor, _ evaluator: Evaluator
    ) throws -> [String: Measurement] {
        let real = try FeatureSet(of: data, by: extractor)
        let generated = try sets.map { try FeatureSet(of: $0, by: extractor) }
        let measured = try evaluator.measure(generated, against: real, extractor: extractor.name)
        return Dictionary(uniqueKeysWithValues: measured.map { ($0.key.rawValue, $0.value) })
    }

    private func checkShapes(_ sets: [Tensor], _ data: Tensor) throws {
        for set in sets where set.shape.dropFirst() != data.shape.dropFirst() {
            throw MetricError(
                .mismatch,
                """
                Samples of \(set.shape.dropFirst()) cannot be measured against data of \(data.shape.dropFirst()) \
                (channels, height, width). Resize one of them in the same way as the other was made.
                """)
        }
    }

    private var description: EvaluationReport.Extractor {
        .init(
            name: extractor.name, checksum: extractor.checksum,
            accuracy: (extractor as? ClassifierExtractor)?.accuracy, isInception: extractor.isInception)
    }

    private func errors(_ sets: Int) -> String {
        sets > 1
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
    /// What makes the numbers less than they seem.
    func warnings(_ sets: [Tensor], _ data: Tensor) throws -> [String] {
        var warnings: [String] = []
        let fewest = min(sets.map { $0.shape[0] }.min() ?? 0, data.shape[0])
        if fewest < 10_000 {
            warnings.append(
                """
                Only \(fewest) images on one side: Fréchet distances are biased upwards, roughly as 1 / N. Compare equal \
                counts only; 10 000 or more are usual.
                """)
        }
        let counts = Set(sets.map { $0.shape[0] } + [data.shape[0]])
        if counts.count > 1 { warnings.append("Samples and data differ in number: \(counts.sorted()).") }
        let copies = sets.map { Self.copies(in: $0, of: data) }.reduce(0, +)
        if copies > 0 { warnings.append("\(copies) samples are exact copies of images of the data: the sets overlap.") }
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
