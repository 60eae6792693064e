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
        /// Number of images that were left out because they cannot be read; nil if none was.
        public var leftOut: Int?

        /// Samples from somewhere.
        public init(source: String, count: Int, sets: Int = 1) {
            self.source = source
            self.count = count
            self.sets = sets
        }

        enum CodingKeys: String, CodingKey {
            case source, count, sets, sampler, cost, weights, step, seed, resizing
            case secondsPerSample = "seconds_per_sample"
            case leftOut = "left_out"
        }
    }

    /// Data that the samples were measured against.
    public struct Data: Sendable, Codable {
        /// Name or folder.
        public var name: String
        /// `train` or `test`, `all` if the data have no such parts; nil for statistics of unknown images.
        public var split: String?
        /// True if the judged model learned from these images; nil if that is not known.
        public var isTrainingData: Bool?
        /// Number of images; nil if a file of statistics does not say.
        public var count: Int?
        /// Change of the images that brought them to their shape; nil if they are as they were found.
        public var resizing: ImageSet.Resizing?
        /// Number of images that were left out because they cannot be read; nil if none was.
        public var leftOut: Int?

        enum CodingKeys: String, CodingKey {
            case name, split, count, resizing
            case isTrainingData = "is_training_data"
            case leftOut = "left_out"
        }

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
        /// Number of unreadable images that it was trained and tested without; nil if there were none.
        public var leftOut: Int?
        /// True if it is the 2015 Inception network.
        public var isInception: Bool

        enum CodingKeys: String, CodingKey {
            case name, checksum, accuracy
            case isInception = "is_inception"
            case leftOut = "left_out"
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
    /// Reasons for which the other metrics that were asked for could not be computed, by ``Metric``'s raw values.
    public var unavailable: [String: String] = [:]
    /// Some metrics of other extractors: one extractor alone flatters some models.
    public var others: [String: [String: Measurement]]
    /// Reasons for which metrics of other extractors could not be computed, by the extractor's name.
    public var othersUnavailable: [String: [String: String]] = [:]
    /// The circumstances.
    public var report: Circumstances

    enum CodingKeys: String, CodingKey {
        case metrics, unavailable, others, report
        case othersUnavailable = "others_unavailable"
    }

    /// The report as JSON with sorted keys.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// The report as Markdown: a table, reasons of missing numbers, the circumstances, the warnings.
    public func markdown() -> String {
        let rows =
            table(metrics, unavailable, report.extractor.name, report.extractor.isInception)
            + Set(others.keys).union(othersUnavailable.keys).sorted().flatMap {
                table(others[$0] ?? [:], othersUnavailable[$0] ?? [:], $0, false)
            }
        let head = ["| metric | value | ± | extractor |", "|---|---:|---:|---|"]
        let reasons = reasons.map { "> **Not available** \($0)" }
        let warnings = report.warnings.map { "> **Note** \($0)" }
        let blocks = [head + rows, circumstances.map { "* \($0)" }, reasons, warnings].filter { !$0.isEmpty }
        return blocks.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    /// Metrics that were asked for and could not be computed, each with its reason, as lines of text.
    public var reasons: [String] {
        let other = othersUnavailable.sorted { $0.key < $1.key }.flatMap { extractor, reasons in
            Self.lines(reasons, " (\(extractor))")
        }
        return Self.lines(unavailable, "") + other
    }

    /// A line for each reason, with all metrics that it holds for.
    private static func lines(_ reasons: [String: String], _ extractor: String) -> [String] {
        Dictionary(grouping: reasons.keys.sorted()) { reasons[$0] ?? "" }
            .map { reason, names in "\(names.joined(separator: ", "))\(extractor): \(reason)" }.sorted()
    }

    /// Facts that a reader must not miss even if only the numbers are read on: images that the model learned from, images
    /// that were left out, metrics that are missing.
    public var alerts: [String] {
        let unreadable = [
            ("samples", report.samples.leftOut), ("data", report.data.leftOut), ("the judge", report.extractor.leftOut),
        ]
        let left = unreadable.compactMap { name, count in
            count.map { "\($0) images of \(name) cannot be read and are left out." }
        }
        return report.data.warnings + left + reasons
    }

    private func table(
        _ metrics: [String: Measurement], _ unavailable: [String: String], _ extractor: String, _ isInception: Bool
    ) -> [String] {
        Metric.allCases.flatMap { metric -> [String] in
            let title = metric.title(isInception: isInception)
            guard let measured = metrics[metric.rawValue] else {
                return unavailable[metric.rawValue] == nil ? [] : ["| \(title) | not available | | \(extractor) |"]
            }
            let error = measured.error.map(Self.text) ?? ""
            let row = "| \(title) | \(Self.text(measured.value)) | \(error) | \(measured.extractor) |"
            let trimmed = measured.trimmed.map { "| \(title), trimmed | \(Self.text($0)) | | \(measured.extractor) |" }
            return [row] + (trimmed.map { [$0] } ?? [])
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
        sampled += Self.unreadable(samples.leftOut)
        let data = report.data
        let split = data.split.map { ":\($0)" } ?? ""
        let resized = (data.resizing.map { ", resized \($0)" } ?? "") + Self.unreadable(data.leftOut)
        let extractor = report.extractor
        let accuracy = extractor.accuracy.map { ", accuracy \(Self.text($0))" } ?? ""
        let left = Self.unreadable(extractor.leftOut)
        let checksum = extractor.checksum.isEmpty ? "" : " (\(extractor.checksum)\(accuracy)\(left))"
        return [
            sampled, "data: \(data.count.map(String.init) ?? "statistics") of \(data.name)\(split)\(resized)",
            "extractor: \(extractor.name)\(checksum)",
            "errors: \(report.errors)", "took \(Self.text(report.seconds)) s on \(report.machine)",
        ]
    }

    private static func unreadable(_ count: Int?) -> String {
        count.map { ", without \($0) that cannot be read" } ?? ""
    }

    /// Four significant digits.
    private static func text(_ value: Double) -> String { String(format: "%.4g", value) }
}
