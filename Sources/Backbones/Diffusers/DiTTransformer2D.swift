public import Torch
public import TorchNN

/// The diffusion transformer as diffusers lays it out, `DiTTransformer2DModel`.
///
/// Peebles and Xie, arXiv 2212.09748, adaLN-zero. It exists beside ``DiT`` because released weights have this layout: each block embeds step
/// and class itself, queries, keys and values are apart, and patches are a convolution. Names and values are those of diffusers, so that
/// facebook/DiT-XL-2-256 loads as it is.
public struct DiTTransformer2D: Sendable {
    /// Sizes and options.
    public let configuration: Configuration
    private let sinusoids: StepSinusoids
    private let patches: Conv2d
    private let positions: Tensor
    private let blocks: [DiTTransformerBlock]
    private let modulation: Linear
    private let output: Linear

    /// A network with its parameters in `scope`.
    ///
    /// - Parameters:
    ///   - configuration: Sizes and options without a ``Configuration/mistake``.
    ///   - scope: Scope of the parameters.
    public init(_ configuration: Configuration, in scope: Scope) {
        if let mistake = configuration.mistake { fatalError("Backbones: a transformer where \(mistake)") }
        self.configuration = configuration
        let (width, patch) = (configuration.width, configuration.patch)
        sinusoids = StepSinusoids(
            count: DiTTransformerBlock.sinusoids, cosinesFirst: true, shift: configuration.frequencyShift)
        patches = Conv2d(
            configuration.channels, width, kernel: Size2D(patch), Convolution(stride: Size2D(patch)),
            in: scope / "pos_embed" / "proj")
        let side = configuration.size / patch
        let isReal = scope.store.hasValues
        positions =
            isReal
            ? Initializer.gridPositions([1, side * side, width], seed: Seed(0)).to(.float32).to(
                scope.store.device, scope.store.dtype) : .zeros([])
        blocks = (0..<configuration.depth).map {
            DiTTransformerBlock(configuration, in: scope / "transformer_blocks" / $0)
        }
        modulation = Linear(width, 2 * width, in: scope / "proj_out_1")
        output = Linear(width, patch * patch * configuration.outputChannels, in: scope / "proj_out_2")
    }

    /// Predictions [B, out, H, W] for latents [B, C, H, W], H = W = ``Configuration/size``.
    ///
    /// - Parameters:
    ///   - x: The latents.
    ///   - step: Numbers of diffusion steps [B], from 0, the least noise.
    ///   - labels: Classes [B], int64; the label ``Configuration/classes`` is none.
    public func callAsFunction(_ x: Tensor, step: Tensor, labels: Tensor) -> Tensor {
        let size = configuration.size
        demand(x.shape.dropFirst(2) == [size, size], "latents are \(size) x \(size), not \(x.shape)")
        let waves = sinusoids(step)
        var tokens = patches(x).flatten(2).mT + positions.to(x.device)
        for block in blocks { tokens = block(tokens, waves, labels) }
        let condition = blocks[0].condition(waves, labels).silu()
        let parts = modulation(condition).unsqueeze(1).chunk(2, 2)
        let ended = tokens.layerNorm([configuration.width], epsilon: 1e-6) * (parts[1] + 1) + parts[0]
        return unpatched(output(ended))
    }

    /// Tokens [B, N, p p C] as maps; the numbers of a token are (row, column, channel).
    private func unpatched(_ tokens: Tensor) -> Tensor {
        let (patch, side) = (configuration.patch, configuration.size / configuration.patch)
        let parts = tokens.reshape(tokens.shape[0], side, side, patch, patch, configuration.outputChannels)
        return parts.permute(0, 5, 1, 3, 2, 4).reshape(
            tokens.shape[0], configuration.outputChannels, configuration.size, configuration.size)
    }
}

/// Attention and a network of two layers, both with adaLN-zero.
struct DiTTransformerBlock: Sendable {
    /// Sinusoids of a step.
    static let sinusoids = 256

    private let step: StepEmbedding
    private let classes: Embedding
    private let modulation: Linear
    private let projections: [Linear]
    private let output: Linear
    private let layers: (Linear, Linear)
    private let width: Int
    private let heads: Int
    private let epsilon: Double
    private let activation: Activation

    init(_ sizes: DiTTransformer2D.Configuration, in scope: Scope) {
        (width, heads, epsilon, activation) = (sizes.width, sizes.heads, sizes.epsilon, sizes.activation)
        let embedding = scope / "norm1" / "emb"
        step = StepEmbedding(Self.sinusoids, width, in: embedding / "timestep_embedder")
        classes = Embedding(sizes.classes + 1, width, in: embedding / "class_embedder" / "embedding_table")
        modulation = Linear(width, 6 * width, in: scope / "norm1" / "linear")
        let (size, hasBias) = (width, sizes.attentionBias)
        projections = ["to_q", "to_k", "to_v"].map {
            Linear(size, size, in: scope / "attn1" / $0, hasBias: hasBias)
        }
        output = Linear(width, width, in: scope / "attn1" / "to_out" / 0)
        layers = (
            Linear(width, 4 * width, in: scope / "ff" / "net" / 0 / "proj"),
            Linear(4 * width, width, in: scope / "ff" / "net" / 2)
        )
    }

    /// Step and class as a vector [B, width].
    func condition(_ waves: Tensor, _ labels: Tensor) -> Tensor { step(waves) + classes(labels) }

    func callAsFunction(_ tokens: Tensor, _ waves: Tensor, _ labels: Tensor) -> Tensor {
        let told = modulation(condition(waves, labels).silu()).unsqueeze(1).chunk(6, 2)
        let seen = tokens.layerNorm([width], epsilon: 1e-6) * (told[1] + 1) + told[0]
        let attended = tokens + told[2] * attention(seen)
        let read = attended.layerNorm([width], epsilon: epsilon) * (told[4] + 1) + told[3]
        return attended + told[5] * layers.1(activation(layers.0(read)))
    }

    private func attention(_ x: Tensor) -> Tensor {
        let s = x.shape
        let parts = projections.map { $0(x).reshape(s[0], s[1], heads, s[2] / heads).transpose(1, 2) }
        return output(parts[0].scaledDotProductAttention(parts[1], parts[2]).transpose(1, 2).reshape(s))
    }
}
