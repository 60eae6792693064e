public import TorchNN

extension DiTTransformer2D {
    /// Sizes and options, with the keys and defaults of diffusers' `config.json` for this class.
    public struct Configuration: Sendable, Hashable {
        /// Heads of the attention [num_attention_heads].
        public var heads = 16
        /// Features of a head [attention_head_dim].
        public var headWidth = 72
        /// Channels of latents [in_channels].
        public var channels = 4
        /// Channels of predictions, twice as many where variances are learned [out_channels].
        public var outputChannels = 4
        /// Number of blocks [num_layers].
        public var depth = 28
        /// Height and width of latents [sample_size].
        public var size = 32
        /// Side of the squares that become tokens [patch_size].
        public var patch = 2
        /// Number of classes; the label behind them is none [num_embeds_ada_norm].
        public var classes = 1000
        /// Biases of queries, keys and values [attention_bias].
        public var attentionBias = true
        /// Function between the two layers of a block [activation_fn].
        public var activation = Activation.geluTanh
        /// Added to variances in the second norm of a block [norm_eps].
        public var epsilon = 1e-5
        /// Subtracted from the number of frequencies of steps: 1 in diffusers, 0 in the original code [freq_shift, which diffusers does not
        /// know].
        public var frequencyShift = 1.0
        /// A choice that this network does not offer, as a clause; nil if there is none.
        var unserved: String?

        /// diffusers' defaults: DiT-XL/2.
        public init() {}

        /// Features of a token.
        public var width: Int { heads * headWidth }

        /// A reason for which there is no such network here, as a clause; nil if there is.
        public var mistake: String? {
            if let unserved { return unserved }
            let sizes = [
                ("num_attention_heads", heads), ("attention_head_dim", headWidth), ("in_channels", channels),
                ("out_channels", outputChannels), ("sample_size", size), ("patch_size", patch),
                ("num_embeds_ada_norm", classes),
            ]
            if let limit = ConfigurationLimits.mistake(sizes: sizes, depths: [("num_layers", depth)]) { return limit }
            guard width <= ConfigurationLimits.size, size <= 1 << 12 else { return "the network is too large" }
            guard width % 4 == 0 else { return "tokens of \(width) features are not a multiple of 4" }
            guard size % patch == 0 else { return "patches of \(patch) do not fill latents of \(size)" }
            guard [0, 1].contains(frequencyShift) else { return "freq_shift is \(frequencyShift), not 0 or 1" }
            return epsilon >= 0 ? nil : "norm_eps is below 0"
        }
    }
}

extension DiTTransformer2D.Configuration: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case heads = "num_attention_heads"
        case headWidth = "attention_head_dim"
        case channels = "in_channels"
        case outputChannels = "out_channels"
        case depth = "num_layers"
        case size = "sample_size"
        case patch = "patch_size"
        case classes = "num_embeds_ada_norm"
        case attentionBias = "attention_bias"
        case activation = "activation_fn"
        case epsilon = "norm_eps"
        case norm = "norm_type"
        case isAffine = "norm_elementwise_affine"
        case groups = "norm_num_groups"
        case dropout
        case upcast = "upcast_attention"
        case frequencyShift = "freq_shift"
    }

    /// Keys of `config.json` that are understood.
    public static let knownKeys = Set(CodingKeys.allCases.map(\.rawValue))

    private static let activations: [String: Activation] = ["gelu-approximate": .geluTanh, "gelu": .gelu]

    /// Reads diffusers' `config.json`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        heads = try values.value(.heads, or: heads)
        headWidth = try values.value(.headWidth, or: headWidth)
        channels = try values.value(.channels, or: channels)
        outputChannels = try values.value(.outputChannels, or: channels)
        depth = try values.value(.depth, or: depth)
        size = try values.value(.size, or: size)
        patch = try values.value(.patch, or: patch)
        classes = try values.value(.classes, or: classes)
        attentionBias = try values.value(.attentionBias, or: attentionBias)
        epsilon = try values.value(.epsilon, or: epsilon)
        frequencyShift = try values.value(.frequencyShift, or: frequencyShift)
        let name = try values.value(.activation, or: "gelu-approximate")
        let norm = try values.value(.norm, or: "ada_norm_zero")
        if let activation = Self.activations[name] {
            self.activation = activation
        } else {
            unserved = "activation_fn is '\(name)', and only gelu-approximate and gelu are served"
        }
        if norm != "ada_norm_zero" { unserved = "norm_type is '\(norm)', and only ada_norm_zero is served" }
        if try values.value(.isAffine, or: false) { unserved = "norm_elementwise_affine is true, which is not served" }
    }

    /// Writes diffusers' `config.json`.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(heads, forKey: .heads)
        try values.encode(headWidth, forKey: .headWidth)
        try values.encode(channels, forKey: .channels)
        try values.encode(outputChannels, forKey: .outputChannels)
        try values.encode(depth, forKey: .depth)
        try values.encode(size, forKey: .size)
        try values.encode(patch, forKey: .patch)
        try values.encode(classes, forKey: .classes)
        try values.encode(attentionBias, forKey: .attentionBias)
        try values.encode(Self.activations.first { $0.value == activation }?.key, forKey: .activation)
        try values.encode(epsilon, forKey: .epsilon)
        if frequencyShift != 1 { try values.encode(frequencyShift, forKey: .frequencyShift) }
        try values.encode("ada_norm_zero", forKey: .norm)
        try values.encode(false, forKey: .isAffine)
    }
}
