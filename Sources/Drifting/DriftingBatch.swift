public import Features
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
    /// Noise of a second generated batch with the same conditions, shaped like ``noise``, for fields that need one.
    public var independentNoise: Tensor?
    /// What the encoder makes of the real samples, [B (P + Q), F, S] with the positives of a label before its negatives, where
    /// it is known; computed in the step if absent.
    public var encoded: [FeatureVectors]?
    /// Factor of the field's widths at this step: 1 unless bandwidths are annealed.
    public var width = 1.0

    /// Collects what a step sees.
    public init(
        noise: Tensor, condition: Condition, positives: Tensor, negatives: Tensor? = nil, guidance: Tensor? = nil,
        independentNoise: Tensor? = nil
    ) {
        self.noise = noise
        self.condition = condition
        self.positives = positives
        self.negatives = negatives
        self.guidance = guidance
        self.independentNoise = independentNoise
    }
}

extension DriftingBatch: RecordableBatch where Condition: RecordableBatch {
    /// The batch with each tensor replaced: noise, condition, positives, negatives, guidance, independent noise,
    /// what the encoder makes of real samples.
    public func mapTensors(_ transform: (Tensor) -> Tensor) -> DriftingBatch {
        var batch = DriftingBatch(
            noise: transform(noise), condition: condition.mapTensors(transform), positives: transform(positives),
            negatives: negatives.map(transform), guidance: guidance.map(transform),
            independentNoise: independentNoise.map(transform))
        batch.encoded = encoded?.map { FeatureVectors($0.name, transform($0.values)) }
        batch.width = width
        return batch
    }

    /// The factor of the field's widths.
    public var constants: [Double] { [width] + condition.constants }
}
