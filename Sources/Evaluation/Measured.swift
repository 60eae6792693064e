internal import Foundation
internal import Torch

/// The numbers and reasons of a report, by the names of metrics and extractors.
struct Measured {
    private(set) var metrics: [String: Measurement]
    private var unavailable: [String: String]
    private var others: [String: [String: Measurement]] = [:]
    private var othersUnavailable: [String: [String: String]] = [:]

    /// Those of the main extractor.
    init(_ outcome: Evaluator.Outcome) {
        metrics = Self.named(outcome.measurements)
        unavailable = Self.named(outcome.unavailable)
    }

    /// Adds those of another extractor.
    mutating func add(_ outcome: Evaluator.Outcome, of extractor: String) {
        others[extractor] = Self.named(outcome.measurements)
        guard !outcome.unavailable.isEmpty else { return }
        othersUnavailable[extractor] = Self.named(outcome.unavailable)
    }

    /// A report of them.
    func report(_ circumstances: EvaluationReport.Circumstances) -> EvaluationReport {
        EvaluationReport(
            metrics: metrics, unavailable: unavailable, others: others, othersUnavailable: othersUnavailable,
            report: circumstances)
    }

    private static func named<Value>(_ values: [Metric: Value]) -> [String: Value] {
        Dictionary(uniqueKeysWithValues: values.map { ($0.key.rawValue, $0.value) })
    }
}

extension Evaluator {
    /// The way in which errors came about, in words.
    func origin(ofErrors metrics: [String: Measurement], sets: Int) -> String {
        guard metrics.values.contains(where: { $0.error != nil }) else { return "none, too few samples" }
        return sets > 1
            ? "standard error over \(sets) sets with different seeds"
            : "standard error over \(configuration.parts) disjoint parts of samples and data"
    }
}

extension EvaluationReport {
    /// The machine, in words.
    static var machine: String {
        let system = ProcessInfo.processInfo
        return """
            \(system.operatingSystemVersionString), \(system.activeProcessorCount) cores (\(Machine.cpuCapability)), \
            libtorch \(Machine.torchVersion)
            """
    }
}
