internal import Backbones
internal import Drifting
internal import Foundation
internal import Settings
internal import Torch
internal import TorchNN

/// The parts of a drifting run, built from its settings: everything that can be wrong is found here.
struct DriftingStages {
    let settings: RunSettings
    let objective: DriftingSettings
    let device: Device
    let data: TrainingData
    private let batches: DriftingBatches
    private let seed: Seed
    private let layout: DataLayout
    private let secondEncoder: (any FeatureEncoder)?

    init(_ settings: RunSettings) throws {
        switch settings.objective {
        case .drifting(let drifting): objective = drifting
        }
        device = try Device(named: settings.training.device)
        // The field always works in float32, and keeps all of its bits unless TF32 was asked for.
        Machine.allowTF32(settings.training.precision == .tf32)
        guard !settings.training.graph || OperationGraph.isSupported(on: device) else {
            throw TrainingError(
                """
                training.graph: steps on \(device) cannot be recorded as a graph. That needs device: cuda:N, a libtorch \
                for CUDA, and CUDA's headers when Pushforward was built. Leave it false.
                """)
        }
        seed = Seed(UInt64(settings.training.seed))
        data = try TrainingData(settings.data, seed: seed.child("data"))
        layout = data.layout
        var resolved = settings
        resolved.data = data.settings
        // What the files say may not agree with the rest, which could not be seen before.
        self.settings = try resolved.reading(file: nil)
        batches = try DriftingBatches(
            data, objective, latent: settings.model.latent(for: layout), device: device, seed: seed.child("batches"))
        secondEncoder = try self.settings.secondEncoder?.pretrained(for: layout, on: device)
        try encoderTraining?.demandSameEncoder()
        try requireRoom()
    }

    /// Asks for the cache once, so that one that is too small is found before the encoder is trained.
    private func requireRoom() throws {
        guard objective.features.cache != nil else { return }
        _ = try cache(joined(try pretrainedEncoder() ?? encoderTraining?.untrained()))
    }

    /// The training of the encoder, if the run has one whose weights are not given.
    var encoderTraining: EncoderTraining? {
        guard let settings = settings.encoder?.autoencoder, settings.weights == nil else { return nil }
        return EncoderTraining(settings: settings, data: data, device: device, seed: seed.child("encoder"))
    }

    /// The encoder with weights from a file, if the run has one.
    func pretrainedEncoder() throws -> (any FeatureEncoder)? {
        try settings.encoder?.pretrained(for: layout, on: device)
    }

    /// The training of the generator, and the generator with averaged weights.
    func trainer(
        encoder: (any FeatureEncoder)?
    ) throws -> (trainer: Trainer<DriftingObjective<GeneratorNetwork>>, averaged: GeneratorNetwork) {
        let store = ParameterStore(seed: seed.child("generator"), device: device)
        let network = GeneratorNetwork(settings, for: layout, in: store.root)
        let encoder = joined(encoder)
        let trainer = Trainer(
            model: network,
            objective: DriftingObjective<GeneratorNetwork>(
                field: objective.field.field, features: objective.features.selection, encoder: encoder,
                chunk: objective.chunk),
            batches: batches.caching(in: try cache(encoder)), store: store, settings: settings.training,
            seed: seed.child("loss"))
        return (trainer, GeneratorNetwork(settings, for: layout, in: trainer.averages.store.root))
    }

    /// The encoder and the second one, if the run has that.
    private func joined(_ encoder: (any FeatureEncoder)?) -> (any FeatureEncoder)? {
        guard let encoder, let secondEncoder else { return encoder }
        return JoinedEncoder(encoder, secondEncoder)
    }

    /// Room for what the encoder makes of real pictures, if the settings give any.
    private func cache(_ encoder: (any FeatureEncoder)?) throws -> FeatureCache? {
        guard let encoder, let gibibytes = objective.features.cache else { return nil }
        guard !data.isDrawnAnew else {
            throw TrainingError(
                """
                objective.features.cache: noise of data.dequantise or data.posterior makes every picture new, so there is \
                nothing to keep. Write cache: null, or dequantise: false or posterior: mean.
                """)
        }
        return try FeatureCache(
            data, encoder, objective.features.selection, on: device,
            precision: settings.training.precision.dtype(on: device), gibibytes: gibibytes)
    }

    /// What looks at the samples while the run trains; nil if the run wants none, or has too few data.
    func monitor(
        _ folder: RunFolder, _ averaged: GeneratorNetwork, encoder: (any FeatureEncoder)?, resumingAt step: Int
    ) throws -> HealthMonitor? {
        let generator = TrainedGenerator(settings, layout, averaged, step: 0, on: device)
        let examiner = try Examiner(
            generator, data, encoder: encoder, temperatures: objective.field.temperatures,
            seed: seed.child("examination"))
        return try examiner.map {
            try HealthMonitor(
                folder, $0, every: settings.evaluation.every, steps: settings.training.steps, resumingAt: step)
        }
    }

    /// What draws pictures while the run trains.
    func gallery(_ folder: RunFolder, _ averaged: GeneratorNetwork) -> Gallery {
        let generator = TrainedGenerator(settings, layout, averaged, step: 0, on: device)
        return Gallery(folder, settings.evaluation, generator, data, seed: seed.child("gallery"))
    }
}
