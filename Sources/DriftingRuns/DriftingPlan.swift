internal import Backbones
internal import Drifting
internal import Encoders
internal import Features
internal import Foundation
internal import RunData
internal import Runs
internal import Settings
internal import Torch
internal import TorchNN
internal import Training

/// The stages of a drifting run: the encoder, unless its weights are given, and the generator.
struct DriftingPlan: RunPlan {
    private let method: DriftingMethod
    private let context: RunContext
    private let batches: DriftingBatches
    private let training: EncoderTraining?
    private let pretrained: (any FeatureEncoder)?
    private let secondEncoder: (any FeatureEncoder)?

    init(_ method: DriftingMethod, _ context: RunContext) throws {
        self.method = method
        self.context = context
        let (data, device) = (context.data, context.device)
        batches = try DriftingBatches(data, method, device: device, seed: context.seed.child("batches"))
        training = Self.training(method, context)
        try method.features.encoder?.autoencoder?.demandSameEncoder()
        pretrained = try method.features.encoder?.pretrained(for: data.layout, on: device)
        secondEncoder = try method.features.secondEncoder?.pretrained(for: data.layout, on: device)
        try requireRoom()
    }

    private static func training(_ method: DriftingMethod, _ context: RunContext) -> EncoderTraining? {
        guard let settings = method.features.encoder?.autoencoder, settings.weightFile == nil else { return nil }
        var training = settings
        training.training.seed = context.settings.training.seed
        training.training.device = context.settings.training.device
        return EncoderTraining(
            training, on: context.data, context.device, seed: context.seed.child("encoder"),
            identity: context.identity(of: DriftingMethod.encoderStage))
    }

    /// Asks for the cache once, so that one that is too small is found before the encoder is trained.
    private func requireRoom() throws {
        guard method.features.cache != nil else { return }
        let untrained = try training.map { $0.frozen(in: try $0.trainer().averages.store) }
        _ = try cache(joined(untrained ?? pretrained))
    }

    var stages: [any Stage] {
        let generator = GeneratorStage(plan: self, method: method, context: context)
        return (training.map { [EncoderStage(encoder: $0)] } ?? []) + [generator]
    }

    var collapseAdvice: String {
        "more generated samples per label, wider temperatures or a smaller training.learning_rate may."
    }

    func judge(after finished: [String: ParameterStore]) throws -> FeatureJudge? {
        guard context.data.layout.isSpatial, let encoder = try encoder(after: finished) else { return nil }
        return FeatureJudge("the run's encoder") { images in
            guard let last = encoder.featureMaps(of: images).last else { fatalError("an encoder has at least one map") }
            return last.values.mean([2, 3])
        }
    }

    /// The overlap of kernels of each width, 1 for equal distributions.
    var measures: [ExaminationMeasure] {
        let temperatures = method.field.temperatures
        let names = temperatures.map { "overlap_\($0)" }
        return [
            ExaminationMeasure(drawn: names) { samples, real in
                let overlaps = KernelOverlap.between(samples, real, temperatures: temperatures)
                return Dictionary(uniqueKeysWithValues: zip(names, overlaps))
            }
        ]
    }

    func observers(in folder: RunFolder) -> [any RunObserver] {
        [StrengthPlots(folder, temperatures: method.field.temperatures)]
    }

    // MARK: The generator's training

    func generatorTrainer(after finished: [String: ParameterStore]) throws -> any Trainable {
        let store = ParameterStore(seed: context.seed.child("generator"), device: context.device)
        let network = try context.network(in: store)
        let encoder = joined(try encoder(after: finished))
        return Trainer(
            model: GeneratorNetwork(network),
            objective: DriftingObjective<GeneratorNetwork>(
                field: method.field.field, features: method.features.selection, encoder: encoder, chunk: method.chunk),
            batches: batches.drawing(latent: network.inputShape[0]).caching(in: try cache(encoder)), store: store,
            settings: context.settings.training,
            seed: context.seed.child("loss"), identity: context.identity(of: DriftingMethod.generatorStage))
    }

    /// The encoder of the run: trained by an earlier stage, or with weights from a file; nil if there is none.
    private func encoder(after finished: [String: ParameterStore]) throws -> (any FeatureEncoder)? {
        guard let training else { return pretrained }
        guard let weights = finished[DriftingMethod.encoderStage] else {
            fatalError("the encoder's stage comes before the generator's")
        }
        return training.frozen(in: ParameterStore(copying: weights))
    }

    /// The encoder and the second one, if the run has that.
    private func joined(_ encoder: (any FeatureEncoder)?) -> (any FeatureEncoder)? {
        guard let encoder, let secondEncoder else { return encoder }
        return JoinedEncoder(encoder, secondEncoder)
    }

    /// Room for the encoder's features of real pictures, if the settings give any.
    private func cache(_ encoder: (any FeatureEncoder)?) throws -> FeatureCache? {
        guard let encoder, let gibibytes = method.features.cache else { return nil }
        guard !context.data.isDrawnAnew else {
            throw TrainingError(
                """
                method.features.cache: noise of data.dequantise or data.posterior makes every picture new, so there is \
                nothing to keep. Write cache: null, or dequantise: false or posterior: mean.
                """)
        }
        return try FeatureCache(
            context.data, encoder, method.features.selection, on: context.device,
            precision: context.settings.training.precision.dtype(on: context.device), gibibytes: gibibytes)
    }
}

/// The training of the encoder.
private struct EncoderStage: Stage {
    let encoder: EncoderTraining

    var name: String { DriftingMethod.encoderStage }
    var training: TrainingSettings { encoder.settings.training }
    var announcement: String {
        let training = encoder.settings.training
        return "Encoder: a masked autoencoder, \(training.lengthForPeople)."
    }
    var shown: [String] { ["accuracy"] }
    var samplesPerStep: Int { encoder.settings.batch }

    func trainer(after finished: [String: ParameterStore]) throws -> any Trainable { try encoder.trainer() }
}

/// The training of the generator in the encoder's features.
private struct GeneratorStage: Stage {
    let plan: DriftingPlan
    let method: DriftingMethod
    let context: RunContext

    var name: String { DriftingMethod.generatorStage }
    var training: TrainingSettings { context.settings.training }
    var announcement: String { "Generator: drifting, \(training.lengthForPeople)." }
    var shown: [String] { method.field.temperatures.map { "strength_\($0)" } }
    var samplesPerStep: Int { (method.labels ?? context.data.layout.classes) * method.generated }

    func trainer(after finished: [String: ParameterStore]) throws -> any Trainable {
        try plan.generatorTrainer(after: finished)
    }
}

extension AutoencoderSettings {
    /// Requires, before a run begins, that the run that the encoder is taken from has the same one, trained.
    fileprivate func demandSameEncoder() throws {
        guard let path = from, let weights = weightFile else { return }
        let other = RunFolder(URL(filePath: path))
        guard other.exists, FileManager.default.fileExists(atPath: weights.path) else {
            throw TrainingError(
                """
                method.features.encoder.from: \(other.stage(DriftingMethod.encoderStage).url.path) has no trained encoder. Train that run first, or write \
                from: null to train one here.
                """)
        }
        let found = try RunSettings.drifting(of: other).features.encoder?.autoencoder
        guard let found, found.networkSizes == networkSizes else {
            throw TrainingError(
                """
                method.features.encoder.from: the encoder of \(path) has \(found?.networkSizes ?? "other features"), this run \
                wants \(networkSizes). Give the same, or write from: null to train one here.
                """)
        }
    }
}
