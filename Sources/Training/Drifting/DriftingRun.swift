internal import Foundation
public import Logging
internal import Settings

/// A run from its settings to its last picture: data, encoder, generator, checkpoints, samples and plots.
public struct DriftingRun {
    private let folder: RunFolder
    private let settings: RunSettings
    private let log: Logger
    private let output: ProgressOutput

    /// A run in a folder.
    ///
    /// - Parameters:
    ///   - folder: A new or empty folder, or that of a run that is to be resumed.
    ///   - settings: Everything the run depends on.
    ///   - log: Told what happens.
    ///   - output: Where progress goes.
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
    /// - Parameters:
    ///   - resuming: Whether the run exists already.
    ///   - interruption: Asked after each step whether to stop.
    /// - Returns: Whether all steps are done.
    /// - Throws: What is wrong with device, data, folder or disk, before hours of work are spent.
    public func train(resuming: Bool, interruption: Interruption) throws -> TrainingLoop.Outcome {
        let stages = try DriftingStages(settings)
        tellLeftOut(stages.data)
        var encoder = try stages.pretrainedEncoder()
        let run = resuming ? try folder.resume() : try folder.start(configuration: stages.settings.yaml())
        if let training = stages.encoderTraining {
            log.info("\(training.settings.announcement)")
            encoder = try training.encoder(in: folder.encoder, interruption: interruption, progress: output)
            if encoder == nil { return .interrupted(step: 0) }
        }
        let (trainer, averaged) = try stages.trainer(encoder: encoder)
        if let checkpoint = folder.latestCheckpoint() { try trainer.restore(from: checkpoint.url) }
        log.info("Generator: drifting, \(settings.training.steps) steps from step \(trainer.step) on.")
        let gallery = stages.gallery(folder, averaged)
        let monitor = try stages.monitor(folder, averaged, encoder: encoder, resumingAt: trainer.step)
        if monitor == nil, settings.evaluation.samples > 0 {
            log.warning(
                "The samples are not examined: that takes at least 50 real ones, and there are \(stages.data.count).")
        }
        let outcome = try TrainingLoop(run, settings.training, progress: output).train(
            trainer, interruption: interruption,
            showing: stages.objective.field.temperatures.map { "strength_\($0)" }
        ) { step in
            try gallery.observe(step)
            return try monitor?.observe(step) ?? Observation()
        }
        if let warning = monitor?.verdict.warning { log.warning("\(warning)") }
        if outcome == .finished {
            try gallery.finish(after: trainer.step)
            try monitor?.draw()
        }
        return outcome
    }

    /// Names the images that cannot be read, the first twenty of many; config.yaml names all.
    private func tellLeftOut(_ data: TrainingData) {
        guard !data.leftOut.isEmpty else { return }
        let names = data.leftOut.prefix(20).map { "\n  \($0)" }.joined()
        log.warning(
            "Left out, since they cannot be read: \(data.leftOut.count) of \(data.leftOut.count + data.count) images.\(names)"
        )
    }
}

extension AutoencoderSettings {
    fileprivate var announcement: String {
        from.map { "Encoder: that of \($0)." } ?? "Encoder: a masked autoencoder, \(training.steps) steps."
    }
}

extension RunFolder {
    /// The training of the encoder: a run of its own.
    public var encoder: RunFolder { RunFolder(url.appending(path: "encoder")) }
}
