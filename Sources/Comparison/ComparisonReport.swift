internal import FileFormats
internal import Foundation
internal import Settings

/// The table of a comparison: a row for each method and sampler, means over seeds with standard errors.
public struct ComparisonReport: Sendable {
    /// Mean over seeds and its standard error; no error with one seed.
    public struct Value: Sendable, Codable, Hashable {
        /// The mean.
        public var mean: Double
        /// Its standard error.
        public var error: Double?
        /// True if no other row is better.
        public var isBest = false
        /// True if it differs from the best by less than two standard errors of the difference.
        public var isTied = false

        init?(of values: [Double]) {
            guard !values.isEmpty else { return nil }
            let count = Double(values.count)
            let mean = values.reduce(0, +) / count
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            self.mean = mean
            error = values.count > 1 ? (squares / (count - 1) / count).squareRoot() : nil
        }
    }

    /// One method with one sampler.
    public struct Row: Sendable {
        /// Name of the method in files.
        public let method: String
        /// Name of the sampler in files.
        public let sampler: String
        /// Name in tables.
        public let label: String
        /// Words about the objective.
        public let objective: String
        /// One result for each seed that is done.
        public internal(set) var results: [CellResult] = []
        /// Seeds that failed, with the reason.
        public internal(set) var failures: [String] = []

        package init(_ label: String, method: String, sampler: String, objective: String, results: [CellResult] = []) {
            self.label = label
            self.method = method
            self.sampler = sampler
            self.objective = objective
            self.results = results
        }

        init(_ item: ComparisonPlan.Item, _ sampler: ComparisonSettings.SamplerEntry) {
            let objective = item.entry.objective ?? item.settings?.text(at: "method.name") ?? "trained before"
            self.init(
                item.label(of: sampler), method: item.entry.name, sampler: sampler.name, objective: objective)
        }
    }

    /// Measurements; the first one leads.
    public let columns: [Column]
    /// The rows in the order of the settings.
    public let rows: [Row]
    /// All that is needed to repeat or to doubt the numbers.
    public let circumstances: [String]

    package init(columns: [Column], rows: [Row], circumstances: [String]) {
        self.columns = columns
        self.rows = rows
        self.circumstances = circumstances
    }

    /// Mean, error and rank of a row in a column; nil if it was not measured.
    public func value(_ row: Row, _ column: Column) -> Value? {
        guard var value = Value(of: row.results.compactMap { $0.values[column.name] }) else { return nil }
        // The distance to training data has no better and worse.
        guard column.name != NeighbourDistances.column else { return value }
        let others = rows.compactMap { Value(of: $0.results.compactMap { $0.values[column.name] }) }
        let sign = column.isDistance ? 1.0 : -1.0
        guard let best = others.min(by: { sign * $0.mean < sign * $1.mean }), others.count > 1 else { return value }
        value.isBest = value.mean == best.mean
        if !value.isBest, let own = value.error, let its = best.error {
            value.isTied = abs(value.mean - best.mean) < 2 * (own * own + its * its).squareRoot()
        }
        return value
    }

    /// Number of seeds of the row that has most.
    public var seeds: Int { rows.map(\.results.count).max() ?? 0 }

    /// Writes `report.md`, `report.json`, `report.csv` and the plots.
    ///
    /// - Returns: Warnings about pictures that are missing.
    func write(to folder: URL) throws -> [String] {
        try AtomicFile.write(markdown, to: folder.appending(path: "report.md"))
        try AtomicFile.write(csv, to: folder.appending(path: "report.csv"))
        try JSONFile.write(Record(self), keys: .convertToSnakeCase, to: folder.appending(path: "report.json"))
        return drawPlots(into: folder.appending(path: "plots"))
    }
}

extension ComparisonReport {
    /// The content of `report.json`.
    struct Record: Codable {
        struct Row: Codable {
            var method, sampler, label, objective: String
            var path: String?
            var samplerDescription: String?
            var parameters: Int?
            var steps: Double?
            var trainingMinutes: Value?
            var evaluationsPerSample: Value?
            var passesPerSample: Value?
            var secondsPerSample: Value?
            var metrics: [String: Value]
            var seeds: [CellResult]
            var failures: [String]
        }

        var columns: [Column]
        var rows: [Row]
        var circumstances: [String]

        init(_ report: ComparisonReport) {
            columns = report.columns
            circumstances = report.circumstances
            rows = report.rows.map { row in
                let results = row.results
                return Row(
                    method: row.method, sampler: row.sampler, label: row.label, objective: row.objective,
                    path: results.first?.path, samplerDescription: results.first?.sampler,
                    parameters: results.first?.parameters, steps: Value(of: results.map { Double($0.steps) })?.mean,
                    trainingMinutes: Value(of: results.map { $0.trainingSeconds / 60 }),
                    evaluationsPerSample: Value(of: results.map(\.evaluations)),
                    passesPerSample: Value(of: results.map(\.passes)),
                    secondsPerSample: Value(of: results.map(\.secondsPerSample)),
                    metrics: report.columns.reduce(into: [:]) { $0[$1.name] = report.value(row, $1) },
                    seeds: results, failures: row.failures)
            }
        }
    }
}
