internal import FileFormats
internal import Foundation
internal import Plots

/// Qualities, costs and strangers of distance marching and its baselines, beside the published claims.
public struct MarchingReport: Sendable, Codable {
    /// Means over seeds of one way to draw samples.
    public struct Row: Sendable, Codable {
        /// Name in files.
        public var name: String
        /// Method that was trained.
        public var method: String
        /// Name in tables.
        public var label: String
        /// Values by name: `frechet`, `precision`, `recall`, `evaluations`, `seconds`; `auroc_clean` and the like.
        public var values: [String: TableReport.Value]
    }

    /// Seeds per row.
    public var seeds: Int
    /// Ways to draw samples.
    public var rows: [Row]
    /// Sets of strangers.
    public var strangers: [Row]
    /// All that is needed to repeat or to doubt the numbers.
    public var circumstances: [String]

    init(_ results: [CellResult], strangers: [CellResult], circumstances: [String]) {
        seeds = Set(results.map(\.seed)).count
        self.circumstances = circumstances
        rows = MarchingCells.rows.compactMap { row in
            Self.row(row.name, row.method, row.label, results.filter { $0.row == row.name })
        }
        self.strangers = MarchingCells.strangers.compactMap { name in
            Self.row(name, "distance", name, strangers.filter { $0.row == name })
        }
    }

    private static func row(_ name: String, _ method: String, _ label: String, _ cells: [CellResult]) -> Row? {
        guard !cells.isEmpty else { return nil }
        let names = Set(cells.flatMap(\.values.keys))
        let values = names.reduce(into: [String: TableReport.Value]()) { values, key in
            values[key] = TableReport.Value(of: cells.compactMap { $0.values[key] })
        }
        return Row(name: name, method: method, label: label, values: values)
    }

    func write(to folder: URL, warn: (String) -> Void) throws {
        try JSONFile.write(self, to: folder.appending(path: "report.json"))
        try AtomicFile.write(markdown, to: folder.appending(path: "report.md"))
        let series = ["sphere", "descent", "flow", "uflow", "eqm", "uedm"].compactMap(curve)
        do {
            try LinePlot(
                "Quality against evaluations, in the classifier's features (not FID)",
                x: Axis("network evaluations per sample", scale: .logarithmic),
                y: Axis("Fréchet distance", scale: .logarithmic), series
            ).write(to: folder.appending(path: "report.png"))
        } catch {
            warn("A plot is missing: \(error)")
        }
    }

    private func curve(_ start: String) -> LinePlot.Series? {
        let points = rows.filter { $0.name.hasPrefix(start + "-") && Int($0.name.dropFirst(start.count + 1)) != nil }
            .compactMap { row in
                row.values["evaluations"].flatMap { x in row.values["frechet"].map { (x.mean, $0.mean) } }
            }
        return points.isEmpty ? nil : LinePlot.Series(start, x: points.map(\.0), y: points.map(\.1))
    }

