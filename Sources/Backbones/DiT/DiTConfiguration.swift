extension DiT {
    /// Normalisation of a block's tokens.
    public enum Norm: String, Sendable, Hashable, CaseIterable {
        /// Root mean square with a learned gain.
        case rms
        /// Mean and variance; without gain and bias in front of a modulation, with both for queries and keys.
        case layer
    }

    /// Kind of a block's network of two layers.
    public enum FeedForward: String, Sendable, Hashable, CaseIterable {
        /// W2 (SiLU(W1 x) * W3 x), two thirds as wide, rounded up to a multiple of 32 (Shazeer, arXiv 2002.05202).
        case swiGLU = "swiglu"
        /// W2 GELU(W1 x) with the exact GELU.
        case gelu
    }

    /// Sizes and options of a transformer; as they are, those of the release's ablation on ImageNet latents.
    ///
    /// Names in brackets are the release's.
    public struct Configuration: Sendable, Hashable {
        /// Number of classes, K [num_classes].
        public var classes = 1000
        /// Height and width of samples [input_size].
        public var size = 32
        /// Channels of the noise [in_channels].
        public var channels = 4
        /// Channels of the samples [out_channels].
        public var outputChannels = 4
        /// Side of the squares that become tokens, a divisor of the size [patch_size].
        public var patch = 2
        /// Size of a token [hidden_size].
        public var hidden = 768
        /// Size of the condition [cond_dim].
        public var condition = 768
        /// Number of blocks [depth].
        public var depth = 12
        /// Heads of the attention, a divisor of the size of a token [num_heads].
        public var heads = 12
        /// Width of the feed-forward network over that of a token, before SwiGLU takes two thirds [mlp_ratio].
        public var feedForwardRatio = 4.0
        /// Tokens made of the condition that stand before those of the image; 0 for none [n_cls_tokens].
        public var classTokens = 16
        /// Number of style codebooks, one random entry of each is added to the condition [noise_coords].
        public var codebooks = 32
        /// Entries of a codebook; 0 for no styles [noise_classes].
        public var styles = 64
        /// True if the guidance strength is an input; always in the release.
        public var guidance = true
        /// The norm of blocks, queries and keys [use_rmsnorm].
        public var norm = Norm.rms
        /// True if queries and keys are normalised [use_qknorm].
        public var normalisesQueriesAndKeys = true
        /// Numbers of the rotary embedding; none if nil [use_rope, and bfloat16 where attn_fp32 is off].
        public var rotary: RotaryEmbedding.Precision? = .float32
        /// The feed-forward network [use_swiglu].
        public var feedForward = FeedForward.swiGLU
        /// True if attention is computed in float32 under autocast [attn_fp32].
        public var attentionInFloat32 = true

        /// Time input, embedded as in DiT and added to the condition; none in the release.
        public var time = NetworkInterface.Time.none
        /// Permission of the label `classes`, which stands for "no class"; never in the release.
        public var nullClass = false
        /// Names of numbers per example other than time and guidance that are added to the condition; none in the release.
        public var scalars: [String] = []
        /// Channels behind those of the noise that only the input has; none in the release.
        public var extraChannels = 0
        /// Outputs in their order: samples alone in the release, which has a last layer for them.
        public var outputs: [NetworkInterface.Head] = [.sample]

        /// The release's ablation.
        public init() {}

        /// Tokens of the image, T.
        public var tokens: Int { (size / patch) * (size / patch) }

        /// Size of the hidden layer of the feed-forward network.
        public var feedForwardWidth: Int {
            let full = Int(Double(hidden) * feedForwardRatio)
            guard feedForward == .swiGLU else { return full }
            return (Int(2.0 / 3 * Double(full)) + 31) / 32 * 32
        }

        /// Contradiction between sizes, as a clause; nil if a network can be made.
        public var mistake: String? {
            let sizes = [classes, size, channels, outputChannels, patch, hidden, condition, depth, heads]
            guard sizes.allSatisfy({ $0 > 0 }), feedForwardWidth > 0 else { return "a size is not above 0" }
            guard classTokens >= 0, styles >= 0, codebooks >= 0, extraChannels >= 0 else { return "a count is below 0" }
            guard size % patch == 0 else { return "patches of \(patch) x \(patch) do not fill \(size) x \(size)" }
            guard hidden % heads == 0 else { return "\(hidden) features do not form \(heads) equal heads" }
            guard hidden % 4 == 0 else { return "tokens of \(hidden) features are not a multiple of 4" }
            guard rotary == nil || hidden / heads % 2 == 0 else {
                return "heads of \(hidden / heads) features cannot turn in pairs"
            }
            return nil
        }

        /// Number of style indices of a sample; 0 without styles.
        public var styleCount: Int { styles > 0 ? codebooks : 0 }
    }
}

