internal import FileFormats
internal import Foundation
internal import Plots

/// The result of a ``Study``.
public struct StudyReport: Encodable, Sendable {
    /// A statement that was checked.
    public struct Check: Encodable, Sendable, Hashable {
        /// The statement.
        public let statement: String
        /// True if the numbers agree with it.
        public let holds: Bool

        init(_ statement: String, _ holds: Bool) { (self.statement, self.holds) = (statement, holds) }
    }

    /// A value of a table.
    public enum Cell: Encodable, Sendable, Hashable, ExpressibleByStringLiteral {
        case text(String)
        case number(Double)
        /// A mean and its standard error.
        case mean(Double, error: Double)

        /// A text.
        public init(stringLiteral value: String) { self = .text(value) }

        /// A text, a number, or two numbers.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .number(let number): try container.encode(number)
            case .mean(let mean, let error): try container.encode([mean, error])
            }
        }

        var markdown: String {
            switch self {
            case .text(let text): text
            case .number(let number): Self.text(number)
            case .mean(let mean, let error): "\(Self.text(mean)) ± \(Self.text(error))"
            }
        }

        private static func text(_ number: Double) -> String {
            number == number.rounded() && abs(number) < 1e6 ? String(Int(number)) : String(format: "%.3g", number)
        }
    }

    /// Rows under the names of their columns.
    public struct Table: Encodable, Sendable {
        /// Title.
        public let title: String
        /// Names of the columns.
        public let columns: [String]
        /// Rows, one cell per column.
        public private(set) var rows: [[Cell]] = []
        /// True for data of plots, which are in the JSON file only.
        let isDetail: Bool

        private enum CodingKeys: CodingKey { case title, columns, rows }

        init(_ title: String, _ columns: [String], isDetail: Bool = false) {
            (self.title, self.columns, self.isDetail) = (title, columns, isDetail)
        }

        mutating func add(_ cells: [Cell]) {
            precondition(cells.count == columns.count, "\(title): \(cells.count) cells for \(columns.count) columns")
            rows.append(cells)
        }

        var markdown: String {
            func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
            let rule = "|---|" + String(repeating: "---:|", count: columns.count - 1)
            return (["### \(title)", "", line(columns), rule] + rows.map { line($0.map(\.markdown)) })
                .joined(separator: "\n")
        }
    }

    struct Figure: Sendable {
        let file: String
        let plot: LinePlot
    }

    /// Name of the study.
    public let name: String
    /// Title.
    public let title: String
    /// The statement, and the way in which it was tested.
    public let statement: String
    /// Tables.
    public var tables: [Table] = []
    /// Statements that were checked.
    public var checks: [Check] = []
    var figures: [Figure] = []

    private enum CodingKeys: CodingKey { case name, title, statement, tables, checks }

    init(_ study: String, _ title: String, _ statement: String) {
        (name, self.title, self.statement) = (study, title, statement)
    }

    /// True if all statements hold.
    public var holds: Bool { checks.allSatisfy(\.holds) }

    /// The report as a page.
    public var markdown: String {
        let shown = tables.filter { !$0.isDetail }.map(\.markdown)
        let pictures = figures.map { "![\($0.plot.title)](\($0.file))" }
        let verdicts = checks.map { "* \($0.holds ? "Holds" : "DOES NOT HOLD"): \($0.statement)" }.joined(
            separator: "\n")
        return (["## \(title)", statement] + shown + pictures + [verdicts]).joined(separator: "\n\n") + "\n"
    }
}

/// Texts as files that appear whole or not at all.
enum TextFile {
    static func write(_ text: String, to file: URL) throws { try AtomicFile.write(text, to: file) }
}

/// The slope of log(error) over log(cost), by least squares.
func logarithmicSlope(_ points: [(x: Double, y: Double)]) -> Double {
    let logs = points.map { (x: log($0.x), y: log($0.y)) }
    let count = Double(logs.count)
    let (meanX, meanY) = (logs.reduce(0) { $0 + $1.x } / count, logs.reduce(0) { $0 + $1.y } / count)
    let above = logs.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
    return above / logs.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
}

/// Mean and standard error of the mean.
func meanAndError(_ values: [Double]) -> (mean: Double, error: Double) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / (count - 1) / count).squareRoot())
}
