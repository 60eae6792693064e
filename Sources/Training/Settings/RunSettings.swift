public import Settings

/// Everything that a run depends on: what `config.yaml` holds.
public struct RunSettings: SettingsSection, Sendable {
    /// What is learned.
    public var data: DataSettings = .fashionMNIST(ImageDataSettings())
    /// The network that learns it.
    public var model: ModelSettings = .convGenerator(ConvGeneratorSettings())
    /// The network in whose features samples drift; none for points.
    public var encoder: EncoderSettings? = .autoencoder(AutoencoderSettings())
    /// A network with weights from a file whose features count besides; none if nil.
    public var secondEncoder: EncoderSettings?
    /// The method.
    public var objective: ObjectiveSettings = .drifting(DriftingSettings())
    /// Steps, optimiser, precision.
    public var training = TrainingSettings()
    /// What is drawn while training.
    public var evaluation = EvaluationSettings()

    /// The demo: a one-step generator of Fashion-MNIST.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key.section("data", &data, by: "name", DataSettings.kinds, about: "What is learned.")
        key.section("model", &model, by: "name", ModelSettings.kinds, about: "The network that learns it.")
        key.section(
            "encoder", &encoder, initial: .autoencoder(AutoencoderSettings()), by: "name", EncoderSettings.kinds,
            about: "The network in whose features samples drift; null to drift in the samples' own space.")
        key.section(
            "second_encoder", &secondEncoder, initial: .convNeXt(ConvNeXtSettings()), by: "name",
            EncoderSettings.kinds,
            about: "Another one with given weights, whose features count besides; null for none.")
        key.section("objective", &objective, by: "name", ObjectiveSettings.kinds, about: "The method.")
        key.section("training", &training)
        key.section("evaluation", &evaluation)
        requireAgreement(key)
    }

    /// Names the combinations that make no run.
    private func requireAgreement(_ key: SettingsKeys) {
        let (isSpatial, drawsImages, hasEncoder) = (data.isSpatial, model.drawsImages, encoder != nil)
        key.require(
            isSpatial == drawsImages, "model",
            drawsImages
                ? "draws images, but the data are points: use mlp"
                : "draws points, but the data are images: use conv_generator or dit")
        // What is not known until the files are read is examined then.
        let layout = try? DataLayout(data)
        if let layout, layout.isSpatial {
            if case .dit(let sizes) = model { sizes.requireAgreement(key, layout) }
            encoder?.requireAgreement(key, layout)
            secondEncoder?.requireAgreement(key, layout)
        }
        key.require(
            secondEncoder == nil || encoder != nil, "second_encoder", "comes beside a first one, but encoder is null")
        key.require(
            secondEncoder?.autoencoder.map { $0.weights != nil } ?? true, "second_encoder",
            "is not trained: give it weights, or make it the encoder")
        key.require(isSpatial || !hasEncoder, "encoder", "needs images, but the data are points: write encoder: null")
        key.require(drawsImages || !isGuided, "objective", "has guidance, which mlp cannot take: write guidance: null")
        key.require(
            evaluation.judge != .classifier || layout?.isImage != false, "evaluation",
            "has the judge classifier, which needs images: write judge: encoder or pixels")
        switch objective {
        case .drifting(let drifting): drifting.features.requireAgreement(key, layout, encoder)
        }
    }
}

/// Steps, optimiser, precision and checkpoints of one training.
public struct TrainingSettings: SettingsSection, Sendable, Hashable {
    /// Optimiser steps.
    public var steps = 800
    /// Where all randomness of the run comes from.
    public var seed = 0
    /// Steps between checkpoints.
    public var checkpointEvery = 100
    /// Newest checkpoints that are kept.
    public var keepCheckpoints = 2
    /// `cpu`, `cuda:N` or `mps`.
    public var device = "cpu"
    /// Type of the matrix products and convolutions.
    public var precision = Precision.auto
    /// Whether steps are recorded once as a CUDA graph and replayed.
    public var graph = false
    /// Largest step length.
    public var learningRate = 2e-3
    /// How the step length changes.
    public var schedule = Schedule.constant
    /// Steps over which the step length grows to its largest.
    public var warmupSteps = 20
    /// Decay of AdamW's first and second moment.
    public var betas = [0.9, 0.95]
    /// AdamW's decoupled weight decay.
    public var weightDecay = 0.01
    /// Largest norm of all gradients together; nil for no limit.
    public var clip: Double? = 2
    /// Decays of the averaged weights; the first is the one that is sampled from.
    public var averages = [0.998]
    /// Steps between lines of `metrics.jsonl`.
    public var logEvery = 1