// MARK: - Published sizes

extension DiT {
    /// Models of arXiv 2602.04770, table 8, as the release configures them for ImageNet at 256 x 256.
    public enum Preset: String, Sendable, Hashable, CaseIterable {
        /// 132.71 M parameters on latents 32 x 32 x 4; FID 1.75 in the paper.
        case base2 = "B/2"
        /// 462.91 M parameters on latents 32 x 32 x 4; FID 1.54 in the paper.
        case large2 = "L/2"
        /// 133.86 M parameters on pixels 256 x 256 x 3; FID 1.76 in the paper.
        case base16 = "B/16"
        /// 464.45 M parameters on pixels 256 x 256 x 3; FID 1.61 in the paper.
        case large16 = "L/16"

        /// Sizes and options of the model.
        public var configuration: Configuration {
            var configuration = Configuration()
            if self == .large2 || self == .large16 {
                (configuration.hidden, configuration.condition) = (1024, 1024)
                (configuration.depth, configuration.heads) = (24, 16)
            }
            if self == .base16 || self == .large16 {
                (configuration.size, configuration.patch) = (256, 16)
                (configuration.channels, configuration.outputChannels) = (3, 3)
            } else {
                // Both latent models were trained with attention in bfloat16, rotary tables included.
                (configuration.rotary, configuration.attentionInFloat32) = (.bfloat16, false)
            }
            return configuration
        }
    }
}

// MARK: - Number of parameters

extension DiT.Configuration {
    /// Number of parameters of a network of these sizes, without making one.
    public var parameterCount: Int {
        let affine = norm == .rms ? 1 : 0
        let conditioning = labels * condition + styleCount * styles * condition + (guidance ? guidanceCount : 0)
        let numbers = scalars.count + (time == .none ? 0 : 1)
        let embedding = Self.linear(patch * patch * (channels + extraChannels), hidden) + tokens * hidden
        let classTokens = classTokens > 0 ? Self.linear(condition, hidden) + classTokens * hidden : 0
        let last =
            Self.linear(condition, 2 * hidden) + Self.linear(hidden, patch * patch * outputChannels) + affine * hidden
        let heads = outputs.reduce(0) { $0 + ($1 == .sample ? last : Self.linear(hidden, hidden) + hidden + 1) }
        return conditioning + numbers * scalarCount + embedding + classTokens + depth * blockCount + heads
    }

    /// Rows of the table of classes.
    var labels: Int { classes + (nullClass ? 1 : 0) }

    private var scalarCount: Int {
        Self.linear(ScalarEmbedding.sinusoids, condition) + Self.linear(condition, condition)
    }

    private var guidanceCount: Int { scalarCount + condition }

    private var blockCount: Int {
        let head = hidden / heads
        let modulation = Self.linear(condition, 6 * hidden)
        let attention = Self.linear(hidden, 3 * hidden) + Self.linear(hidden, hidden)
        let headNorms = normalisesQueriesAndKeys ? 2 * head * (norm == .rms ? 1 : 2) : 0
        let width = feedForwardWidth
        let inner = Self.linear(hidden, width) * (feedForward == .swiGLU ? 2 : 1) + Self.linear(width, hidden)
        return modulation + attention + headNorms + inner + (norm == .rms ? 2 * hidden : 0)
    }

