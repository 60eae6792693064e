public import Torch
public import TorchNN

/// The transformer that draws samples from noise of their own shape, class and style in one evaluation.
///
/// Source: arXiv 2602.04770, A.2, with the numbers of the release: patches of the noise and tokens made of the condition go
/// through blocks with adaLN-zero, whose attention has normalised queries and keys and rotary positions.
///
///     condition = E[class] + sum of T_i[style_i] + 0.02 RMSNorm(MLP(sinusoid(alpha)))
///
/// The last layer is 0 at first: an untrained network draws zeros, and only the last layer has a gradient.
public struct DiT: Sendable {
    /// Sizes and options.
    public let configuration: Configuration
    private let classes: Embedding
    private let codebooks: [Embedding]
    private let guidance: GuidanceEmbedding?
    private let time: ScalarEmbedding?
    private let scalars: ScalarEmbeddings
    private let patches: Linear
    private let positions: Tensor
    private let classTokens: ClassTokens?
    private let blocks: [DiTBlock]
    private let last: LastLayer?
    private let heads: [String: ScalarHead]

    /// A network with its parameters in `scope`, named as in ``parameterName(ofReleased:)``.
    public init(_ configuration: Configuration, in scope: Scope) {
        demand(configuration.mistake == nil, "a DiT cannot be made: \(configuration.mistake ?? "")")
        self.configuration = configuration
        let (hidden, condition) = (configuration.hidden, configuration.condition)
        classes = Embedding(configuration.labels, condition, in: scope / "classes", weight: .normal(std: 0.02))
        codebooks = (0..<configuration.styleCount).map {
            Embedding(configuration.styles, condition, in: scope / "styles" / $0, weight: .normal(std: 0.02))
        }
        guidance = configuration.guidance ? GuidanceEmbedding(width: condition, in: scope / "guidance") : nil
        time = ScalarEmbedding(
            of: configuration.time, width: condition, in: scope / "time", weight: .normal(std: 0.02))
        scalars = ScalarEmbeddings(
            configuration.scalars, width: condition, guidanceScale: GuidanceEmbedding.releasedScale,
            weight: .normal(std: 0.02), in: scope)
        patches = Linear(
            configuration.patch * configuration.patch * (configuration.channels + configuration.extraChannels), hidden,
            in: scope / "patch_embed", weight: .xavierUniform(), bias: .zeros)
        positions = scope.parameter("pos_embed", [1, configuration.tokens, hidden], .gridPositions)
        classTokens = configuration.classTokens > 0 ? ClassTokens(configuration, in: scope) : nil
        let rotary = configuration.rotary.map {
            RotaryEmbedding(
                tokens: configuration.classTokens + configuration.tokens, features: hidden / configuration.heads,
                precision: $0, device: scope.store.device)
        }
        blocks = (0..<configuration.depth).map { DiTBlock(configuration, rotary, in: scope / "blocks" / $0) }
        let outputs = configuration.outputs
        last = outputs.contains(.sample) ? LastLayer(configuration, in: scope / "final_layer") : nil
        heads = Dictionary(
            uniqueKeysWithValues: outputs.compactMap { output in
                guard case .scalar(let name) = output else { return nil }
                return (name, ScalarHead(hidden, width: hidden, in: scope / "heads" / name))
            })
    }

    /// Samples [B, C, H, W], unbounded.
    ///
    /// - Parameters:
    ///   - noise: Standard normal, [B, C, H, W].
    ///   - style: One entry of each codebook [B, codebooks], int64, below the number of styles; nil without styles.
    ///   - labels: Classes [B], int64, below the number of classes.
    ///   - alpha: Guidance strengths [B], at least 1; taken as 1 if absent. Without effect unless the configuration says
    ///     that the generator is guided.
    public func callAsFunction(
        _ noise: Tensor, style: Tensor?, labels: Tensor, guidance alpha: Tensor? = nil
    ) -> Tensor {
        self(noise, style: style, labels: labels, guidance: alpha) { _, _ in }
    }

