internal import Foundation
internal import Settings

/// Drives a training in its folder: log, progress, checkpoints, interruption.
public struct TrainingLoop {
    private let run: ActiveRun
    private let settings: TrainingSettings
    private let output: ProgressOutput
    private let earlier: Double

    /// A loop for an open run.
    ///
    /// - Parameters:
    ///   - run: The folder.
    ///   - settings: Steps or minutes, checkpoints.
    ///   - seconds: Seconds that earlier stages took, which count where minutes are limited.
    ///   - output: Destination of the progress line.
    public init(
        _ run: ActiveRun, _ settings: TrainingSettings, after seconds: Double = 0,
        progress output: ProgressOutput = .standardError
    ) {
        self.run = run
        self.settings = settings
        self.output = output
        earlier = seconds
    }

    /// End of a training.
    public enum Outcome: Sendable, Equatable {
        /// All steps are done.
        case finished
        /// A signal came; the state after `step` is saved.
        case interrupted(step: Int)
    }

    /// Trains from where `trainable` is to the last step.
    ///
    /// The state is saved every `checkpoint_every` steps, at the end, and when a signal asks to stop.
    ///
    /// - Parameters:
    ///   - trainable: The training; at its start, or restored from the run's latest checkpoint.
    ///   - interruption: Asked after each step whether to stop.
    ///   - shown: Names of the values on the progress line, beside the loss.
    ///   - observe: Called before the first step and after every one, to draw pictures and to look at the samples; its
    ///     values and notes after a step are logged and shown.
    /// - Throws: Errors of steps and files; a loss that is not finite names the last good checkpoint.
    public func train(
        _ trainable: some Trainable, interruption: Interruption, showing shown: [String] = [],
        observe: (_ moment: TrainingMoment) throws -> Observation = { _ in Observation() }
    ) throws -> Outcome {
        guard trainable.step <= settings.steps else {
            throw TrainingError(
                """
                \(run.folder.url.path): step \(trainable.step) is done already, but the settings say steps: \
                \(settings.steps). Give it at least as many.
                """)
        }
        let log = try MetricsLog(run.folder.metrics, keepingUpTo: trainable.step)
        let gap = log.gap(before: trainable.step, period: settings.logEvery)
        let clock = Stopwatch(after: log.last?.seconds ?? 0)
        let pace = try Pace(settings, recordedIn: run.folder.pace, from: trainable.step) { earlier + clock.seconds }
        var share = try pace.share(after: trainable.step)
        // The pictures of step 0 take time that later steps do not.
        if trainable.step == 0 { _ = try observe(TrainingMoment(step: 0, share: 0)) }
        let progress = ProgressLine(
            goal: .init(step: settings.steps, seconds: pace.secondsLeft), after: trainable.step, to: output)
        defer { progress.finish() }
        if let gap { progress.note(gap) }
        // From here on there is something to lose.
        return try interruption.savingFirst {
            while share < 1, !interruption.isRequested {
                let report = try namingCheckpoint { try trainable.advance(at: settings.minutes == nil ? nil : share) }
                share = try pace.share(after: report.step)
                progress.update(step: report.step, loss: report.loss, values: Self.choose(shown, from: report.values))
                // Before log and checkpoint: a run that is killed here looks again, and never misses a picture.
                let seen = try observe(TrainingMoment(step: report.step, share: share))
                if !seen.values.isEmpty || report.step % settings.logEvery == 0 || share >= 1 {
                    try log.append(record(report, seen, clock))
                }
                seen.notes.forEach(progress.note)
                if report.step % settings.checkpointEvery == 0 || share >= 1 { try save(trainable, log) }
            }
            guard share < 1 else { return .finished }
            if run.folder.latestCheckpoint()?.step != trainable.step { try save(trainable, log) }
            return .interrupted(step: trainable.step)
        }
    }

    private func save(_ trainable: some Trainable, _ log: MetricsLog) throws {
        try namingCheckpoint {
            try run.save(step: trainable.step) { folder in
                try log.synchronize()
                try trainable.save(into: folder)
            }
        }
        try run.prune(keepingLast: settings.keepCheckpoints)
    }

    private func record(_ report: TrainingReport, _ seen: Observation, _ clock: Stopwatch) -> MetricsRecord {
        let own = report.values.map { ($0.name, $0.value) }
        let values = Dictionary(own + seen.values.map { ($0.key, $0.value) }) { first, _ in first }
        return MetricsRecord(step: report.step, seconds: clock.seconds, values: values)
    }

    private func namingCheckpoint<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as TrainingError {
            let checkpoint = run.folder.latestCheckpoint()
            let advice =
                checkpoint.map { "The last good checkpoint is \($0.url.path)." } ?? "No checkpoint was saved yet."
            throw TrainingError("\(error) \(advice)")
        }
    }

    private static func choose(
        _ names: [String], from values: [(name: String, value: Double)]
    ) -> [(name: String, value: Double)] {
        names.compactMap { name in values.first { $0.name == name } }
    }
}

/// Seconds of training, those before a resumption included.
private struct Stopwatch {
    private let start: Double

    init(after seconds: Double) { start = ProgressOutput.uptime() - seconds }

    var seconds: Double { ProgressOutput.uptime() - start }
}
