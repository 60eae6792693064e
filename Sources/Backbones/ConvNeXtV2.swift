public import Foundation
public import Torch
public import TorchNN

/// ConvNeXt V2 (Woo et al., CVPR 2023) as an encoder of features: the second encoder of the paper's pixel models.
///
/// Stem and between stages: LayerNorm and a convolution whose stride is its size. Block:
///
///     x + W2 GRN(GELU(W1 LayerNorm(depthwise 7 x 7 (x))))
///
/// Source of the features: the release of arXiv 2602.04770, with its names and their spelling.
public struct ConvNeXtV2: Sendable {
    /// Sizes of an encoder.
    public struct Configuration: Sendable, Hashable {
        /// Channels of the image.
        public var channels = 3
        /// Blocks of each stage.
        public var depths = [3, 3, 27, 3]
        /// Channels of each stage.
        public var widths = [128, 256, 512, 1024]
        /// Height and width that images are resized to; those of the pretraining.
        public var size = 224

        /// ConvNeXt V2-B, 88 M parameters, which the release takes from `convnextv2-base-22k-224`.
        public init() {}
    }

    /// The sizes.
    public let configuration: Configuration
    private let downsamplings: [Downsampling]
    private let stages: [[ConvNeXtBlock]]
    private let norm: LayerNorm

    /// An encoder with its parameters in `scope`, named as in the authors' code: `downsample_layers.0.0.weight`,
    /// `stages.0.0.dwconv.weight`, `norm.weight` and so on.
    public init(_ configuration: Configuration = Configuration(), in scope: Scope) {
        precondition(
            configuration.depths.count == configuration.widths.count && !configuration.depths.isEmpty,
            "depths \(configuration.depths) and widths \(configuration.widths) must name the same stages")
        self.configuration = configuration
        let widths = configuration.widths
        downsamplings = widths.indices.map { stage in
            let inputs = stage == 0 ? configuration.channels : widths[stage - 1]
            return Downsampling(inputs, widths[stage], isStem: stage == 0, in: scope / "downsample_layers" / stage)
        }
        stages = zip(configuration.depths, widths).enumerated().map { stage, sizes in
            (0..<sizes.0).map { ConvNeXtBlock(sizes.1, in: scope / "stages" / stage / $0) }
        }
        norm = LayerNorm(widths[widths.count - 1], in: scope / "norm", epsilon: 1e-6)
    }

    /// Features of images [N, C, H, W] in [-1, 1], each [N, F, S]; see ``features(ofNormalised:)``.
    ///
    /// Images of one channel are repeated to three.
    public func features(of images: Tensor) -> [NamedTensor] { features(ofNormalised: Self.normalisedInput(images)) }

    /// Maps of the stages of images [N, C, H, W] in [-1, 1], [N, C', H', W'], normalised at each location.
    public func maps(of images: Tensor) -> [ResNetEncoder.Map] {
        maps(ofNormalised: Self.normalisedInput(images)).enumerated().map { stage, map in
            ResNetEncoder.Map(name: "convenxt_stage_\(stage)", values: Self.normalised(map).permute(0, 3, 1, 2))
        }
    }

    private static func normalisedInput(_ images: Tensor) -> Tensor {
        ImageNormalisation.imageNet(images.shape[1] == 1 ? images.expand(-1, 3, -1, -1) : images)
    }

    /// Features of normalised images [N, C, H, W], each [N, F, S], in the release's order.
    ///
    /// Images are resized to the size of the pretraining, with a wider filter where they shrink. Each stage's map is
    /// normalised at each location over its channels, (x - mean) / (deviation + 1e-3). Then, for stage i,
    /// `convenxt_stage_i` are the locations one by one (not of stage 0), `_mean` and `_std` those over all locations;
    /// `global_mean` is the final LayerNorm of the mean of the last map before that, `global_std` the deviation of the last map.
    public func features(ofNormalised images: Tensor) -> [NamedTensor] {
        let maps = maps(ofNormalised: images)
        var features: [NamedTensor] = []
        for (stage, map) in maps.enumerated() {
            let tokens = Self.normalised(map).flatten(1, 2)
            let name = "convenxt_stage_\(stage)"
            if stage > 0 { features.append((name, tokens)) }
            features.append((name + "_mean", tokens.mean(1, keepDim: true)))
            features.append((name + "_std", Self.deviation(tokens)))
        }
        let last = maps[maps.count - 1]
        features.append(("global_mean", norm(last.to(.float32).mean([1, 2])).unsqueeze(1)))
        features.append(("global_std", Self.deviation(Self.normalised(last).flatten(1, 2))))
        return features
    }

    /// Maps of the stages [N, H, W, C] of normalised images [N, C, H, W], before any normalisation for features.
    private func maps(ofNormalised images: Tensor) -> [Tensor] {
        var x = images.interpolate(to: Size2D(configuration.size), .bilinear, antialias: true).permute(0, 2, 3, 1)
        return zip(downsamplings, stages).map { downsampling, blocks in
            x = blocks.reduce(downsampling(x)) { $1($0) }
            return x
        }
    }

    /// (x - mean) / (deviation + 1e-3) over the last dimension.
    private static func normalised(_ map: Tensor) -> Tensor {
        let centred = map.to(.float32) - map.to(.float32).mean(-1, keepDim: true)
        return centred / (centred.square().mean(-1, keepDim: true).sqrt() + 1e-3)
    }