    /// Samples, as above.
    ///
    /// - Parameters:
    ///   - noise: Standard normal, [B, C, H, W].
    ///   - style: One entry of each codebook [B, codebooks].
    ///   - labels: Classes [B].
    ///   - alpha: Guidance strengths [B].
    ///   - observe: Receives the values between, under the names of the release's vectors.
    package func callAsFunction(
        _ noise: Tensor, style: Tensor?, labels: Tensor, guidance alpha: Tensor?,
        observe: (_ name: String, _ value: Tensor) -> Void
    ) -> Tensor {
        outputs(of: noise, Terms(labels: labels, style: style, guidance: alpha), observe: observe)[0]
    }

    /// Summands of the condition, or the inputs that they embed.
    struct Terms {
        let labels: Tensor
        var style: Tensor?
        var guidance: Tensor?
        var time: Tensor?
        var scalars: [Tensor] = []
    }

    /// Samples [B, C, H, W] and scalars [B] in the configuration's order.
    ///
    /// - Parameters:
    ///   - pixels: Noise or samples, further channels behind them.
    ///   - terms: Of the condition.
    ///   - observe: Receives the values between.
    func outputs(
        of pixels: Tensor, _ terms: Terms, observe: (_ name: String, _ value: Tensor) -> Void
    ) -> [Tensor] {
        let condition = condition(terms, observe: observe)
        let embedded = patches(Self.tokens(pixels, configuration.patch))
        observe("patch_embed", embedded)
        var tokens = embedded + positions
        if let classTokens { tokens = Tensor.cat([classTokens(condition, observe: observe), tokens], 1) }
        // Once for all blocks: each modulation is linear in it.
        let activated = condition.silu()
        for (index, block) in blocks.enumerated() {
            tokens = block(tokens, activated) { observe("blocks_\(index)/\($0)", $1) }
            observe("blocks_\(index)/out", tokens)
        }
        return configuration.outputs.map { output in
            if case .scalar(let name) = output, let head = heads[name] {
                return head(tokens: tokens.slice(1, configuration.classTokens))
            }
            guard let last else { fatalError("Backbones: the DiT has no last layer") }
            let outputs = last(tokens, activated)
            observe("final_layer_out", outputs)
            return images(outputs.slice(1, configuration.classTokens)).to(.float32)
        }
    }

    private func condition(_ terms: Terms, observe: (String, Tensor) -> Void) -> Tensor {
        let labels = terms.labels
        var condition = classes(labels)
        if !codebooks.isEmpty {
            guard let style = terms.style else {
                fatalError("Backbones: a DiT with styles needs indices [B, \(codebooks.count)] of them")
            }
            for (index, codebook) in codebooks.enumerated() { condition += codebook(style.select(1, index)) }
        }
        if let guidance {
            condition += guidance(terms.guidance ?? .ones(labels.shape, device: labels.device), observe: observe)
        }
        if let time {
            guard let t = terms.time else { fatalError("Backbones: the DiT has a time input, but no time was given") }
            condition += time(t)
        }
        for vector in scalars(terms.scalars) { condition += vector }
        observe("cond", condition)
        return condition
    }

    /// [B, C, H, W] to [B, T, p p C]: squares in raster order, each in the order row, column, channel.
    static func tokens(_ images: Tensor, _ patch: Int) -> Tensor {
        let s = images.shape
        return images.reshape(s[0], s[1], s[2] / patch, patch, s[3] / patch, patch)
            .permute(0, 2, 4, 3, 5, 1)
            .reshape(s[0], (s[2] / patch) * (s[3] / patch), patch * patch * s[1])
    }

