internal import Backbones
public import Generative
public import Torch
internal import TorchNN

/// Draws samples with an ``ImportedModel``: one evaluation of a generator, or all steps of a denoiser, then the autoencoder.
///
/// Samples are made a few at a time, always as many, so that memory does not depend on their number, and a sample's bits not on how many are
/// drawn with it.
public struct ModelSampler: Sendable {
    /// Rows of an evaluation.
    static let rows = 4

    /// Choices of a user.
    public struct Options: Sendable, Hashable {
        /// Steps of the scheduler, its own number if nil; generators have one.
        public var steps: Int?
        /// Guidance: the strength that a generator is told, or the scale of classifier-free guidance; 1 by default.
        public var guidance = 1.0
        /// η of DDIM.
        public var eta = 0.0

        /// The model's own choices.
        public init() {}
    }

    /// Number of classes; 1 of models without.
    public let classes: Int
    /// Shape of a sample, [C, H, W].
    public let sampleShape: [Int]
    /// True if samples are latents, because the model has no autoencoder.
    public let isLatent: Bool
    /// A phrase for reports, such as "DDIM, 50 steps".
    public let description: String
    private let source: Source
    private let autoencoder: AutoencoderKL?
    private let device: Device
    /// Images beyond this size are decoded in parts.
    private let tiling = Tiling(size: 512)

    /// Ways to the values that the autoencoder sees.
    private enum Source: Sendable {
        case generator(DiT, strength: Double)
        case denoiser(StepModel, DiffusersScheduler.Plan, shape: [Int])
    }

    /// A sampler, whose networks are loaded.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - options: Choices of the user.
    ///   - device: Place of the networks.
    /// - Throws: ``ArtifactError`` if the model draws nothing, such as an autoencoder alone, or cannot be guided.
    public init(_ model: ImportedModel, _ options: Options = Options(), on device: Device = .cpu) throws {
        self.device = device
        let (network, _) = try model.network.load(on: device)
        let shape: [Int]
        switch network {
        case .generator(let generator):
            let sizes = generator.configuration
            (classes, shape) = (sizes.classes, [sizes.outputChannels, sizes.size, sizes.size])
            source = .generator(generator, strength: options.guidance)
            description = "one evaluation, guidance \(options.guidance)"
        case .unet, .transformer:
            let step = try StepModel(network, model.network.origin, guidance: options.guidance)
            let scheduler = try Self.scheduler(of: model)
            guard step.learnsVariances || !scheduler.learnsVariances else {
                throw ArtifactError(
                    model.network.origin, "predicts no variances, which its scheduler's variance_type asks for",
                    remedy: "Set variance_type to fixed_small or fixed_large.")
            }
            let plan = try scheduler.plan(steps: options.steps, eta: options.eta)
            (classes, shape) = (step.classes, step.shape)
            source = .denoiser(step.clipping(to: plan.range, predicting: plan.prediction), plan, shape: shape)
            let guided = options.guidance == 1 ? "" : ", guidance \(options.guidance)"
            description = "\(plan.rule.description), \(plan.grid.count) steps\(guided)"
        case .autoencoder, .maskedAutoencoder:
            throw ArtifactError(
                model.network.origin, "holds \(model.network.kind.rawValue), which draws no samples",
                remedy: "Name a model that does; an autoencoder goes beside it.")
        }
        autoencoder = try model.autoencoder.map { stored in
            guard case .autoencoder(let network) = try stored.load(on: device).network else {
                throw ArtifactError(stored.origin, "is no AutoencoderKL", remedy: "Import the model again.")
            }
            return network
        }
        if let autoencoder {
            let sizes = autoencoder.configuration
            guard sizes.latentChannels == shape[0] else {
                throw ArtifactError(
                    model.network.origin,
                    "makes latents of \(shape[0]) channels, and its autoencoder decodes \(sizes.latentChannels)",
                    remedy: "Import it with its own autoencoder.")
            }
            sampleShape = [sizes.outputChannels, shape[1] * sizes.factor, shape[2] * sizes.factor]
        } else {
            sampleShape = shape
        }
        // Three channels are colours and one is gray; latents have four or more.
        isLatent = autoencoder == nil && ![1, 3].contains(shape[0])
    }

    private static func scheduler(of model: ImportedModel) throws -> DiffusersScheduler {
        guard let scheduler = model.scheduler else {
            throw ArtifactError(
                model.network.origin, "has no scheduler, which says how its noise is scaled",
                remedy: "Import it again with its scheduler_config.json: --scheduler FILE.")
        }
        return try DiffusersScheduler(scheduler, from: model.network.origin)
    }

    /// One sample per label.
    ///
    /// - Parameters:
    ///   - labels: Classes, one per sample.
    ///   - seed: Origin of the noise; sample i depends on it, i and its label alone.
    ///   - first: Number of the first sample.
    ///   - progress: Told the share that is done.
    /// - Returns: Images [N, C, H, W] in [-1, 1], or latents, float32 on the CPU.
    public func samples(
        of labels: [Int], seed: Seed, first: Int = 0, progress: ((Double) throws -> Void)? = nil
    ) throws -> Samples {
        guard !labels.isEmpty else {
            return Samples(values: .zeros([0] + sampleShape), evaluations: 0, stopped: .completed)
        }
        let parts = try withoutGradients {
            try stride(from: 0, to: labels.count, by: Self.rows).map { start in
                let count = min(Self.rows, labels.count - start)
                // The last rows are copies, so that every evaluation has as many.
                let places = (0..<Self.rows).map { start + min($0, count - 1) }
                let drawn = try draw(places.map { $0 + first }, places.map { labels[$0] }, SampleNoise(seed)) { share in
                    try progress?((Double(start) + share * Double(count)) / Double(labels.count))
                }
                return kept(drawn, count)
            }
        }
        return Samples(joining: parts)
    }

    private func kept(_ samples: Samples, _ count: Int) -> Samples {
        var values = samples.values.slice(0, 0, count)
        if let autoencoder {
            // One at a time: images are large, and alone their bits are the same whatever is decoded beside them.
            values = Tensor.cat((0..<count).map { autoencoder.decode(values.slice(0, $0, $0 + 1), tiling: tiling) })
        }
        return Samples(
            values: (isLatent ? values : values.clamp(-1...1)).to(.cpu, .float32),
            evaluations: Array(samples.evaluations.prefix(count)), passes: Array(samples.passes.prefix(count)),
            stopped: Array(samples.stopped.prefix(count)))
    }

    private func draw(
        _ indices: [Int], _ labels: [Int], _ noise: SampleNoise, _ progress: (Double) throws -> Void
    ) throws -> Samples {
        let classes = Tensor(labels, device: device)
        switch source {
        case .generator(let generator, let strength):
            let start = noise.normal(indices, shape: [generator.configuration.latent]).to(device)
            let values = generator(
                latent: start, labels: classes, guidance: .full([labels.count], strength, device: device))
            try progress(1)
            return Samples(values: values, evaluations: 1, stopped: .completed)
        case .denoiser(let model, let plan, let shape):
            let start = noise.normal(indices, shape: shape).to(device) * plan.startDeviation
            func follow(_ rule: some StepRule) throws -> Samples {
                try DiffusionSampler(rule, over: plan.grid, for: StepModel.self).sample(
                    model, from: start, given: classes,
                    drawing: { noise.normal(indices, shape: shape, for: "step \($0)").to(device) },
                    observing: { try progress($0.fraction) })
            }
            return try follow(plan.rule)
        }
    }
}