    /// sqrt(variance + 1e-6) over tokens [N, F, S], [N, 1, S].
    private static func deviation(_ tokens: Tensor) -> Tensor {
        (tokens.var(1, correction: 0, keepDim: true) + 1e-6).sqrt()
    }
}

// MARK: - Weights

extension ConvNeXtV2 {
    /// Reads weights with the names of the authors' code or of Hugging Face's ConvNextV2 model; classifiers are left out.
    ///
    /// - Parameters:
    ///   - file: A safetensors file.
    ///   - store: The store of a complete network at its root.
    /// - Throws: ``/Torch/TorchError`` that lists everything that does not fit.
    public static func load(_ file: URL, into store: ParameterStore) throws {
        let isHuggingFace = try SafetensorsFile(file).names.contains { $0.contains("embeddings.patch_embeddings.") }
        try Weights.load(into: store, from: file, allowing: [.dtypeConversion]) { name in
            if isHuggingFace { return parameterName(ofHuggingFace: name) }
            return name.hasPrefix("head.") ? nil : name
        }
    }

    /// Our name of a parameter of the release: `stages_0/layers_1/pwconv1/kernel` is `stages.0.1.pwconv1.weight`.
    public static func parameterName(ofReleased path: String) -> String {
        ReleasedParameters.dotted(path).replacing("stages_", with: "stages.")
            .replacing("downsample_layers_", with: "downsample_layers.")
            .replacing("layers_", with: "")
    }

    /// Our name of a parameter of Hugging Face's ConvNextV2 model; nil for its classifier.
    public static func parameterName(ofHuggingFace name: String) -> String? {
        var name = name.hasPrefix("convnextv2.") ? String(name.dropFirst("convnextv2.".count)) : name
        if name.hasPrefix("classifier.") { return nil }
        let table = [
            ("embeddings.patch_embeddings.", "downsample_layers.0.0."),
            ("embeddings.layernorm.", "downsample_layers.0.1."),
            ("encoder.stages.", "stages."), (".layers.", "."), (".layernorm.", ".norm."),
            (".grn.weight", ".grn.gamma"), (".grn.bias", ".grn.beta"),
        ]
        for (theirs, ours) in table { name = name.replacing(theirs, with: ours) }
        if name.hasPrefix("layernorm.") { return "norm." + name.dropFirst("layernorm.".count) }
        let parts = name.split(separator: ".")
        guard parts.count > 3, parts[0] == "stages", parts[2] == "downsampling_layer" else { return name }
        return (["downsample_layers", parts[1]] + parts[3...]).joined(separator: ".")
    }
}

// MARK: - Parts

/// A convolution whose stride is its size on maps [N, H, W, C]: a LayerNorm follows in the stem, and stands before elsewhere.
private struct Downsampling: Sendable {
    let isStem: Bool
    let norm: LayerNorm
    let convolution: Conv2d

    init(_ inputs: Int, _ outputs: Int, isStem: Bool, in scope: Scope) {
        self.isStem = isStem
        let size = isStem ? 4 : 2
        norm = LayerNorm(isStem ? outputs : inputs, in: scope / (isStem ? 1 : 0), epsilon: 1e-6)
        convolution = Conv2d(
            inputs, outputs, kernel: Size2D(size), Convolution(stride: Size2D(size)), in: scope / (isStem ? 0 : 1),
            weight: .truncatedNormal(std: 0.02), bias: .zeros)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        isStem ? norm(convolved(x)) : convolved(norm(x))
    }

    private func convolved(_ x: Tensor) -> Tensor { convolution(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1) }
}

/// Depthwise convolution, LayerNorm and a widened layer with global response normalisation, plus the input [N, H, W, C].
private struct ConvNeXtBlock: Sendable {
    let depthwise: Conv2d
    let norm: LayerNorm
    let widen: Linear
    let gamma: Tensor
    let beta: Tensor
    let narrow: Linear

    init(_ width: Int, in scope: Scope) {
        depthwise = Conv2d(
            width, width, kernel: 7, Convolution(padding: 3, groups: width), in: scope / "dwconv",
            weight: .truncatedNormal(std: 0.02), bias: .zeros)
        norm = LayerNorm(width, in: scope / "norm", epsilon: 1e-6)
        widen = Linear(width, 4 * width, in: scope / "pwconv1", weight: .truncatedNormal(std: 0.02), bias: .zeros)
        gamma = (scope / "grn").parameter("gamma", [1, 1, 1, 4 * width], .zeros)
        beta = (scope / "grn").parameter("beta", [1, 1, 1, 4 * width], .zeros)
        narrow = Linear(4 * width, width, in: scope / "pwconv2", weight: .truncatedNormal(std: 0.02), bias: .zeros)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let mixed = depthwise(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return x + narrow(respond(widen(norm(mixed)).gelu()))
    }

    /// Global response normalisation: gamma x g / mean(g) + beta + x, with g the length of each channel over space.
    private func respond(_ x: Tensor) -> Tensor {
        let lengths = (x.square().sum([1, 2], keepDim: true) + 1e-6).sqrt()
        let share = lengths / (lengths.mean(-1, keepDim: true) + 1e-6)
        return gamma * (x * share) + beta + x
    }
}
