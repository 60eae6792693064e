internal import Backbones
internal import Generative
internal import Torch

/// A denoiser of diffusers as a model of levels: it is told the index of its table, and inputs of unit variance.
struct StepModel: LevelModel {
    typealias Condition = Tensor

    private enum Network: Sendable {
        case unet(UNet2D)
        case transformer(DiTTransformer2D)
    }

    private let network: Network
    private let guidance: Double
    private var range: ClosedRange<Double>?
    private var prediction = Prediction.noise

    /// - Throws: ``ArtifactError`` if the network has no label for no class, which guidance needs, or no size.
    init(_ network: StoredNetwork.Built, _ origin: String, guidance: Double) throws {
        self.guidance = guidance
        switch network {
        case .transformer(let transformer): self.network = .transformer(transformer)
        case .unet(let unet):
            guard guidance == 1 else {
                throw ArtifactError(
                    origin, "is a UNet2DModel, which knows no label for no class", remedy: "Leave out --guidance.")
            }
            guard unet.configuration.size != nil else {
                throw ArtifactError(
                    origin, "does not say its sample_size", remedy: "Set sample_size in its configuration.")
            }
            self.network = .unet(unet)
        default: fatalError("Artifacts: a network that takes no steps")
        }
        guard [1, 2].contains(outputs / shape[0]), outputs % shape[0] == 0 else {
            throw ArtifactError(
                origin, "predicts \(outputs) channels for \(shape[0]), neither as many nor twice as many",
                remedy: "Use a network that predicts noise, data or v.")
        }
    }

    /// True if the network also predicts variances.
    var learnsVariances: Bool { outputs == 2 * shape[0] }

    private var outputs: Int {
        switch network {
        case .unet(let unet): unet.configuration.outputChannels
        case .transformer(let transformer): transformer.configuration.outputChannels
        }
    }

    func clipping(to range: ClosedRange<Double>?, predicting prediction: Prediction) -> StepModel {
        var model = self
        (model.range, model.prediction) = (range, prediction)
        return model
    }

    var classes: Int {
        switch network {
        case .unet(let unet): unet.configuration.classes ?? 1
        case .transformer(let transformer): transformer.configuration.classes
        }
    }

    /// [C, H, W] of what is drawn.
    var shape: [Int] {
        switch network {
        case .unet(let unet):
            [unet.configuration.channels, unet.configuration.size ?? 0, unet.configuration.size ?? 0]
        case .transformer(let transformer):
            [transformer.configuration.channels, transformer.configuration.size, transformer.configuration.size]
        }
    }

    func passes(at level: NoiseLevel) -> Int { guidance == 1 ? 1 : 2 }

    func estimate(at x: Tensor, level: NoiseLevel, given labels: Tensor) -> Estimate {
        // Samplers that keep data at their scale hold x = y + r e; the network knows the same point at unit variance.
        let scale = 1 / (level.alpha * level.alpha + level.sigma * level.sigma).squareRoot()
        let seen = NoiseLevel(alpha: level.alpha * scale, sigma: level.sigma * scale, time: level.time)
        let position = scale == 1 ? x : x * scale
        let output = predict(position, level.time, labels)
        let (value, rest) = (output.slice(1, 0, x.shape[1]), output.shape[1] > x.shape[1])
        var estimate = seen.estimate(from: value, as: prediction, at: position)
        if let range { estimate = seen.estimate(from: estimate.data.clamp(range), as: .data, at: position) }
        if rest { estimate.varianceShare = (output.slice(1, x.shape[1], output.shape[1]) + 1) / 2 }
        return estimate
    }

    private func predict(_ x: Tensor, _ time: Double, _ labels: Tensor) -> Tensor {
        let steps = Tensor.full([x.shape[0]], time, device: x.device)
        switch network {
        case .unet(let unet): return unet(x, step: steps, labels: unet.configuration.classes == nil ? nil : labels)
        case .transformer(let transformer):
            guard guidance != 1 else { return transformer(x, step: steps, labels: labels) }
            let none = Tensor.full(
                labels.shape, Double(transformer.configuration.classes), dtype: .int64, device: x.device)
            let both = transformer(
                Tensor.cat([x, x]), step: Tensor.cat([steps, steps]), labels: Tensor.cat([labels, none])
            ).chunk(2)
            let channels = x.shape[1]
            let (told, free) = (both[0].slice(1, 0, channels), both[1].slice(1, 0, channels))
            let mixed = free + (told - free) * guidance
            // Learned variances are those with the class.
            return both[0].shape[1] == channels
                ? mixed : Tensor.cat([mixed, both[0].slice(1, channels, both[0].shape[1])], 1)
        }
    }
}
