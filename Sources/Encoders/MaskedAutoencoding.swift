public import Backbones
public import Generative
public import RunData
public import Torch

/// The loss of a masked autoencoder: (1 - w) reconstruction of hidden parts + w cross entropy of the classes.
///
/// Source: arXiv 2602.04770, A.3. The release adds the classifier in the last 3000 steps only, its weight growing over 1000
/// from 0 to 0.1; on small budgets it pays from the start.
public struct MaskedAutoencoding: Objective {
    /// The network.
    public typealias Model = MaskedAutoencoder
    /// Images and their classes.
    public typealias Batch = LabelledExamples

    /// Probability that a square of 2 x 2 positions is hidden, drawn for each image.
    public var maskRatios: ClosedRange<Double>
    /// Weight w of the classifier, once it is there.
    public var classifierWeight: Double
    /// Step from which on the classifier counts.
    public var classifierFrom = 0
    /// Steps over which its weight grows from 0.
    public var classifierRamp = 0

    /// An objective whose classifier counts from the start.
    public init(maskRatios: ClosedRange<Double>, classifierWeight: Double) {
        self.maskRatios = maskRatios
        self.classifierWeight = classifierWeight
    }

    /// Weight w of the classifier at a step.
    public func classifierWeight(at step: Int) -> Double {
        guard step >= classifierFrom else { return 0 }
        let share = classifierRamp > 0 ? Double(step - classifierFrom) / Double(classifierRamp) : 1
        return classifierWeight * min(1, share)
    }

    /// Loss per image [B] with its two terms, and the share of images that are classified right.
    public func loss(of model: MaskedAutoencoder, on batch: LabelledExamples, using source: RandomSource) -> Loss {
        let patch = model.configuration.encoder.patch
        let s = batch.values.shape
        let mask = MaskedAutoencoder.mask(
            for: [s[0], s[1], s[2] / patch, s[3] / patch], ratios: maskRatios, using: source)
        let losses = model.losses(of: batch.values, mask: mask, labels: batch.labels)
        let weight = classifierWeight(at: batch.step)
        let accuracy = (losses.logits.detach().argmax(1) .== batch.labels).to(.float32).mean()
        return Loss(
            sumOf: [
                .init("reconstruction", weight: 1 - weight, losses.reconstruction),
                .init("classification", weight: weight, losses.classification),
            ], metrics: ["accuracy": accuracy])
    }
}
