public import Torch
public import TorchNN

/// The U-Net of DDPM as diffusers lays it out, `UNet2DModel`: unconditional, or with classes.
///
/// Ho et al., arXiv 2006.11239, appendix B. It exists beside ``UNet``, which is ADM's, because released weights have this layout: other
/// places of norms, heads and skips. Names and values are those of diffusers, so that google/ddpm-cifar10-32 and its relatives load as
/// they are.
///
///     let network = UNet2D(configuration, in: store.root)
///     let noise = network(x, step: .full([4], 999))
public struct UNet2D: Sendable {
    /// Sizes and options.
    public let configuration: Configuration
    private let sinusoids: StepSinusoids
    private let step: StepEmbedding
    private let classes: Embedding?
    private let input: Conv2d
    private let down: [UNet2DLevel]
    private let middle: UNet2DMiddle
    private let up: [UNet2DLevel]
    private let norm: GroupNorm
    private let output: Conv2d

    /// A network with its parameters in `scope`.
    ///
    /// - Parameters:
    ///   - configuration: Sizes and options without a ``Configuration/mistake``.
    ///   - scope: Scope of the parameters.
    public init(_ configuration: Configuration, in scope: Scope) {
        if let mistake = configuration.mistake { fatalError("Backbones: a U-Net where \(mistake)") }
        self.configuration = configuration
        let (first, width) = (configuration.levels[0], configuration.condition)
        sinusoids = StepSinusoids(
            count: first, cosinesFirst: configuration.cosinesFirst, shift: configuration.frequencyShift)
        step = StepEmbedding(first, width, in: scope / "time_embedding")
        classes = configuration.classes.map { Embedding($0, width, in: scope / "class_embedding") }
        input = Conv2d(
            configuration.channels, first, kernel: 3, Convolution(padding: 1), in: scope / "conv_in")
        let parts = UNet2DParts(configuration)
        var skips = [first]
        down = configuration.levels.indices.map { parts.downLevel($0, &skips, in: scope / "down_blocks" / $0) }
        middle = UNet2DMiddle(parts, in: scope / "mid_block")
        up = configuration.levels.indices.map { parts.upLevel($0, &skips, in: scope / "up_blocks" / $0) }
        norm = GroupNorm(
            configuration.groups, first, in: scope / "conv_norm_out", epsilon: configuration.epsilon)
        output = Conv2d(
            first, configuration.outputChannels, kernel: 3, Convolution(padding: 1), in: scope / "conv_out")
    }

    /// Predictions [B, out, H, W] for maps [B, C, H, W], whose sizes halve evenly at each level but the last.
    ///
    /// - Parameters:
    ///   - x: The maps.
    ///   - number: Numbers of diffusion steps [B], from 0, the least noise.
    ///   - labels: Classes [B], int64; required where there are classes.
    public func callAsFunction(_ x: Tensor, step number: Tensor, labels: Tensor? = nil) -> Tensor {
        var condition = step(sinusoids(number))
        if let classes {
            guard let labels else { fatalError("Backbones: the U-Net has classes, but no labels were given") }
            condition = condition + classes(labels)
        }
        // Once for all blocks: each projection begins with it.
        condition = condition.silu()
        var h = input((configuration.centresInput ? x * 2 - 1 : x).contiguous(.channelsLast))
        var skips = [h]
        for level in down { h = level.descend(h, condition, &skips) }
        h = middle(h, condition)
        for level in up { h = level.ascend(h, condition, &skips) }
        return output(norm(h, then: .silu))
    }
}
