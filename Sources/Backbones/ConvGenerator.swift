public import Torch
public import TorchNN

/// A convolutional generator for small machines: latent vector and class in, image out, in one evaluation.
///
///     z, class -> 4 x 4 -> 8 x 8 -> 16 x 16 -> 32 x 32, tanh
///
/// Each level doubles the size with a residual block of two 3 x 3 convolutions, GroupNorm whose scale and shift depend on
/// latent vector and class, and SiLU. On two CPU cores it draws recognisable pictures after a hundred steps, where a
/// patch transformer on pixel noise still draws noise.
public struct ConvGenerator: Sendable {
    /// Sizes of a generator.
    public struct Configuration: Sendable, Hashable {
        /// Channels of the image.
        public var channels = 1
        /// Number of classes.
        public var classes = 10
        /// Size of the latent vector.
        public var latent = 128
        /// Channels of the finest level; every coarser one has twice as many.
        public var width = 24
        /// Size of the conditioning vector.
        public var condition = 128
        /// Height and width of the coarsest level.
        public var base = 4
        /// Number of doublings of the size: 3 gives 32 x 32 images from a base of 4.
        public var levels = 3
        /// True if the guidance strength is an input.
        public var guidance = false

        /// The demo's generator for 32 x 32 images of one channel and ten classes: 1.3 M parameters.
        public init() {}

        /// Height and width of the images.
        public var imageSize: Int { base << levels }
    }

    /// The sizes.
    public let configuration: Configuration
    private let classes: Embedding
    private let guidance: GuidanceEmbedding?
    private let mapping: (Linear, Linear)
    private let input: Linear
    private let blocks: [UpBlock]
    private let norm: GroupNorm
    private let output: Conv2d

    /// A generator with its parameters in `scope`.
    public init(_ configuration: Configuration, in scope: Scope) {
        self.configuration = configuration
        let (width, condition) = (configuration.width, configuration.condition)
        classes = Embedding(configuration.classes, condition, in: scope / "classes")
        // As large as the embedding of the class: with the release's 0.02 some hundred steps teach it nothing.
        guidance =
            configuration.guidance ? GuidanceEmbedding(width: condition, scale: 1, in: scope / "guidance") : nil
        let joined = configuration.latent + condition
        mapping = (
            Linear(joined, condition, in: scope / "mapping" / 0),
            Linear(condition, condition, in: scope / "mapping" / 2)
        )
        let widest = width << configuration.levels
        input = Linear(joined, widest * configuration.base * configuration.base, in: scope / "input")
        blocks = (0..<configuration.levels).map { level in
            UpBlock(widest >> level, widest >> (level + 1), condition: condition, in: scope / "blocks" / level)
        }
        norm = GroupNorm(GroupNorm.groups(width), width, in: scope / "norm")
        output = Conv2d(width, configuration.channels, kernel: 3, Convolution(padding: 1), in: scope / "output")
    }

    /// Images [B, C, H, W] in [-1, 1].
    ///
    /// - Parameters:
    ///   - noise: Latent vectors, standard normal, [B, latent].
    ///   - labels: Classes [B], int64, below the number of classes.
    ///   - alpha: Guidance strengths [B], at least 1; taken as 1 if absent. Without effect unless the configuration says
    ///     that the generator is guided.
    public func callAsFunction(_ noise: Tensor, labels: Tensor, guidance alpha: Tensor? = nil) -> Tensor {
        var embedded = classes(labels)
        if let guidance { embedded += guidance(alpha ?? .ones([noise.shape[0]], device: noise.device)) }
        let joined = Tensor.cat([noise, embedded], 1)
        let condition = mapping.1(mapping.0(joined).silu()).silu()
        let base = configuration.base
        let start = input(joined).reshape(noise.shape[0], -1, base, base).contiguous(.channelsLast)
        let grown = blocks.reduce(start) { $1($0, condition) }
        return output(norm(grown, then: .silu)).to(.float32).tanh()
    }
}

/// A residual block that doubles height and width: norm, SiLU, upsample, conv, norm, SiLU, conv, plus a 1 x 1 skip.
private struct UpBlock: Sendable {
    let first: AdaptiveNorm
    let second: AdaptiveNorm
    let grow: GrowingConvolution
    let refine: Conv2d
    let skip: Conv2d

    init(_ inputs: Int, _ outputs: Int, condition: Int, in scope: Scope) {
        first = AdaptiveNorm(inputs, condition: condition, in: scope / "norm1")
        second = AdaptiveNorm(outputs, condition: condition, in: scope / "norm2")
        // The norm that follows shifts each channel anyway, and oneDNN's gradient of this bias is slow.
        grow = GrowingConvolution(inputs, outputs, in: scope / "conv1", hasBias: false)
        // Zero at first: each block starts as a plain enlargement.
        refine = Conv2d(
            outputs, outputs, kernel: 3, Convolution(padding: 1), in: scope / "conv2", weight: .zeros, bias: .zeros)
        skip = Conv2d(inputs, outputs, kernel: 1, in: scope / "skip")
    }

    func callAsFunction(_ x: Tensor, _ condition: Tensor) -> Tensor {
        let size = Size2D(height: x.shape[2] * 2, width: x.shape[3] * 2)
        let grown = grow(first(x, condition))
        let refined = refine(second(grown, condition))
        return skip(x).interpolate(to: size, .nearest) + refined
    }
}

/// GroupNorm whose scale and shift are linear in a condition, and SiLU.
private struct AdaptiveNorm: Sendable {
    let groups: Int
    let modulation: Linear

    init(_ channels: Int, condition: Int, in scope: Scope) {
        groups = GroupNorm.groups(channels)
        modulation = Linear(condition, 2 * channels, in: scope / "modulation")
    }

    func callAsFunction(_ x: Tensor, _ condition: Tensor) -> Tensor {
        let parts = modulation(condition).to(.float32).chunk(2, 1)
        return x.groupNorm(groups, parts[0] + 1, parts[1], then: .silu)
    }
}
