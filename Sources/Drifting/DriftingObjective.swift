public import Generative
public import Torch

/// What one step of training a drifting model sees: B labels, G generated and P real samples for each.
public struct DriftingBatch<Condition: Sendable>: Sendable {
    /// Noise of the generated samples, label after label, [B G, ...].
    public var noise: Tensor
    /// Condition of the generated samples, in the same order.
    public var condition: Condition
    /// Real samples of each label [B, P, C, H, W].
    public var positives: Tensor
    /// Real samples of any class [B, Q, C, H, W], which repel with a weight: guidance at training time.
    public var negatives: Tensor?
    /// Guidance strength of each label [B], at least 1; 1 if absent.
    public var guidance: Tensor?

    /// Collects what a step sees.
    public init(
        noise: Tensor, condition: Condition, positives: Tensor, negatives: Tensor? = nil, guidance: Tensor? = nil
    ) {
        self.noise = noise
        self.condition = condition
        self.positives = positives
        self.negatives = negatives
        self.guidance = guidance
    }
}

/// The drifting loss over features of an encoder.
///
///     loss_b = sum over features of the mean over locations of mean (x / unit - stopgrad(x / unit + V))²
///
/// Source: arXiv 2602.04770, equations 6 and 14, and the release: every feature counts once, whatever its number of
/// locations, and each location of each label is a group of its own.
///
/// Each force is normalised to unit mean square, so **the loss stays flat by design**. What falls in training is the raw
/// mean square of the forces, the metric `strength_TAU`, averaged over features here and given per feature as
/// `strength_TAU/FEATURE`.
public struct DriftingObjective<Model: OneStepGenerator>: Objective where Model.Condition: Sendable {
    /// What a step sees.
    public typealias Batch = DriftingBatch<Model.Condition>

    /// The field that moves the samples.
    public var field: any DriftField
    /// Which vectors of images and feature maps it acts on.
    public var features: FeatureSelection
    /// The frozen encoder, if samples drift in more than their own space.
    public var encoder: (any FeatureEncoder)?

    /// An objective.
    public init(
        field: any DriftField = FusedDriftField(), features: FeatureSelection = FeatureSelection(),
        encoder: (any FeatureEncoder)? = nil
    ) {
        self.field = field
        self.features = features
        self.encoder = encoder
    }

    /// Loss per label [B] with one term per feature.
    ///
    /// - Parameters:
    ///   - model: The generator.
    ///   - batch: What the step sees.
    ///   - source: Unused: the noise is part of the batch.
    public func loss(of model: Model, on batch: Batch, using source: RandomSource) -> Loss {
        let generated = model.generate(from: batch.noise, given: batch.condition)
        let real = RealFeatures(batch, features, encoder)
        let vectors = features.vectors(of: generated, encoder: encoder)
        var terms: [Loss.Term] = []
        var statistics = DriftStatistics(temperatures: field.temperatures)
        for (vector, real) in zip(vectors, real.vectors) {
            let points = real.points(generated: vector.values)
            let (perGroup, drift) = field.loss(of: points)
            terms.append(.init(vector.name, perGroup.reshape(batch.positives.shape[0], -1).mean(1)))
            statistics.add(drift, feature: vector.name)
        }
        return Loss(sumOf: terms, metrics: statistics.metrics)
    }
}

/// Feature vectors of the real samples of a batch; positives and negatives go through the encoder together.
private struct RealFeatures {
    struct Vectors {
        let labels: Int
        let positives: Tensor
        let negatives: Tensor?
        let negativeWeights: Tensor?
    }

    let vectors: [Vectors]

    init<Condition>(_ batch: DriftingBatch<Condition>, _ features: FeatureSelection, _ encoder: (any FeatureEncoder)?) {
        let labels = batch.positives.shape[0]
        let perLabel = [batch.positives.shape[1], batch.negatives?.shape[1] ?? 0]
        let images = Tensor.cat([batch.positives] + (batch.negatives.map { [$0] } ?? []), 1).flatten(0, 1)
        let weights = Self.negativeWeights(batch)
        vectors = withoutGradients {
            features.vectors(of: images, encoder: encoder).map { vector in
                let tokens = vector.values.shape[1]
                let parts = Self.grouped(vector.values, labels: labels).split(perLabel, 1)
                return Vectors(
                    labels: labels, positives: parts[0], negatives: perLabel[1] > 0 ? parts[1] : nil,
                    negativeWeights: weights.map { $0.repeatInterleave(tokens, 0) })
            }
        }
    }

    /// Weight (alpha - 1) (G - 1) / Q of each negative [B, Q]: arXiv 2602.04770, equation 15, as the release has it.
    private static func negativeWeights<Condition>(_ batch: DriftingBatch<Condition>) -> Tensor? {
        guard let negatives = batch.negatives else { return nil }
        let labels = batch.positives.shape[0]
        let (generated, count) = (batch.noise.shape[0] / labels, negatives.shape[1])
        let alpha = batch.guidance ?? .ones([labels], device: negatives.device)
        return ((alpha - 1) * (Double(generated - 1) / Double(max(1, count)))).unsqueeze(1).expand(labels, count)
    }

    /// [labels N, F, S] to [labels F, N, S]: each location of each label is a group.
    static func grouped(_ values: Tensor, labels: Int) -> Tensor {
        let s = values.shape
        return values.reshape(labels, s[0] / labels, s[1], s[2]).transpose(1, 2).flatten(0, 1)
    }
}

extension RealFeatures.Vectors {
    /// The groups of one feature, with generated vectors [labels G, F, S].
    func points(generated: Tensor) -> DriftPoints {
        DriftPoints(
            generated: RealFeatures.grouped(generated, labels: labels), positives: positives, negatives: negatives,
            negativeWeights: negativeWeights)
    }
}

/// Raw strengths of a step, per temperature and feature, and their means over features.
private struct DriftStatistics {
    let temperatures: [Double]
    private var byTemperature: [[Tensor]]
    private var perFeature: NamedTensors = [:]

    init(temperatures: [Double]) {
        self.temperatures = temperatures
        byTemperature = temperatures.map { _ in [] }
    }

    mutating func add(_ drift: Drift, feature: String) {
        perFeature["scale/\(feature)"] = drift.scale
        for (index, strength) in drift.strengths.enumerated() {
            byTemperature[index].append(strength)
            perFeature["strength_\(temperatures[index])/\(feature)"] = strength
        }
    }

    var metrics: NamedTensors {
        var metrics: NamedTensors = [:]
        for (temperature, strengths) in zip(temperatures, byTemperature) {
            metrics["strength_\(temperature)"] = Tensor.stack(strengths).mean()
        }
        for (name, value) in perFeature { metrics[name] = value }
        return metrics
    }
}