    /// The tables, the claims, and the circumstances.
    public var markdown: String {
        let errors = seeds > 1 ? "±: standard error over \(seeds) seeds" : "one seed, so no error bars"
        var lines = [
            "## Distance marching against its baselines", "",
            "arXiv 2602.02928. All with the same network and number of training steps; class-conditional.", "",
            "| | Evaluations | Fréchet distance | Precision | Recall | Seconds to sample |",
            "|---|---:|---:|---:|---:|---:|",
        ]
        lines += rows.map { line($0, ["evaluations", "frechet", "precision", "recall", "seconds"]) }
        lines += ["", "### Published, and here", ""] + claims.map { "* \($0)" }
        lines += [
            "", "### Strangers", "", "Fashion-MNIST test images inside.", "",
            "| Outside | AUROC clean | AUROC noised | FPR95 clean | FPR95 noised |", "|---|---:|---:|---:|---:|",
        ]
        lines += strangers.map { line($0, ["auroc_clean", "auroc_noised", "fpr95_clean", "fpr95_noised"]) }
        lines += [""] + (circumstances + [errors]).map { "* \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }

    private func line(_ row: Row, _ names: [String]) -> String {
        let cells = names.map { name in
            row.values[name].map { Self.text($0.mean) + ($0.error.map { " ± \(Self.text($0))" } ?? "") } ?? ""
        }
        return "| " + ([row.label] + cells).joined(separator: " | ") + " |"
    }

    private static func text(_ value: Double) -> String { String(format: "%.3g", value) }

    /// Published numbers beside ours, in sentences.
    var claims: [String] {
        [bestClaim, stepsClaim, earlyClaim].compactMap(\.self) + [
            """
            Published FID on CIFAR-10, 250 evaluations: sphere tracing 2.23, gradient descent 2.55; EDM without noise level \
            2.23 as well (arXiv 2502.13129). Another metric, network and data: only the order can be compared.
            """
        ]
    }

    private func best(_ methods: [String]) -> Row? {
        rows.filter { methods.contains($0.method) }
            .min { ($0.values["frechet"]?.mean ?? .infinity) < ($1.values["frechet"]?.mean ?? .infinity) }
    }

    /// Quality at the largest budgets against that of baselines without time.
    private var bestClaim: String? {
        guard let ours = best(["distance"]), let theirs = best(["uflow", "eqm", "uedm"]),
            let a = ours.values["frechet"], let b = theirs.values["frechet"]
        else { return nil }
        let difference = 100 * (1 - a.mean / b.mean)
        let error = ((a.error ?? .infinity) * (a.error ?? .infinity) + (b.error ?? .infinity) * (b.error ?? .infinity))
            .squareRoot()
        let verdict =
            seeds < 2
            ? "one seed cannot tell"
            : abs(a.mean - b.mean) < 2 * error
                ? "the two do not differ by two standard errors"
                : difference > 0 ? "reproduces in kind" : "does not reproduce here"
        return """
            Published: 13.5 % lower FID than baselines without time, on average. Here the best march (\(ours.label)) is \
            \(String(format: "%.1f", abs(difference))) % \(difference > 0 ? "lower" : "higher") than the best of these \
            (\(theirs.label)): \(verdict).
            """
    }

    /// Evaluations to reach the final quality of flow matching.
    private var stepsClaim: String? {
        let flow = rows.filter { $0.method == "flow" }
        guard let last = flow.max(by: { cost($0) < cost($1) }), let goal = last.values["frechet"]?.mean else {
            return nil
        }
        let reached = rows.filter { $0.method == "distance" && ($0.values["frechet"]?.mean ?? .infinity) <= goal }
            .min { cost($0) < cost($1) }
        let words =
            reached.map {
                "\($0.label) reaches it with \(String(format: "%.0f", 100 * cost($0) / cost(last))) % of the evaluations"
            } ?? "no march reaches it"
        return """
            Published: the final quality of flow matching with 60 % of the steps. Here that of flow matching with \
            \(Self.text(cost(last))) evaluations is \(Self.text(goal)), and \(words).
            """
    }

    private func cost(_ row: Row) -> Double { row.values["evaluations"]?.mean ?? .infinity }

    /// Evaluations that early stopping saves.
    private var earlyClaim: String? {
        guard let early = rows.first(where: { $0.name == "early-64" }),
            let fixed = rows.first(where: { $0.name == "fixed-64" }),
            let a = early.values["frechet"], let b = fixed.values["frechet"], let s = early.values["seconds"],
            let t = fixed.values["seconds"]
        else { return nil }
        return """
            Early stopping: \(Self.text(cost(early))) evaluations instead of \(Self.text(cost(fixed))), \
            \(Self.text(s.mean)) s instead of \(Self.text(t.mean)) s, at a Fréchet distance of \(Self.text(a.mean)) instead of \
            \(Self.text(b.mean)).
            """
    }
}
