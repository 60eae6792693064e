internal import FileFormats
internal import Foundation
public import Logging
internal import RunData
internal import Settings
internal import Torch
internal import TorchNN
public import Training

/// A run from its settings to its last picture: data, the stages of its method, checkpoints, samples and plots.
public struct Run {
    /// The end of a call of ``train(resuming:through:acceptingChanges:interruption:)``.
    public enum Outcome: Sendable, Equatable {
        /// All stages that were asked for are done.
        case finished
        /// A signal came; the state after a step of a stage is saved.
        case interrupted(stage: String, step: Int)
    }

    private let folder: RunFolder
    private let settings: RunSettings
    private let log: Logger
    private let output: ProgressOutput

    /// A run in a folder.
    ///
    /// - Parameters:
    ///   - folder: A new or empty folder, or that of a run to resume.
    ///   - settings: Everything the run depends on.
    ///   - log: Destination of messages.
    ///   - output: Destination of progress.
    public init(
        _ folder: RunFolder, _ settings: RunSettings, log: Logger = Logger(label: "pushforward"),
        progress output: ProgressOutput = .standardError
    ) {
        self.folder = folder
        self.settings = settings
        self.log = log
        self.output = output
    }

    /// Trains from the start, or from the latest checkpoint.
    ///
    /// A run that goes on is compared with its record, `provenance.json`: other data, weights of others or settings are refused
    /// unless they are accepted, those that leave its weights what they would be are told. More steps or minutes lengthen it.
    ///
    /// - Parameters:
    ///   - resuming: True if the run exists already.
    ///   - last: Name of an earlier stage to end with; all stages if nil.
    ///   - acceptsChanges: True to go on with other data or settings, which is recorded.
    ///   - interruption: Asked after each step whether to stop.
    /// - Throws: An error of device, data, folder or disk, before hours of work are spent.
    public func train(
        resuming: Bool, through last: String? = nil, acceptingChanges acceptsChanges: Bool = false,
        interruption: Interruption
    ) throws -> Outcome {
        let former = resuming ? try Provenance.read(of: folder) : nil
        let place = former?.folder ?? PathBytes.workingFolder.description
        let context = try RunContext(prepared(startedIn: place))
        tellLeftOut(context)
        tellRemarks(context)
        let plan = try context.settings.method.plan(context)
        let stages = try chosen(plan.stages, through: last)
        let provenance = try reviewed(
            Provenance(context, startedIn: place), since: former, acceptsChanges, resuming: resuming)
        if resuming { try tellUnknown(former) }
        let run = try resuming ? folder.resume() : folder.start(configuration: context.settings.yaml())
        func record() throws {
            guard provenance != former else { return }
            // A run without a record is as its settings say. Those first: a record without them would refuse them.
            if former != nil { try AtomicFile.write(context.settings.yaml(), to: folder.configuration) }
            try provenance.write(to: folder)
        }
        // A run that goes on is changed once its checkpoint is known to be whole.
        let isLater = stages.own != nil && folder.latestCheckpoint() != nil
        if !isLater { try record() }
        var finished = FinishedStages()
        for stage in stages.earlier {
            if let outcome = try complete(stage, &finished, interruption) { return outcome }
        }
        guard let stage = stages.own else { return .finished }
        return try train(stage, run, plan, context, finished, provenance.comparableSince ?? 0, interruption) {
            if isLater { try record() }
        }
    }

    /// Tells what cannot be known of a run that goes on.
    private func tellUnknown(_ former: Provenance?) throws {
        if former == nil {
            log.warning(
                """
                There is no \(folder.provenance.lastPathComponent): whether data and settings are still the same cannot be \
                checked. They are recorded now.
                """)
        }
        guard folder.latestCheckpoint() == nil, FileManager.default.fileExists(atPath: folder.metrics.path) else {
            return
        }
        if let last = try MetricsLog.records(in: folder.metrics).last?.step, last > 0 {
            log.warning("There is no checkpoint, though \(last) steps are logged: training begins again at step 0.")
        }
    }

    /// The settings with absolute paths and the number of threads, which is that of the process from here on.
    private func prepared(startedIn place: String) -> RunSettings {
        var settings = settings
        settings.resolvePaths(in: place)
        if let threads = settings.training.threads { Machine.threads = threads }
        settings.training.threads = Machine.threads
        return settings
    }

    /// The provenance with what was accepted before and now.
    private func reviewed(
        _ provenance: Provenance, since former: Provenance?, _ acceptsChanges: Bool, resuming: Bool
    ) throws -> Provenance {
        // A run that would begin where another one is, is refused for that reason.
        let done = resuming ? folder.latestCheckpoint()?.step ?? 0 : 0
        guard done <= settings.training.steps else {
            throw TrainingError(
                "\(folder.url.relativePath): step \(done) is done already: training.steps must be at least that, not "
                    + "\(settings.training.steps).")
        }
        guard let former else { return provenance }
        var provenance = provenance
        provenance.accepted = former.accepted
        provenance.comparableSince = former.comparableSince
        let review = ProvenanceReview(provenance, since: former, paths: settings.pathKeys)
        if !acceptsChanges { try review.require(in: folder) }
        if review.endsComparison { provenance.comparableSince = done }
        for change in review.told { log.info("Changed: \(change)") }
        if !review.refused.isEmpty {
            for change in review.refused { log.warning("Changed, and accepted: \(change)") }
            provenance.accepted.append(.init(step: done, changes: review.refused))
        }
        return provenance
    }

