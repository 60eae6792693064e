internal import Foundation

extension ComparisonReport {
    /// The table as Markdown, then the circumstances.
    public var markdown: String {
        let head =
            [
                "", "objective", "path", "sampler", "parameters", "steps", "training, min", "evaluations", "passes",
                "ms per sample",
            ]
            + columns.map(\.title)
        let rule = "|---|---|---|---|" + String(repeating: "---:|", count: head.count - 4)
        let errors =
            seeds > 1
            ? "±: standard error over \(seeds) seeds. **Best** of a column; *=*: less than two standard errors from it"
            : "one seed, so no error bars: differences mean little"
        let failures = rows.flatMap { row in row.failures.map { "failed: \(row.label), \($0)" } }
        let notes = circumstances + [errors] + Set(failures).sorted() + reasons + incomplete
        return ([Self.line(head), rule] + rows.map(line) + [""] + notes.map { "* \($0)" } + pictures)
            .joined(separator: "\n") + "\n"
    }

    private func line(_ row: Row) -> String {
        guard let first = row.results.first else {
            let reason = row.failures.isEmpty ? "not yet" : "failed"
            return Self.line([row.label, row.objective, reason] + [String](repeating: "", count: columns.count + 7))
        }
        let results = row.results
        let steps = Set(results.map(\.steps)).sorted().map(String.init)
        let cost = [
            Self.text(Value(of: results.map(\.evaluations))), Self.text(Value(of: results.map(\.passes))),
            Self.text(Value(of: results.map { $0.secondsPerSample * 1000 })),
        ]
        return Self.line(
            [
                row.label, row.objective, first.path ?? "", first.sampler,
                first.parameters.formatted(.number.grouping(.never)),
                steps.count > 2 ? "\(steps[0]) to \(steps[steps.count - 1])" : steps.joined(separator: ", "),
                Self.text(Value(of: results.map { $0.trainingSeconds / 60 })),
            ] + cost + columns.map { Self.text(value(row, $0)) })
    }

    private var reasons: [String] {
        rows.flatMap { row in
            row.results.first.map { result in
                result.unavailable.sorted { $0.key < $1.key }.map {
                    "not available: \(row.label), \($0.key): \($0.value)"
                }
            } ?? []
        }
    }

    private var incomplete: [String] {
        rows.compactMap { row in
            let count = row.results.reduce(0) { $0 + $1.incomplete }
            return count > 0 ? "\(row.label): \(count) samples stopped before they were complete" : nil
        }
    }

    private var pictures: [String] {
        let plots = [
            ("evaluations.png", "Quality against evaluations"), ("minutes.png", "Quality against minutes of training"),
            ("seconds.png", "Quality against seconds per sample"),
        ]
        return [""] + plots.map { "![\($0.1)](plots/\($0.0))" }
    }

    private static func line(_ cells: [String]) -> String {
        "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }

    private static func text(_ value: Value?) -> String {
        guard let value else { return "" }
        let number = text(value.mean) + (value.error.map { $0 > 0 ? " ± \(text($0))" : "" } ?? "")
        return value.isBest ? "**\(number)**" : value.isTied ? "\(number) *=*" : number
    }

    /// Three significant digits.
    private static func text(_ value: Double) -> String { String(format: "%.3g", value) }

    /// The table as CSV: values and errors in columns of their own.
    public var csv: String {
        let head =
            [
                "method", "sampler", "label", "objective", "path", "sampler_description", "parameters", "seeds",
                "steps",
                "training_minutes", "evaluations", "passes", "seconds_per_sample",
            ] + columns.flatMap { [$0.name, "\($0.name)_error"] }
        let lines = rows.map { row -> [String] in
            let results = row.results
            func mean(_ values: [Double]) -> String { Value(of: values).map { "\($0.mean)" } ?? "" }
            return [
                row.method, row.sampler, row.label, row.objective, results.first?.path ?? "",
                results.first?.sampler ?? "",
                results.first.map { "\($0.parameters)" } ?? "", "\(results.count)",
                mean(results.map { Double($0.steps) }),
                mean(results.map { $0.trainingSeconds / 60 }), mean(results.map(\.evaluations)),
                mean(results.map(\.passes)), mean(results.map(\.secondsPerSample)),
            ]
                + columns.flatMap { column in
                    let value = value(row, column)
                    return [value.map { "\($0.mean)" } ?? "", value?.error.map { "\($0)" } ?? ""]
                }
        }
        return ([head] + lines).map { $0.map(Self.field).joined(separator: ",") + "\r\n" }.joined()
    }

    /// A field as RFC 4180 writes it.
    private static func field(_ text: String) -> String {
        text.contains { ",\"\n\r".contains($0) } ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
}
