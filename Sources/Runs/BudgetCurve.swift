internal import FileFormats
internal import Foundation
internal import Plots
internal import Training

/// Quality against network evaluations, for samplings that have budgets: `plots/evaluations.png` and `evaluations.json`.
struct BudgetCurve: RunObserver {
    private let folder: RunFolder
    private let model: TrainedModel
    private let examiner: Examiner

    /// One point of the curve.
    private struct Point: Codable {
        let evaluations: Double
        let frechet: Double
    }

    init(_ folder: RunFolder, _ model: TrainedModel, _ examiner: Examiner) {
        self.folder = folder
        self.model = model
        self.examiner = examiner
    }

    /// Samples at every budget and draws the curve; earlier measurements are drawn again.
    func finish(after step: Int) throws {
        let budgets = model.settings.sampling.budgets
        guard budgets.count > 1 else { return }
        let points = try known(after: step) ?? measure(budgets, step)
        let shown = points.filter { $0.frechet > 0 && $0.frechet.isFinite }
        guard shown.count > 1 else { return }
        let series = LinePlot.Series("averaged weights", x: shown.map(\.evaluations), y: shown.map(\.frechet))
        let noise = LinePlot.Series(
            "two sets of real samples", x: [shown[0].evaluations, shown[shown.count - 1].evaluations],
            y: [examiner.noise, examiner.noise])
        try LinePlot(
            "Quality against evaluations, in the judge's features (not FID)",
            x: Axis("network evaluations per sample", scale: .logarithmic),
            y: Axis("Fréchet distance", scale: .logarithmic), [series] + (examiner.noise > 0 ? [noise] : [])
        ).write(to: folder.plots.appending(path: "evaluations.png"))
    }

    private var file: URL { folder.url.appending(path: "evaluations.json") }

    private func known(after step: Int) throws -> [Point]? {
        guard let data = FileManager.default.contents(atPath: file.path),
            let record = try? JSONDecoder().decode([String: [Point]].self, from: data)
        else { return nil }
        return record["\(step)"]
    }

    private func measure(_ budgets: [any SamplingSettings], _ step: Int) throws -> [Point] {
        let points = try budgets.map { budget in
            let (values, evaluations) = try examiner.examine(model.sampling(by: budget))
            return Point(evaluations: evaluations, frechet: values[Examination.frechet] ?? .nan)
        }.filter { $0.frechet.isFinite }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try AtomicFile.write(try encoder.encode(["\(step)": points]), to: file)
        return points
    }
}
