internal import Backbones
public import Features
public import RunData
public import Torch
public import TorchNN
public import Training

/// The training of a masked autoencoder whose encoder gives features to later stages.
public struct EncoderTraining {
    /// Network and training.
    public let settings: AutoencoderSettings
    private let data: TrainingData
    private let device: Device
    private let seed: Seed
    private let identity: CheckpointIdentity

    /// The training of an encoder on data.
    ///
    /// - Parameters:
    ///   - settings: Network and training.
    ///   - data: Images or latents.
    ///   - device: Place of the training.
    ///   - seed: Origin of weights, batches and masks.
    ///   - identity: Method and stage, for checkpoints.
    public init(
        _ settings: AutoencoderSettings, on data: TrainingData, _ device: Device, seed: Seed,
        identity: CheckpointIdentity
    ) {
        self.settings = settings
        self.data = data
        self.device = device
        self.seed = seed
        self.identity = identity
    }

    /// The training at its start.
    ///
    /// - Throws: `DatasetError` if there are fewer images than a batch takes.
    public func trainer() throws -> Trainer<MaskedAutoencoding> {
        let store = ParameterStore(seed: seed.child("weights"), device: device)
        let sizes = settings.configuration(channels: data.layout.channels, classes: data.layout.classes)
        return Trainer(
            model: MaskedAutoencoder(sizes, in: store.root),
            objective: objective,
            batches: try LabelledBatches(
                data, size: settings.batch, key: "method.features.encoder.batch",
                flipping: settings.flip || data.settings.isFlipped,
                crop: settings.crop?.crop, device: device, seed: seed.child("batches")),
            store: store, settings: settings.training, seed: seed.child("masks"), identity: identity)
    }

    /// The encoder in a store of averaged weights, frozen.
    public func frozen(in store: ParameterStore) -> any FeatureEncoder {
        store.freeze()
        let sizes = settings.configuration(channels: data.layout.channels, classes: data.layout.classes)
        let network = MaskedAutoencoder(sizes, in: store.root).encoder
        return FrozenEncoder(network, stem: settings.stem, everyBlock: settings.everyBlock)
    }

    private var objective: MaskedAutoencoding {
        var objective = MaskedAutoencoding(
            maskRatios: settings.maskRatio...(settings.maskRatioTo ?? settings.maskRatio),
            classifierWeight: settings.classifierWeight)
        (objective.classifierFrom, objective.classifierRamp) = (settings.classifierFrom, settings.classifierRamp)
        return objective
    }
}
