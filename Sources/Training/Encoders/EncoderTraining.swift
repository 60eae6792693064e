internal import Backbones
internal import Foundation
internal import Settings
internal import Torch
internal import TorchNN

/// The encoder of a run: a training of its own in the folder `encoder` of the run.
struct EncoderTraining {
    let settings: AutoencoderSettings
    let data: TrainingData
    let device: Device
    let seed: Seed

    /// The encoder of the run, trained first if it is not yet.
    ///
    /// - Parameters:
    ///   - folder: The folder `encoder`; a training that was interrupted is resumed.
    ///   - interruption: Asked after each step.
    ///   - output: Where progress goes.
    /// - Returns: The frozen encoder, or nil if a signal asked to stop.
    func encoder(
        in folder: RunFolder, interruption: Interruption, progress output: ProgressOutput
    ) throws -> FrozenEncoder? {
        let (trainer, frozen) = trainer()
        if let path = settings.from {
            try takeOver(from: RunFolder(URL(filePath: path)).encoder, into: trainer)
            return frozen
        }
        if let checkpoint = folder.latestCheckpoint() { try trainer.restore(from: checkpoint.url) }
        if trainer.step < settings.training.steps {
            let run = folder.exists ? try folder.resume() : try folder.start(configuration: settings.yaml())
            let loop = TrainingLoop(run, settings.training, progress: output)
            let outcome = try loop.train(trainer, interruption: interruption, showing: ["accuracy"])
            guard outcome == .finished else { return nil }
        }
        // For other runs, as `encoder.weights`.
        try Weights.save(trainer.averages.store, to: folder.url.appending(path: "weights.safetensors"))
        return frozen
    }

    /// Demands, before a run begins, that the run that the encoder is taken from has the same one.
    func demandSameEncoder() throws {
        guard let path = settings.from else { return }
        let other = RunFolder(URL(filePath: path))
        guard other.exists, other.encoder.latestCheckpoint() != nil else { throw Self.untrained(other.encoder) }
        let found = try RunSettings().reading(file: other.configuration.path).encoder?.autoencoder
        guard let found, found.networkSizes == settings.networkSizes else {
            throw TrainingError(
                """
                encoder.from: the encoder of \(path) has \(found?.networkSizes ?? "other features"), this run wants \
                \(settings.networkSizes). Give the same, or write encoder.from: null to train one here.
                """)
        }
    }

    private static func untrained(_ folder: RunFolder) -> TrainingError {
        TrainingError(
            """
            \(folder.url.path) has no trained encoder. Train that run first, or write encoder.from: null to train one \
            here.
            """)
    }

    private func takeOver(from folder: RunFolder, into trainer: Trainer<MaskedAutoencoding>) throws {
        guard let checkpoint = folder.latestCheckpoint() else {
            throw Self.untrained(folder)
        }
        let file = CheckpointFiles(checkpoint.url).averages
        try trainer.averages.restore(SafetensorsFile(file).tensors, from: file.path)
    }

    /// The training at its start, and the encoder with its averaged weights, which follow the training.
    func trainer() -> (trainer: Trainer<MaskedAutoencoding>, frozen: FrozenEncoder) {
        let store = ParameterStore(seed: seed.child("weights"), device: device)
        let sizes = settings.configuration(channels: data.layout.channels, classes: data.layout.classes)
        let trainer = Trainer(
            model: MaskedAutoencoder(sizes, in: store.root),
            objective: objective,
            batches: ShuffledImages(
                data, size: settings.batch, flipping: settings.flip || data.settings.isFlipped,
                crop: settings.crop?.crop, device: device, seed: seed.child("batches")),
            store: store, settings: settings.training, seed: seed.child("masks"))
        let averaged = trainer.averages.store
        averaged.freeze()
        let network = MaskedAutoencoder(sizes, in: averaged.root).encoder
        return (trainer, FrozenEncoder(network, stem: settings.stem, everyBlock: settings.everyBlock))
    }

    private var objective: MaskedAutoencoding {
        var objective = MaskedAutoencoding(
            maskRatios: settings.maskRatio...(settings.maskRatioTo ?? settings.maskRatio),
            classifierWeight: settings.classifierWeight)
        (objective.classifierFrom, objective.classifierRamp) = (settings.classifierFrom, settings.classifierRamp)
        return objective
    }

    /// An encoder with the weights that training starts from.
    func untrained() -> FrozenEncoder { trainer().frozen }
}
