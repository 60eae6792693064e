public import Backbones
public import Generative
public import Torch

/// Images with their classes.
public struct LabelledImages: Sendable {
    /// Images [B, C, H, W] in [-1, 1].
    public var images: Tensor
    /// Classes [B], int64.
    public var labels: Tensor
    /// Step of the training that sees them.
    public var step = 0
}

/// The loss of a masked autoencoder: (1 - w) reconstruction of what is hidden + w cross entropy of the classes.
///
/// Source: arXiv 2602.04770, A.3. The release adds the classifier in the last 3000 steps only, its weight growing over 1000
/// from 0 to 0.1; on small budgets it pays from the start.
public struct MaskedAutoencoding: Objective {
    /// The network.
    public typealias Model = MaskedAutoencoder
    /// What a step sees.
    public typealias Batch = LabelledImages

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
    public func loss(of model: MaskedAutoencoder, on batch: LabelledImages, using source: RandomSource) -> Loss {
        let patch = model.configuration.encoder.patch
        let s = batch.images.shape
        let mask = MaskedAutoencoder.mask(
            for: [s[0], s[1], s[2] / patch, s[3] / patch], ratios: maskRatios, using: source)
        let losses = model.losses(of: batch.images, mask: mask, labels: batch.labels)
        let weight = classifierWeight(at: batch.step)
        let accuracy = (losses.logits.detach().argmax(1) .== batch.labels).to(.float32).mean()
        return Loss(
            sumOf: [
                .init("reconstruction", weight: 1 - weight, losses.reconstruction),
                .init("classification", weight: weight, losses.classification),
            ], metrics: ["accuracy": accuracy])
    }
}
