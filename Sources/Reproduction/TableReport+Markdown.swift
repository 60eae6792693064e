internal import Foundation

extension TableReport {
    /// The table, the part of the paper that it shows at this scale, and the circumstances.
    public var markdown: String {
        let errors = seeds > 1 ? "±: standard error over \(seeds) seeds" : "one seed, so no error bars"
        let head = ["", "published (theirs)"] + columns.map { "\($0.title) (ours)" } + ["steps", "minutes"]
        let lines = [
            "## \(title)", "", "\(source). Published: \(published).", "", Self.line(head),
            "|---|---:|" + String(repeating: "---:|", count: columns.count + 2),
        ]
        return (lines + rows.map(line) + ["", verdict, ""] + (circumstances + [errors]).map { "* \($0)" })
            .joined(separator: "\n") + "\n"
    }

    private func line(_ row: Row) -> String {
        let values = columns.map { column in
            row.values[column.name].map { value in
                Self.text(value.mean) + (value.error.map { " ± \(Self.text($0))" } ?? "")
            } ?? ""
        }
        return Self.line(
            [row.label, row.published.map { String(format: "%.2f", $0) } ?? ""] + values
                + ["\(row.steps)", String(format: "%.1f", row.seconds / 60)])
    }

    private static func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

    private static func text(_ value: Double) -> String { String(format: "%.3g", value) }

    /// Comparison of the order of rows with the paper's, in words that do not claim more than the error bars allow.
    public var verdict: String {
        guard let column = columns.first, column.isDistance == true else {
            return "The paper gives no numbers to compare the order of the rows with."
        }
        let pairs = rows.compactMap { row -> Pair? in
            guard let published = row.published, let ours = row.values[column.name] else { return nil }
            return Pair(label: row.label, published: published, ours: ours)
        }
        guard pairs.count > 1, let theirs = pairs.min(by: { $0.published < $1.published }),
            let ours = pairs.min(by: { $0.ours.mean < $1.ours.mean })
        else { return "The paper gives no numbers to compare the order of the rows with." }
        let order = String(format: "Rank correlation with the published order: %.2f.", Self.rankCorrelation(pairs))
        if theirs.published == ours.published {
            return "At this scale the published best, \(ours.label), is best here as well. " + order
        }
        let gap = theirs.ours.mean - ours.ours.mean
        let error =
            ((theirs.ours.error ?? .infinity) * (theirs.ours.error ?? .infinity)
            + (ours.ours.error ?? .infinity) * (ours.ours.error ?? .infinity)).squareRoot()
        guard seeds > 1 else {
            return "\(ours.label) is best here and \(theirs.label) in the paper; one seed cannot tell. \(order)"
        }
        return gap < 2 * error
            ? "\(ours.label) is best here and \(theirs.label) in the paper, but the two do not differ by two standard errors here. \(order)"
            : "Does not reproduce at this scale: \(ours.label) is best here, \(theirs.label) in the paper. \(order)"
    }

    private struct Pair {
        let label: String
        let published: Double
        let ours: Value
    }

    /// Spearman's correlation, ties by their mean rank.
    private static func rankCorrelation(_ pairs: [Pair]) -> Double {
        let (a, b) = (ranks(pairs.map(\.published)), ranks(pairs.map(\.ours.mean)))
        let mean = Double(pairs.count + 1) / 2
        func product(_ x: [Double], _ y: [Double]) -> Double {
            zip(x, y).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - mean) }
        }
        return product(a, b) / (product(a, a) * product(b, b)).squareRoot()
    }

    private static func ranks(_ values: [Double]) -> [Double] {
        values.map { value in
            Double(values.count { $0 < value }) + Double(values.count { $0 == value } + 1) / 2
        }
    }
}