    /// Brings a training to the newest checkpoint that is whole.
    private func restore(_ trainer: any Trainable, in folder: RunFolder) throws {
        guard let latest = folder.latestCheckpoint() else { return }
        do {
            try trainer.restore(from: latest.url)
        } catch {
            let older = folder.allCheckpoints().filter { $0.step < latest.step }.reversed()
            guard let whole = older.first(where: { (try? trainer.restore(from: $0.url)) != nil }) else { throw error }
            log.warning("\(error)\nGoing on from the checkpoint before it, step \(whole.step), which is whole.")
        }
    }

    /// The stages to train: those with folders of their own, and the run's own unless an earlier one is the last.
    private func chosen(
        _ stages: [any Stage], through last: String?
    ) throws -> (earlier: [any Stage], own: (any Stage)?) {
        guard let last else { return (Array(stages.dropLast()), stages.last) }
        guard let index = stages.firstIndex(where: { $0.name == last }) else {
            let names = stages.map(\.name).joined(separator: ", ")
            throw TrainingError("There is no stage '\(last)' in this run to train: its stages are \(names).")
        }
        return index == stages.count - 1
            ? (Array(stages.dropLast()), stages.last) : (Array(stages[...index]), nil)
    }

    /// Trains an earlier stage to its end, if it is not there yet; an outcome if that was interrupted.
    private func complete(
        _ stage: any Stage, _ finished: inout FinishedStages, _ interruption: Interruption
    ) throws -> Outcome? {
        let folder = folder.stage(stage.name)
        let trainer = try stage.trainer(after: finished.weights)
        try restore(trainer, in: folder)
        log.info("\(stage.announcement)")
        let run = try folder.exists ? folder.resume() : folder.start(configuration: stage.training.yaml())
        let loop = TrainingLoop(run, stage.training, after: finished.seconds, progress: output)
        let outcome = try loop.train(trainer, interruption: interruption, showing: stage.shown)
        if case .interrupted(let step) = outcome { return .interrupted(stage: stage.name, step: step) }
        let weights = trainer.averages.store
        weights.freeze()
        // For other runs.
        try Weights.save(weights, to: folder.url.appending(path: "weights.safetensors"))
        finished.add(stage.name, weights, seconds: try folder.seconds())
        tellSteps(stage, trainer)
        return nil
    }

    /// Trains the run's own stage, watched.
    private func train(
        _ stage: any Stage, _ run: ActiveRun, _ plan: any RunPlan, _ context: RunContext, _ finished: FinishedStages,
        _ comparableSince: Int, _ interruption: Interruption, onceRestored: () throws -> Void
    ) throws -> Outcome {
        let trainer = try stage.trainer(after: finished.weights)
        try restore(trainer, in: folder)
        try onceRestored()
        log.info("\(stage.announcement)")
        let watch = try Watch(plan, context, folder, trainer, finished.weights, comparableSince: comparableSince)
        if let warning = watch.beginning { log.warning("\(warning)") }
        let outcome = try TrainingLoop(run, stage.training, after: finished.seconds, progress: output).train(
            trainer, interruption: interruption, showing: stage.shown, observe: watch.observe)
        if let warning = watch.verdict { log.warning("\(warning)") }
        if case .interrupted(let step) = outcome { return .interrupted(stage: stage.name, step: step) }
        tellSteps(stage, trainer)
        watch.finish(after: trainer.step) { log.warning("\($0)") }
        return .finished
    }

    private func tellSteps(_ stage: any Stage, _ trainer: any Trainable) {
        guard stage.training.minutes != nil else { return }
        let isEarly = trainer.step < stage.training.steps
        let steps = "\(trainer.step) step\(trainer.step == 1 ? "" : "s")"
        log.info("Stage \(stage.name): \(steps)\(isEarly ? ", then the time was up" : ", all that were asked for").")
    }

    /// Tells what `data inspect` would.
    private func tellRemarks(_ context: RunContext) {
        for data in [context.data] + [context.sourceData].compactMap(\.self) {
            for remark in data.remarks { log.warning("Data: \(remark)") }
        }
    }

    /// Names the images that cannot be read, the first twenty of many; config.yaml names all.
    private func tellLeftOut(_ context: RunContext) {
        for data in [context.data] + [context.sourceData].compactMap(\.self) where !data.leftOut.isEmpty {
            let names = data.leftOut.prefix(20).map { "\n  \($0)" }.joined()
            log.warning(
                """
                Left out, since they cannot be read: \(data.leftOut.count) of \(data.leftOut.count + data.count) \
                images.\(names)
                """)
        }
    }
}

/// Weights and time of the stages that are done.
private struct FinishedStages {
    private(set) var weights: [String: ParameterStore] = [:]
    private(set) var seconds = 0.0

    mutating func add(_ name: String, _ store: ParameterStore, seconds: Double) {
        weights[name] = store
        self.seconds += seconds
    }
}
