internal import Foundation

/// Measurements, their subject and their method: everything that one needs to repeat or to doubt a number.
public struct EvaluationReport: Sendable, Codable {
    /// Origin of the samples; values that do not apply are nil.
    public struct Samples: Sendable, Codable {
        /// File, folder or run.
        public var source: String
        /// Number of images per set.
        public var count: Int
        /// Number of sets, drawn with different seeds.
        public var sets: Int
        /// Description of the sampler.
        public var sampler: String?
        /// Evaluations, passes and reasons to stop.
        public var cost: SamplingCost?
        /// Seconds of sampling by the number of samples.
        public var secondsPerSample: Double?
        /// `ema` or `raw`.
        public var weights: String?
        /// Step of the checkpoint.
        public var step: Int?
        /// Seed of the first set.
        public var seed: UInt64?
        /// Change of the images that brought them to their shape; nil if they are as they were found.
        public var resizing: ImageSet.Resizing?

        /// Samples from somewhere.
        public init(source: String, count: Int, sets: Int = 1) {
            self.source = source
            self.count = count
            self.sets = sets
        }

        enum CodingKeys: String, CodingKey {
            case source, count, sets, sampler, cost, weights, step, seed, resizing
            case secondsPerSample = "seconds_per_sample"
        }
    }

    /// Data that the samples were measured against.
    public struct Data: Sendable, Codable {
        /// Name or folder.
        public var name: String
        /// The split, if it has one.
        public var split: String?
        /// Number of images; nil if a file of statistics does not say.
        public var count: Int?
        /// Change of the images that brought them to their shape; nil if they are as they were found.
        public var resizing: ImageSet.Resizing?

        /// A data set, or a file of statistics.
        public init(name: String, split: String?, count: Int?) {
            self.name = name
            self.split = split
            self.count = count
        }
    }

    /// Extractor of the features.
    public struct Extractor: Sendable, Codable {
        /// Its name.
        public var name: String
        /// Checksum of its weights.
        public var checksum: String
        /// Fraction of test images that it classifies correctly, if it does.
        public var accuracy: Double?
        /// True if it is the 2015 Inception network.
        public var isInception: Bool

        enum CodingKeys: String, CodingKey {
            case name, checksum, accuracy
            case isInception = "is_inception"
        }
    }

    /// The circumstances.
    public struct Circumstances: Sendable, Codable {
        /// The samples.
        public var samples: Samples
        /// The data.
        public var data: Data
        /// The extractor of ``EvaluationReport/metrics``.
        public var extractor: Extractor
        /// Origin of the standard errors.
        public var errors: String
        /// Wall time of sampling and measuring.
        public var seconds: Double
        /// The machine.
        public var machine: String
        /// Facts that a reader should know before believing a number.
        public var warnings: [String]
    }

    /// Metrics of the main extractor, by ``Metric``'s raw values.
    public var metrics: [String: Measurement]
    /// Some metrics of other extractors: one extractor alone flatters some models.
    public var others: [String: [String: Measurement]]
    /// The circumstances.
    public var report: Circumstances

    /// The report as JSON with sorted keys.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// The report as Markdown: a table, the circumstances, the warnings.
    public func markdown() -> String {
        let rows =
            table(metrics, report.extractor.isInception)
            + others.sorted { $0.key < $1.key }.flatMap { table($0.value, false) }
        let head = ["| metric | value | ± | extractor |", "|---|---:|---:|---|"]
        let warnings = report.warnings.map { "> **Note** \($0)" }
        return ((head + rows) + [""] + circumstances.map { "* \($0)" } + (warnings.isEmpty ? [] : [""]) + warnings)
            .joined(separator: "\n") + "\n"
    }

    private func table(_ metrics: [String: Measurement], _ isInception: Bool) -> [String] {
        Metric.allCases.compactMap { metric in
            metrics[metric.rawValue].map { measurement in
                let error = measurement.error.map(Self.text) ?? ""
                let title = metric.title(isInception: isInception)
                return "| \(title) | \(Self.text(measurement.value)) | \(error) | \(measurement.extractor) |"
            }
        }
    }

    private var circumstances: [String] {
        let samples = report.samples
        var sampled = "samples: \(samples.sets > 1 ? "\(samples.sets) x " : "")\(samples.count) from \(samples.source)"
        if let sampler = samples.sampler { sampled += ", \(sampler)" }
        if let cost = samples.cost { sampled += ", \(cost.description)" }
        if let weights = samples.weights { sampled += ", \(weights) weights" }
        if let step = samples.step { sampled += " of step \(step)" }
        if let seed = samples.seed { sampled += ", seed \(seed)" }
        if let resizing = samples.resizing { sampled += ", resized \(resizing)" }
        let data = report.data
        let split = data.split.map { ":\($0)" } ?? ""
        let resized = data.resizing.map { ", resized \($0)" } ?? ""
        let extractor = report.extractor
        let accuracy = extractor.accuracy.map { ", accuracy \(Self.text($0))" } ?? ""
        let checksum = extractor.checksum.isEmpty ? "" : " (\(extractor.checksum)\(accuracy))"
        return [
            sampled, "data: \(data.count.map(String.init) ?? "statistics") of \(data.name)\(split)\(resized)",
            "extractor: \(extractor.name)\(checksum)",
            "errors: \(report.errors)", "took \(Self.text(report.seconds)) s on \(report.machine)",
        ]
    }

    /// Four significant digits.
    private static func text(_ value: Double) -> String { String(format: "%.4g", value) }
}
