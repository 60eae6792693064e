internal import Foundation
internal import Plots
internal import Training

/// Examines a run every so many steps, says when it collapses or diverges, and draws the results.
final class HealthMonitor: RunObserver {
    private let folder: RunFolder
    private let examiner: Examiner
    private let every: Int
    private let advice: String
    private var health: RunHealth
    private var verdict = RunHealth.Verdict.healthy
    private var tally = VerdictTally()
    /// True if the latest verdict was the first of its kind, so that it was told when it came.
    private var toldLast = false

    /// A monitor of a run, which may go on from earlier records of its log.
    ///
    /// - Parameter start: Step after which examinations compare: those before were of other data or another judge.
    init(
        _ folder: RunFolder, _ examiner: Examiner, every: Int, steps: Int, after start: Int, resumingAt step: Int,
        advice: String
    ) throws {
        self.folder = folder
        self.examiner = examiner
        self.every = every
        self.advice = advice
        health = RunHealth(noise: examiner.noise)
        guard step > 0, FileManager.default.fileExists(atPath: folder.metrics.path) else { return }
        for record in try MetricsLog.records(in: folder.metrics)
        where record.step > start && record.step <= step && record.values[Examination.finite] != nil {
            verdict = health.judge(record.values, isLate: record.step * 2 >= steps)
            _ = tally.add(verdict)
        }
    }

    /// Examines every so many steps, and after the last.
    func observe(_ moment: TrainingMoment) throws -> Observation {
        let step = moment.step
        guard step > 0, step % every == 0 || moment.isLast else { return Observation() }
        let values = try examiner.examine()
        verdict = health.judge(values, isLate: moment.share >= 0.5)
        // Each kind is told once, even if it comes and goes; the end says how often it was.
        toldLast = tally.add(verdict)
        let note = toldLast ? verdict.warning(advice: advice) : nil
        return Observation(values: values, notes: note.map { ["Step \(step): \($0)"] } ?? [])
    }

    /// A warning about the latest examination, if there is reason for one that was not told just now, with the number of those
    /// that gave it.
    var warning: String? { toldLast ? nil : verdict.warning(advice: advice).map { $0 + tally.share(of: verdict) } }

    /// Draws quality and variety over the steps, and the gradient's norm.
    func finish(after step: Int) throws {
        let records = try MetricsLog.records(in: folder.metrics)
        try attemptAll([
            { try self.drawQuality(records) }, { try self.drawVariety(records) }, { try self.drawGradient(records) },
        ])
    }

    private func drawQuality(_ records: [MetricsRecord]) throws {
        try draw(
            "Fréchet distance of averaged weights, in the judge's features (not FID)", "quality.png", records,
            [("Fréchet distance", Examination.frechet)], scale: .logarithmic, axis: "Fréchet distance")
    }

    private func drawVariety(_ records: [MetricsRecord]) throws {
        let overlaps = examiner.measures.flatMap(\.drawn)
        try draw(
            "Variety of samples: 1 is that of real ones (duplicates: 0)", "variety.png", records,
            [
                ("distinct neighbours", Examination.distinctNeighbours), ("duplicates", Examination.duplicates),
                ("spread", Examination.spread),
            ] + overlaps.map { ($0.replacing("_", with: " "), $0) }, scale: .linear, axis: "relative to real samples")
    }

    private func drawGradient(_ records: [MetricsRecord]) throws {
        try draw(
            "Norm of the gradient before clipping", "gradient.png", records, [("norm", "gradient_norm")],
            scale: .logarithmic, axis: "norm")
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
