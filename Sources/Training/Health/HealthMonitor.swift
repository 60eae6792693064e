internal import Foundation
internal import Plots

/// Examines a run every so many steps, says when it collapses or diverges, and draws what it saw.
final class HealthMonitor {
    private let folder: RunFolder
    private let examiner: Examiner
    private let every: Int
    private let steps: Int
    private var health: RunHealth
    private(set) var verdict = RunHealth.Verdict.healthy

    /// A monitor of a run, which may go on from earlier records of its log.
    init(_ folder: RunFolder, _ examiner: Examiner, every: Int, steps: Int, resumingAt step: Int) throws {
        self.folder = folder
        self.examiner = examiner
        self.every = every
        self.steps = steps
        health = RunHealth(steps: steps, noise: examiner.noise)
        guard step > 0, FileManager.default.fileExists(atPath: folder.metrics.path) else { return }
        for record in try MetricsLog.records(in: folder.metrics)
        where record.step <= step && record.values[Examination.finite] != nil {
            verdict = health.judge(record.values, at: record.step)
        }
    }

    /// Examines every so many steps, and after the last.
    func observe(_ step: Int) throws -> Observation {
        guard step > 0, step % every == 0 || step == steps else { return Observation() }
        let values = try examiner.examine()
        let before = verdict
        verdict = health.judge(values, at: step)
        // Said once, until something else is to be said.
        let note = verdict == before || before.warning != nil && verdict.warning != nil ? nil : verdict.warning
        return Observation(values: values, notes: note.map { ["Step \(step): \($0)"] } ?? [])
    }

    /// Draws quality and variety over the steps, and the gradient's norm.
    func draw() throws {
        let records = try MetricsLog.records(in: folder.metrics)
        try draw(
            "Fréchet distance of averaged weights, in the judge's features (not FID)", "quality.png", records,
            [("Fréchet distance", Examination.frechet)], scale: .logarithmic, axis: "Fréchet distance")
        let overlaps = (records.last { $0.values[Examination.finite] != nil }?.values.keys ?? [:].keys)
            .filter { $0.hasPrefix("overlap_") }.sorted()
        try draw(
            "Variety of samples: 1 is that of real ones (duplicates: 0)", "variety.png", records,
            [
                ("distinct neighbours", Examination.distinctNeighbours), ("duplicates", Examination.duplicates),
                ("spread", Examination.spread),
            ] + overlaps.map { ($0.replacing("_", with: " "), $0) }, scale: .linear, axis: "relative to real samples")
        try draw(
            "Norm of the gradient before clipping", "gradient.png", records, [("norm", "gradient_norm")],
            scale: .logarithmic, axis: "norm")
        try drawFeatures(records.last)
    }

    /// Where the force is strongest at the end: the mean over temperatures of each feature.
    private func drawFeatures(_ record: MetricsRecord?) throws {
        var strengths: [String: [Double]] = [:]
        for (name, value) in record?.values ?? [:] where name.hasPrefix("strength_") {
            let parts = name.split(separator: "/", maxSplits: 1)
            if parts.count == 2 { strengths[String(parts[1]), default: []].append(value) }
        }
        let rows = strengths.map { DotPlot.Row($0.key, value: $0.value.reduce(0, +) / Double($0.value.count)) }
            .sorted { ($0.value ?? 0, $1.label) > ($1.value ?? 0, $0.label) }
        guard rows.contains(where: { ($0.value ?? 0) > 0 }) else { return }
        let title = "Raw field strength per feature at the last step, mean over temperatures"
        try DotPlot(title, x: Axis("mean square of the force", scale: .logarithmic), rows)
            .write(to: folder.plots.appending(path: "features.png"))
    }

    private func draw(
        _ title: String, _ file: String, _ records: [MetricsRecord], _ curves: [(label: String, name: String)],
        scale: Axis.Scale, axis: String
    ) throws {
        let series = curves.compactMap { label, name -> LinePlot.Series? in
            let (steps, values) = records.series(name)
            let isShown = values.contains { $0.isFinite && (scale == .linear || $0 > 0) }
            return isShown && steps.count > 1 ? LinePlot.Series(label, x: steps, y: values) : nil
        }
        guard !series.isEmpty else { return }
        try LinePlot(title, x: Axis("step"), y: Axis(axis, scale: scale), series)
            .write(to: folder.plots.appending(path: file))
    }
}