    private static func linear(_ inputs: Int, _ outputs: Int) -> Int { (inputs + 1) * outputs }
}

// MARK: - The release's spelling

extension DiT.Configuration: Codable {
    /// Keys of `model_config` in the release's metadata.
    private enum CodingKeys: String, CodingKey {
        case classes = "num_classes"
        case size = "input_size"
        case channels = "in_channels"
        case outputChannels = "out_channels"
        case patch = "patch_size"
        case hidden = "hidden_size"
        case condition = "cond_dim"
        case depth
        case heads = "num_heads"
        case feedForwardRatio = "mlp_ratio"
        case classTokens = "n_cls_tokens"
        case codebooks = "noise_coords"
        case styles = "noise_classes"
        case usesRMSNorm = "use_rmsnorm"
        case normalisesQueriesAndKeys = "use_qknorm"
        case usesRotary = "use_rope"
        case usesSwiGLU = "use_swiglu"
        case attentionInFloat32 = "attn_fp32"
    }

    /// Reads the release's `model_config`, which always has the guidance strength as an input.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        classes = try values.decode(Int.self, forKey: .classes)
        size = try values.decode(Int.self, forKey: .size)
        channels = try values.decode(Int.self, forKey: .channels)
        outputChannels = try values.decode(Int.self, forKey: .outputChannels)
        patch = try values.decode(Int.self, forKey: .patch)
        hidden = try values.decode(Int.self, forKey: .hidden)
        condition = try values.decode(Int.self, forKey: .condition)
        depth = try values.decode(Int.self, forKey: .depth)
        heads = try values.decode(Int.self, forKey: .heads)
        feedForwardRatio = try values.decode(Double.self, forKey: .feedForwardRatio)
        classTokens = try values.decode(Int.self, forKey: .classTokens)
        codebooks = try values.decode(Int.self, forKey: .codebooks)
        styles = try values.decode(Int.self, forKey: .styles)
        norm = try values.decode(Bool.self, forKey: .usesRMSNorm) ? .rms : .layer
        normalisesQueriesAndKeys = try values.decode(Bool.self, forKey: .normalisesQueriesAndKeys)
        attentionInFloat32 = try values.decode(Bool.self, forKey: .attentionInFloat32)
        feedForward = try values.decode(Bool.self, forKey: .usesSwiGLU) ? .swiGLU : .gelu
        rotary = try values.decode(Bool.self, forKey: .usesRotary) ? (attentionInFloat32 ? .float32 : .bfloat16) : nil
    }

    /// Writes the release's `model_config`.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(classes, forKey: .classes)
        try values.encode(size, forKey: .size)
        try values.encode(channels, forKey: .channels)
        try values.encode(outputChannels, forKey: .outputChannels)
        try values.encode(patch, forKey: .patch)
        try values.encode(hidden, forKey: .hidden)
        try values.encode(condition, forKey: .condition)
        try values.encode(depth, forKey: .depth)
        try values.encode(heads, forKey: .heads)
        try values.encode(feedForwardRatio, forKey: .feedForwardRatio)
        try values.encode(classTokens, forKey: .classTokens)
        try values.encode(codebooks, forKey: .codebooks)
        try values.encode(styles, forKey: .styles)
        try values.encode(norm == .rms, forKey: .usesRMSNorm)
        try values.encode(normalisesQueriesAndKeys, forKey: .normalisesQueriesAndKeys)
        try values.encode(rotary != nil, forKey: .usesRotary)
        try values.encode(feedForward == .swiGLU, forKey: .usesSwiGLU)
        try values.encode(attentionInFloat32, forKey: .attentionInFloat32)
    }
}