    /// The reverse of ``tokens(_:_:)``.
    private func images(_ tokens: Tensor) -> Tensor {
        let (patch, channels) = (configuration.patch, configuration.outputChannels)
        let side = configuration.size / patch
        return tokens.reshape(tokens.shape[0], side, side, patch, patch, channels)
            .permute(0, 5, 1, 3, 2, 4)
            .reshape(tokens.shape[0], channels, configuration.size, configuration.size)
    }
}

// MARK: - Noise

extension DiT.Configuration {
    /// Standard normal numbers that one sample is made of: its noise, and one for each style.
    public var latent: Int { channels * size * size + styleCount }
}

extension DiT {
    /// Samples [B, C, H, W] from standard normal vectors [B, latent], as from any other generator.
    ///
    /// The first C H W numbers are the noise. Each of the others chooses a style z of K by floor(K Phi(z)), Phi the normal
    /// distribution function, which makes it uniform.
    ///
    /// - Parameters:
    ///   - latent: Standard normal, [B, ``Configuration/latent``].
    ///   - labels: Classes [B], int64.
    ///   - alpha: Guidance strengths [B], at least 1; taken as 1 if absent.
    public func callAsFunction(latent: Tensor, labels: Tensor, guidance alpha: Tensor? = nil) -> Tensor {
        let (noise, style) = noiseAndStyle(of: latent)
        return self(noise, style: style, labels: labels, guidance: alpha)
    }

    /// Noise [B, C, H, W] and styles [B, codebooks], nil without styles, from standard normal vectors [B, latent].
    func noiseAndStyle(of latent: Tensor) -> (noise: Tensor, style: Tensor?) {
        let sizes = configuration
        let parts = latent.split([sizes.channels * sizes.size * sizes.size, sizes.styleCount], 1)
        let noise = parts[0].reshape(-1, sizes.channels, sizes.size, sizes.size)
        return (noise, sizes.styleCount > 0 ? Self.styles(parts[1], of: sizes.styles) : nil)
    }

    /// Standard normal numbers as whole numbers below `count`, each equally likely.
    static func styles(_ normal: Tensor, of count: Int) -> Tensor {
        let uniform = ((normal.to(.float64) / 2.0.squareRoot()).erf() + 1) / 2
        return (uniform * Double(count)).floor().clamp(0...Double(count - 1)).to(.int64)
    }
}

// MARK: - Parts

/// Tokens [B, n, D]: a projection of the condition, the same for all, plus a learned vector of each.
private struct ClassTokens: Sendable {
    let projection: Linear
    let vectors: Tensor

    init(_ sizes: DiT.Configuration, in scope: Scope) {
        projection = Linear(
            sizes.condition, sizes.hidden, in: scope / "cls_proj", weight: .xavierUniform(), bias: .zeros)
        vectors = scope.parameter("cls_embed", [1, sizes.classTokens, sizes.hidden], .normal(std: 0.02))
    }

    func callAsFunction(_ condition: Tensor, observe: (String, Tensor) -> Void) -> Tensor {
        let projected = projection(condition)
        observe("cls_proj", projected)
        return projected.unsqueeze(1) + vectors
    }
}

/// Norm, modulation and the pixels of each token, 0 at first.
private struct LastLayer: Sendable {
    let norm: TokenNorm
    let modulation: Modulation
    let linear: Linear

    init(_ sizes: DiT.Configuration, in scope: Scope) {
        norm = TokenNorm(sizes.norm, sizes.hidden, in: scope / "norm_final", isAffine: sizes.norm == .rms)
        modulation = Modulation(2, sizes, in: scope / "adaLN_modulation" / 1)
        linear = Linear(
            sizes.hidden, sizes.patch * sizes.patch * sizes.outputChannels, in: scope / "linear", weight: .zeros,
            bias: .zeros)
    }

    func callAsFunction(_ tokens: Tensor, _ condition: Tensor) -> Tensor {
        let parts = modulation(condition)
        return linear(norm(tokens).modulated(shift: parts[0], scale: parts[1]))
    }
}
