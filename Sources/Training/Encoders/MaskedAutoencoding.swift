public import Backbones
public import Drifting
public import Generative
public import Torch

/// Images with their classes.
public struct LabelledImages: Sendable {
    /// Images [B, C, H, W] in [-1, 1].
    public var images: Tensor
    /// Classes [B], int64.
    public var labels: Tensor
}

/// The loss of a masked autoencoder: (1 - w) reconstruction of what is hidden + w cross entropy of the classes.
///
/// Source: arXiv 2602.04770, A.3. The release adds the classifier in the last steps only; on small budgets it pays from
/// the start.
public struct MaskedAutoencoding: Objective {
    /// The network.
    public typealias Model = MaskedAutoencoder
    /// What a step sees.
    public typealias Batch = LabelledImages

    /// Probability that a square of 2 x 2 positions is hidden.
    public var maskRatio: Double
    /// Weight w of the classifier.
    public var classifierWeight: Double

    /// An objective.
    public init(maskRatio: Double, classifierWeight: Double) {
        self.maskRatio = maskRatio
        self.classifierWeight = classifierWeight
    }

    /// Loss per image [B] with its two terms, and the share of images that are classified right.
    public func loss(of model: MaskedAutoencoder, on batch: LabelledImages, using source: RandomSource) -> Loss {
        let patch = model.configuration.encoder.patch
        let s = batch.images.shape
        let mask = MaskedAutoencoder.mask(
            for: [s[0], s[1], s[2] / patch, s[3] / patch], ratio: maskRatio, using: source)
        let losses = model.losses(of: batch.images, mask: mask, labels: batch.labels)
        let accuracy = (losses.logits.detach().argmax(1) .== batch.labels).to(.float32).mean()
        return Loss(
            sumOf: [
                .init("reconstruction", weight: 1 - classifierWeight, losses.reconstruction),
                .init("classification", weight: classifierWeight, losses.classification),
            ], metrics: ["accuracy": accuracy])
    }
}

/// A trained encoder in the role that drifting needs: its stages after the stem.
public struct FrozenEncoder: FeatureEncoder {
    private let network: ResNetEncoder

    /// Takes over a network whose parameters are frozen.
    public init(_ network: ResNetEncoder) { self.network = network }

    /// The stages' maps.
    public func featureMaps(of images: Tensor) -> [FeatureMap] {
        network.maps(of: images).dropFirst().map { FeatureMap($0.name, $0.values) }
    }

    /// The images cut into the network's patches.
    public func input(of images: Tensor) -> Tensor {
        ResNetEncoder.patchify(images, network.configuration.patch)
    }
}
