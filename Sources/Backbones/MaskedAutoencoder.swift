public import Torch
public import TorchNN

/// A residual encoder trained to fill in the parts that a mask hides, and to tell classes apart if there are labels.
///
/// As in the release of arXiv 2602.04770 (A.3): a bridge, then one up-block per stage with a skip connection from the
/// encoder (bilinear resize, concatenation, GroupNorm, two 3 x 3 convolutions with GroupNorm and ReLU), and a 1 x 1 head
/// that predicts the input. The classifier is linear in the mean of the last map.
public struct MaskedAutoencoder: Sendable {
    /// Sizes of an autoencoder.
    public struct Configuration: Sendable, Hashable {
        /// The encoder.
        public var encoder = ResNetEncoder.Configuration()
        /// Number of classes of the classifier.
        public var classes = 10
        /// Groups of the GroupNorm over concatenated maps; the release has 32 whatever the width.
        public var decoderGroups = 8

        /// The demo's autoencoder.
        public init() {}
    }

    /// The sizes.
    public let configuration: Configuration
    /// The network whose maps are the features.
    public let encoder: ResNetEncoder
    private let bridge: ConvNormRelu
    private let ups: [DecoderBlock]
    private let head: Conv2d
    private let classifier: Linear

    /// An autoencoder with its parameters in `scope`: `encoder`, `decoder` and `fc`.
    public init(_ configuration: Configuration, in scope: Scope) {
        self.configuration = configuration
        let sizes = configuration.encoder
        encoder = ResNetEncoder(sizes, in: scope / "encoder")
        let decoder = scope / "decoder"
        let last = sizes.blocks.count - 1
        let deepest = sizes.width(ofStage: last)
        bridge = ConvNormRelu(deepest, deepest, groups: sizes.groups(deepest), in: decoder / "bridge")
        // From the deepest skip to the stem's: layer3, layer2, layer1, conv1 with four stages.
        ups = (0...last).reversed().map { level in
            let from = sizes.width(ofStage: level)
            let skip = sizes.width(ofStage: max(0, level - 1))
            return DecoderBlock(
                from, skip: skip, outputs: skip, concatGroups: configuration.decoderGroups, groups: sizes.groups(skip),
                in: decoder / "up\(level + 1)\(level)")
        }
        head = Conv2d(
            sizes.width, sizes.inputChannels, kernel: 1, in: decoder / "head", weight: .lecunNormal, bias: .zeros)
        classifier = Linear(deepest, configuration.classes, in: scope / "fc", weight: .lecunNormal, bias: .zeros)
    }

    /// Our name of a parameter of the release: `encoder/stages_0/layers_1/conv1/kernel` is
    /// `encoder.stages.0.layers.1.conv1.weight`, `fc/kernel` is `fc.weight`.
    public static func parameterName(ofReleased path: String) -> String {
        ReleasedParameters.dotted(path).replacing("stages_", with: "stages.").replacing("layers_", with: "layers.")
    }

    /// Output of the network for images.
    public struct Prediction: Sendable {
        /// The input as the decoder sees it, in patches, [B, p p C, H / p, W / p].
        public var reconstruction: Tensor
        /// Logits of the classes [B, K].
        public var logits: Tensor
    }

    /// Predicts the whole images from masked ones.
    ///
    /// - Parameters:
    ///   - images: [B, C, H, W].
    ///   - mask: 1 where the patched input is hidden, [B, 1, H / p, W / p]; nothing is hidden if absent.
    public func callAsFunction(_ images: Tensor, mask: Tensor? = nil) -> Prediction {
        let input = ResNetEncoder.patchify(images, configuration.encoder.patch)
        let visible = mask.map { input * (1 - $0) } ?? input
        let maps = encoder.maps(ofPatches: visible).map(\.values)
        let skips = maps.dropLast().reversed()
        let decoded = zip(ups, skips).reduce(bridge(maps[maps.count - 1])) { x, pair in pair.0(x, skip: pair.1) }
        return Prediction(
            reconstruction: head(decoded).to(.float32),
            logits: classifier(maps[maps.count - 1].mean([2, 3])).to(.float32))
    }