    /// The demo's training.
    public init() {}

    /// Type of the matrix products and convolutions; everything else is float32.
    public enum Precision: String, Sendable, Hashable, CaseIterable, SettingsValue {
        /// bfloat16 where the device multiplies it in hardware, else float32.
        case auto
        case float32
        /// float32 whose products and convolutions on CUDA round their factors to TF32; elsewhere float32.
        case tf32
        case bfloat16
    }

    /// How the step length changes after the warm-up.
    public enum Schedule: String, Sendable, Hashable, CaseIterable, SettingsValue {
        case constant
        /// Half a cosine down to a hundredth.
        case cosine
        /// A straight line down to a hundredth.
        case linear
    }

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("seed", &seed, .in(0...), about: "Where all randomness of the run comes from.")
        key("device", &device, .nonEmpty, about: "cpu, cuda:N or mps.")
        key(
            "graph", &graph,
            about: "Record the step as a CUDA graph and replay it; needs device cuda:N. Not tested yet.")
        bindStage(key)
    }

    /// Names the keys that each training within a run has of its own: all but seed, device and graph, which are the run's.
    mutating func bindStage(_ key: SettingsKeys) {
        key("steps", &steps, .in(1...), about: "Optimiser steps.")
        key("checkpoint_every", &checkpointEvery, .in(1...), about: "Steps between checkpoints.")
        key("keep_checkpoints", &keepCheckpoints, .in(1...), about: "Newest checkpoints that are kept.")
        key(
            "precision", &precision,
            about: "Type of products and convolutions; auto is bfloat16 where hardware has it, tf32 is for CUDA.")
        key("learning_rate", &learningRate, .positive, about: "Largest step length of AdamW.")
        key("schedule", &schedule, about: "How the step length changes after the warm-up.")
        key("warmup_steps", &warmupSteps, .in(0...), about: "Steps over which the step length grows from 0.")
        key("betas", &betas, .count(.in(2...2)), .each(.in(0..<1)), about: "Decay of AdamW's two moments.")
        key("weight_decay", &weightDecay, .in(0...), about: "AdamW's decoupled weight decay, per unit of step length.")
        key("clip", &clip, .positive, about: "Largest norm of all gradients together; null for no limit.")
        key(
            "averages", &averages, .nonEmpty, .distinct, .each(.in(0..<1)),
            about: "Decays of averaged weights; the first is sampled from.")
        key("log_every", &logEvery, .in(1...), about: "Steps between lines of metrics.jsonl.")
        key.require(
            schedule == .constant || warmupSteps < steps, "warmup_steps",
            "must be below the \(steps) steps, since schedule \(schedule.rawValue) decays after the warm-up")
    }
}

/// What is drawn and examined while training.
public struct EvaluationSettings: SettingsSection, Sendable, Hashable {
    /// Steps between pictures of the same noise.
    public var every = 50
    /// Samples of each class in a picture.
    public var perClass = 10
    /// Samples that are examined at the same steps; none if 0.
    public var samples = 500
    /// In whose features they are examined.
    public var judge = Judge.encoder

    /// A picture and an examination every 50 steps.
    public init() {}

    /// What makes the features in which samples are examined.
    public enum Judge: String, Sendable, Hashable, CaseIterable, SettingsValue {
        /// The run's own encoder, its last map averaged over locations; plain values if it has none. Costs nothing more,
        /// but what trains the samples also judges them.
        case encoder
        /// The built-in classifier, trained from the labels once and kept.
        case classifier
        /// The values themselves.
        case pixels
    }

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("every", &every, .in(1...), about: "Steps between pictures of the same noise, and between examinations.")
        key(
            "per_class", &perClass, .in(1...100),
            about: "Samples of each class in a picture; of 20 classes if there are more.")
        key(
            "samples", &samples, .in(0...100_000),
            about: "Samples that are examined for quality, variety and collapse; 0 for none.")
        key("judge", &judge, about: "In whose features: encoder (the run's own), classifier (built in) or pixels.")
    }
}
