internal import Evaluation
internal import FileFormats
internal import Foundation
internal import Plots

/// A computed table: means over seeds with standard errors, beside the published numbers.
public struct TableReport: Sendable, Codable {
    /// A column of ours.
    public struct Column: Sendable, Codable, Hashable {
        /// Name in the results.
        public var name: String
        /// Name in tables.
        public var title: String
        /// True if less is better; nil if neither is.
        public var isDistance: Bool?
    }

    /// Mean over seeds and its standard error; nil with one seed.
    public struct Value: Sendable, Codable, Hashable {
        /// The mean.
        public var mean: Double
        /// Its standard error.
        public var error: Double?
    }

    /// A row.
    public struct Row: Sendable, Codable, Hashable {
        /// Name in tables.
        public var label: String
        /// The published number.
        public var published: Double?
        /// Steps of each run.
        public var steps: Int
        /// Mean seconds of training.
        public var seconds: Double
        /// Values by the names of the columns.
        public var values: [String: Value]
    }

    /// Title of the table.
    public var title: String
    /// Source of the table.
    public var source: String
    /// Origin of the published numbers, in one sentence.
    public var published: String
    /// Seeds per row.
    public var seeds: Int
    /// Our columns; the first is the table's metric.
    public var columns: [Column]
    /// The rows in the order of the paper.
    public var rows: [Row]
    /// All that is needed to repeat or to doubt the numbers.
    public var circumstances: [String]

    init(_ table: PaperTable, _ results: [CellResult], circumstances: [String]) {
        title = table.title
        source = table.source
        published = table.published
        columns = table.measurement.columns
        self.circumstances = circumstances
        seeds = Set(results.map(\.seed)).count
        let names = columns.map(\.name)
        rows = table.rows.map { row in
            let cells = results.filter { $0.row == row.name }
            let values = names.reduce(into: [String: Value]()) { values, name in
                values[name] = Value(of: cells.compactMap { $0.values[name] })
            }
            let seconds = cells.map(\.seconds).reduce(0, +) / Double(max(cells.count, 1))
            return Row(
                label: row.label, published: row.published, steps: cells.first?.steps ?? 0, seconds: seconds,
                values: values)
        }
    }

    func write(to folder: URL) throws {
        try JSONFile.write(self, to: folder.appending(path: "report.json"))
        try AtomicFile.write(markdown, to: folder.appending(path: "report.md"))
        guard let column = columns.first else { return }
        let dots = rows.map {
            DotPlot.Row($0.label, value: $0.values[column.name]?.mean, error: $0.values[column.name]?.error ?? 0)
        }
        let plot = DotPlot(title, x: Axis(column.title), dots)
        do throws(PlotError) {
            try plot.check()
        } catch {
            return
        }
        try plot.write(to: folder.appending(path: "report.png"))
    }
}

extension TableReport.Value {
    /// Mean and standard error; nil without values.
    init?(of values: [Double]) {
        guard !values.isEmpty else { return nil }
        let count = Double(values.count)
        mean = values.reduce(0, +) / count
        let mean = mean
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        error = values.count > 1 ? (squares / (count - 1) / count).squareRoot() : nil
    }
}

extension PaperTable.Measurement {
    var columns: [TableReport.Column] {
        switch self {
        case .metrics(let metrics):
            metrics.map { .init(name: $0.rawValue, title: $0.title(isInception: false), isDistance: $0.isDistance) }
        case .neighbours:
            [
                .init(name: "neighbour_distance", title: "Distance to training images (test images: 1)"),
                .init(name: "near_copies", title: "Near copies"),
            ]
        case .toy:
            [
                .init(name: "wasserstein_end", title: "Wasserstein distance, end", isDistance: true),
                .init(name: "wasserstein_start", title: "start", isDistance: true),
                .init(name: "wasserstein_data", title: "between data", isDistance: true),
                .init(name: "right_share", title: "Share on the right mode"),
            ]
        }
    }
}