    /// Losses per image [B]: squared error over hidden positions, summed over channels and divided by the number of
    /// hidden positions (not of elements, as the release does), and cross entropy of the classes.
    ///
    /// - Parameters:
    ///   - images: [B, C, H, W] in [-1, 1].
    ///   - mask: 1 where the patched input is hidden, [B, 1, H / p, W / p].
    ///   - labels: Classes [B].
    public func losses(
        of images: Tensor, mask: Tensor, labels: Tensor
    ) -> (reconstruction: Tensor, classification: Tensor, logits: Tensor) {
        let prediction = self(images, mask: mask)
        let input = ResNetEncoder.patchify(images, configuration.encoder.patch)
        let error = ((prediction.reconstruction - input).square() * mask).sum([1, 2, 3])
        let hidden = mask.sum([1, 2, 3]) + 1e-8
        return (error / hidden, prediction.logits.crossEntropy(labels), prediction.logits)
    }

    /// A mask that hides each square of `side` positions with probability `ratio`, [B, 1, H, W].
    ///
    /// - Parameters:
    ///   - shape: Of the patched input [B, C, H, W].
    ///   - side: Height and width of the squares, a divisor of H and W; 2 in the release.
    ///   - ratio: Probability; 0.5 in the release.
    ///   - source: Source of random numbers.
    public static func mask(for shape: [Int], side: Int = 2, ratio: Double = 0.5, using source: RandomSource) -> Tensor
    {
        mask(for: shape, side: side, ratios: ratio...ratio, using: source)
    }

    /// A mask as above whose probability is drawn for each image, uniform in a range.
    ///
    /// - Parameters:
    ///   - shape: Of the patched input [B, C, H, W].
    ///   - side: Height and width of the squares, a divisor of H and W.
    ///   - ratios: Smallest and largest probability; a range of one number draws nothing.
    ///   - source: Source of random numbers.
    public static func mask(
        for shape: [Int], side: Int = 2, ratios: ClosedRange<Double>, using source: RandomSource
    ) -> Tensor {
        let (low, high) = (ratios.lowerBound, ratios.upperBound)
        let ratio =
            low == high
            ? Tensor.full([1, 1, 1, 1], low, device: source.device)
            : Tensor.rand([shape[0], 1, 1, 1], in: low..<high, using: source)
        let coarse = Tensor.rand([shape[0], 1, shape[2] / side, shape[3] / side], using: source) .< ratio
        return coarse.to(.float32).repeatInterleave(side, 2).repeatInterleave(side, 3)
    }
}

private struct ConvNormRelu: Sendable {
    let conv: Conv2d
    let norm: GroupNorm

    init(_ inputs: Int, _ outputs: Int, groups: Int, in scope: Scope) {
        conv = Conv2d(
            inputs, outputs, kernel: 3, Convolution(padding: 1), in: scope / "conv", hasBias: false,
            weight: .lecunNormal)
        norm = GroupNorm(groups, outputs, in: scope / "gn", epsilon: 1e-6)
    }

    func callAsFunction(_ x: Tensor) -> Tensor { norm(conv(x), then: .relu) }
}

private struct DecoderBlock: Sendable {
    let norm: GroupNorm
    let project: ConvNormRelu
    let refine: ConvNormRelu

    init(_ inputs: Int, skip: Int, outputs: Int, concatGroups: Int, groups: Int, in scope: Scope) {
        norm = GroupNorm(concatGroups, inputs + skip, in: scope / "concat_norm_fn", epsilon: 1e-6)
        project = ConvNormRelu(inputs + skip, outputs, groups: groups, in: scope / "proj")
        refine = ConvNormRelu(outputs, outputs, groups: groups, in: scope / "refine")
    }

    func callAsFunction(_ x: Tensor, skip: Tensor) -> Tensor {
        let size = Size2D(height: skip.shape[2], width: skip.shape[3])
        let resized = x.interpolate(to: size, .bilinear).to(skip.dtype)
        return refine(project(norm(Tensor.cat([resized, skip], 1))))
    }
}
