public import Torch
public import TorchNN

/// A residual network with GroupNorm whose stages give features of images.
///
/// As in the release of arXiv 2602.04770 (A.3): 3 x 3 stem, basic blocks, widths C, 2C, 4C, ..., stride 2 from the second
/// stage on, and a GroupNorm after each stage, whose output is both the exported map and the input of the next stage.
public struct ResNetEncoder: Sendable {
    /// Sizes of an encoder.
    public struct Configuration: Sendable, Hashable {
        /// Channels of the image, before it is cut into patches.
        public var channels = 1
        /// Side of the patches that become channels of the input; 1 leaves the image as it is.
        public var patch = 1
        /// Channels of the first stage.
        public var width = 32
        /// Basic blocks of each stage; the release has 3, 4, 6, 3.
        public var blocks = [1, 1, 1]
        /// Stride of each stage's first block; the release has 1, 2, 2, 2.
        public var strides = [2, 2, 2]
        /// Most groups of a GroupNorm; the release has 32.
        ///
        /// Narrow networks need fewer: with one channel in a group the
        /// group's mean and deviation are constants.
        public var mostGroups = 8

        /// The demo's encoder: three stages of one block for images of one channel.
        public init() {}

        /// The release's encoder at base width `width` for `channels` channels (256, 384, 512, 640 in the paper).
        public static func released(width: Int, channels: Int, patch: Int = 1) -> Configuration {
            var configuration = Configuration()
            configuration.channels = channels
            configuration.patch = patch
            configuration.width = width
            configuration.blocks = [3, 4, 6, 3]
            configuration.strides = [1, 2, 2, 2]
            configuration.mostGroups = 32
            return configuration
        }

        /// Channels of the network's input.
        public var inputChannels: Int { channels * patch * patch }

        /// Channels of stage `index`, counted from 0.
        public func width(ofStage index: Int) -> Int { width << index }

        /// The largest divisor of `channels` that is no more than ``mostGroups``.
        public func groups(_ channels: Int) -> Int {
            (1...min(mostGroups, channels)).last { channels % $0 == 0 } ?? 1
        }
    }

    /// A map that the encoder computes.
    public struct Map: Sendable {
        /// `conv1`, `layer1`, `layer2_blk2` and so on, as the release writes it.
        public var name: String
        /// Values [B, C, H, W].
        public var values: Tensor
    }

    /// The sizes.
    public let configuration: Configuration
    private let stem: Conv2d
    private let stemNorm: GroupNorm
    private let stages: [[BasicBlock]]
    private let norms: [GroupNorm]

    /// An encoder with its parameters in `scope`: `conv1`, `gn1`, `stages.i.layers.j`, `layer1_norm` and so on.
    public init(_ configuration: Configuration, in scope: Scope) {
        precondition(
            configuration.blocks.count == configuration.strides.count && !configuration.blocks.isEmpty,
            "blocks \(configuration.blocks) and strides \(configuration.strides) must name the same stages")
        self.configuration = configuration
        let width = configuration.width
        stem = Conv2d(
            configuration.inputChannels, width, kernel: 3, Convolution(padding: 1), in: scope / "conv1", hasBias: false,
            weight: .lecunNormal)
        stemNorm = GroupNorm(configuration.groups(width), width, in: scope / "gn1", epsilon: 1e-6)
        stages = configuration.blocks.indices.map {
            Self.stage($0, configuration, in: scope / "stages" / $0 / "layers")
        }
        norms = configuration.blocks.indices.map { index in
            let channels = configuration.width(ofStage: index)
            return GroupNorm(
                configuration.groups(channels), channels, in: scope / "layer\(index + 1)_norm", epsilon: 1e-6)
        }
    }

    private static func stage(_ index: Int, _ configuration: Configuration, in scope: Scope) -> [BasicBlock] {
        let outputs = configuration.width(ofStage: index)
        let inputs = configuration.width(ofStage: max(0, index - 1))
        return (0..<configuration.blocks[index]).map { block in
            BasicBlock(
                block == 0 ? inputs : outputs, outputs, stride: block == 0 ? configuration.strides[index] : 1,
                groups: configuration.groups(outputs), in: scope / block)
        }
    }

    /// Maps of images [B, C, H, W], finest first: `conv1`, then `layer1` to the last stage, then every block asked for.
    ///
    /// - Parameters:
    ///   - images: In [-1, 1]; they are cut into patches here.
    ///   - everyBlock: Also the raw output of each block whose number in its stage, from 1, is a multiple of this.
    public func maps(of images: Tensor, everyBlock: Int? = nil) -> [Map] {
        maps(ofPatches: Self.patchify(images, configuration.patch), everyBlock: everyBlock)
    }

    /// Maps of images that have been cut into patches already, [B, p p C, H / p, W / p].
    func maps(ofPatches patches: Tensor, everyBlock: Int? = nil) -> [Map] {
        var x = stemNorm(stem(patches.contiguous(.channelsLast)), then: .relu)
        var maps = [Map(name: "conv1", values: x)]
        var blocks: [Map] = []
        for (index, stage) in stages.enumerated() {
            for (number, block) in stage.enumerated() {
                x = block(x)
                if let everyBlock, (number + 1) % everyBlock == 0 {
                    blocks.append(Map(name: "layer\(index + 1)_blk\(number + 1)", values: x))
                }
            }
            x = norms[index](x)
            maps.append(Map(name: "layer\(index + 1)", values: x))
        }
        return maps + blocks
    }

    /// [B, C, H, W] to [B, p p C, H / p, W / p], the channels in the order row, column, channel, as the release has them.
    public static func patchify(_ images: Tensor, _ patch: Int) -> Tensor {
        if patch == 1 { return images }
        let s = images.shape
        return images.reshape(s[0], s[1], s[2] / patch, patch, s[3] / patch, patch)
            .permute(0, 3, 5, 1, 2, 4)
            .reshape(s[0], patch * patch * s[1], s[2] / patch, s[3] / patch)
    }
}

/// conv, GN, ReLU, conv, GN, plus the input, ReLU; a 1 x 1 convolution and GN bring the input to another shape.
private struct BasicBlock: Sendable {
    let conv1: Conv2d
    let conv2: Conv2d
    let gn1: GroupNorm
    let gn2: GroupNorm
    let projection: (Conv2d, GroupNorm)?

    init(_ inputs: Int, _ outputs: Int, stride: Int, groups: Int, in scope: Scope) {
        conv1 = Conv2d(
            inputs, outputs, kernel: 3, Convolution(stride: Size2D(stride), padding: 1), in: scope / "conv1",
            hasBias: false, weight: .lecunNormal)
        conv2 = Conv2d(
            outputs, outputs, kernel: 3, Convolution(padding: 1), in: scope / "conv2", hasBias: false,
            weight: .lecunNormal)
        gn1 = GroupNorm(groups, outputs, in: scope / "gn1", epsilon: 1e-6)
        gn2 = GroupNorm(groups, outputs, in: scope / "gn2", epsilon: 1e-6)
        guard stride != 1 || inputs != outputs else {
            projection = nil
            return
        }
        projection = (
            Conv2d(
                inputs, outputs, kernel: 1, Convolution(stride: Size2D(stride)), in: scope / "proj_conv",
                hasBias: false, weight: .lecunNormal),
            GroupNorm(groups, outputs, in: scope / "proj_gn", epsilon: 1e-6)
        )
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let skip = projection.map { $0.1($0.0(x)) } ?? x
        return gn2(conv2(gn1(conv1(x), then: .relu)), adding: skip, then: .relu)
    }
}
