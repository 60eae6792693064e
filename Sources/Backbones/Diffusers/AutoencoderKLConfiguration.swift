extension AutoencoderKL {
    /// Sizes and options, with the keys and defaults of diffusers' `config.json` for this class.
    public struct Configuration: Sendable, Hashable {
        /// Channels of images that are encoded [in_channels].
        public var channels = 3
        /// Channels of images that are decoded [out_channels].
        public var outputChannels = 3
        /// Channels of latents [latent_channels].
        public var latentChannels = 4
        /// Channels of each level, finest first [block_out_channels].
        public var levels = [64]
        /// Residual blocks of a level of the encoder; one more in the decoder [layers_per_block].
        public var blocks = 1
        /// Groups of the norms [norm_num_groups].
        public var groups = 32
        /// Attention between the middle blocks [mid_block_add_attention].
        public var hasAttention = true
        /// A 1 x 1 convolution behind the encoder [use_quant_conv].
        public var hasMomentsConvolution = true
        /// A 1 x 1 convolution before the decoder [use_post_quant_conv].
        public var hasLatentsConvolution = true
        /// Factor that brings latents to unit variance [scaling_factor].
        public var scale = 0.18215
        /// Subtracted before scaling [shift_factor].
        public var shift = 0.0
        /// Height and width of the images of training, at which ``Tiling`` begins by default [sample_size].
        public var size = 32
        /// The only activation that is served [act_fn].
        var activation = "silu"
        /// Kinds of levels [down_block_types], [up_block_types].
        var kinds = Kinds()

        /// Kinds of levels, which are checked when they are read.
        struct Kinds: Hashable {
            var down: [String] = []
            var up: [String] = []
            var hasStatistics = false
        }

        /// diffusers' defaults.
        public init() {}

        /// Stable Diffusion's first autoencoder, 83 653 863 parameters: four levels, latents an eighth as large as images.
        public static let stableDiffusion: Configuration = {
            var configuration = Configuration()
            (configuration.levels, configuration.blocks, configuration.size) = ([128, 256, 512, 512], 2, 256)
            return configuration
        }()

        /// Side of images over that of latents.
        public var factor: Int { 1 << (levels.count - 1) }

        /// A reason for which there is no such network here, as a clause; nil if there is.
        public var mistake: String? {
            let sizes = [
                ("in_channels", channels), ("out_channels", outputChannels), ("latent_channels", latentChannels),
                ("norm_num_groups", groups), ("sample_size", size),
            ]
            let limit = ConfigurationLimits.mistake(
                sizes: sizes + levels.map { ("a number of block_out_channels", $0) },
                depths: [("layers_per_block", blocks)])
            if let limit { return limit }
            guard (1...16).contains(levels.count) else { return "block_out_channels has \(levels.count) levels" }
            if let mistake = ConfigurationLimits.mistake(groups: groups, of: levels) { return mistake }
            guard scale > 0, scale.isFinite, shift.isFinite else { return "scaling_factor is \(scale), not above 0" }
            guard ["silu", "swish"].contains(activation) else {
                return "act_fn is '\(activation)', and only silu is served"
            }
            guard !kinds.hasStatistics else { return "latents_mean and latents_std are given, which are not served" }
            return Self.mistake(kinds.down, "DownEncoderBlock2D", levels.count)
                ?? Self.mistake(kinds.up, "UpDecoderBlock2D", levels.count)
        }

        private static func mistake(_ kinds: [String], _ only: String, _ count: Int) -> String? {
            if let other = kinds.first(where: { $0 != only }) {
                return "there is a \(other), and only \(only) is served"
            }
            return kinds.isEmpty || kinds.count == count
                ? nil : "there are \(kinds.count) of \(only) for \(count) block_out_channels"
        }
    }
}

extension AutoencoderKL.Configuration: Codable {
    private enum CodingKeys: String, CodingKey {
        case channels = "in_channels"
        case outputChannels = "out_channels"
        case latentChannels = "latent_channels"
        case levels = "block_out_channels"
        case blocks = "layers_per_block"
        case groups = "norm_num_groups"
        case hasAttention = "mid_block_add_attention"
        case hasMomentsConvolution = "use_quant_conv"
        case hasLatentsConvolution = "use_post_quant_conv"
        case scale = "scaling_factor"
        case shift = "shift_factor"
        case size = "sample_size"
        case activation = "act_fn"
        case down = "down_block_types"
        case up = "up_block_types"
        case means = "latents_mean"
        case deviations = "latents_std"
    }

    /// Keys of `config.json` that are understood.
    public static let knownKeys: Set<String> = Set(
        [
            "in_channels", "out_channels", "latent_channels", "block_out_channels", "layers_per_block",
            "norm_num_groups",
            "mid_block_add_attention", "use_quant_conv", "use_post_quant_conv", "scaling_factor", "shift_factor",
            "sample_size", "act_fn", "down_block_types", "up_block_types", "latents_mean", "latents_std",
            "force_upcast",
        ])

    /// Reads diffusers' `config.json`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        channels = try values.value(.channels, or: channels)
        outputChannels = try values.value(.outputChannels, or: outputChannels)
        latentChannels = try values.value(.latentChannels, or: latentChannels)
        levels = try values.value(.levels, or: levels)
        blocks = try values.value(.blocks, or: blocks)
        groups = try values.value(.groups, or: groups)
        hasAttention = try values.value(.hasAttention, or: hasAttention)
        hasMomentsConvolution = try values.value(.hasMomentsConvolution, or: hasMomentsConvolution)
        hasLatentsConvolution = try values.value(.hasLatentsConvolution, or: hasLatentsConvolution)
        scale = try values.value(.scale, or: scale)
        shift = try values.value(.shift, or: shift)
        size = try values.value(.size, or: size)
        activation = try values.value(.activation, or: activation)
        kinds.down = try values.value(.down, or: [])
        kinds.up = try values.value(.up, or: [])
        kinds.hasStatistics =
            try values.decodeIfPresent([Double].self, forKey: .means) != nil
            || values.decodeIfPresent([Double].self, forKey: .deviations) != nil
    }

    /// Writes diffusers' `config.json`.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(channels, forKey: .channels)
        try values.encode(outputChannels, forKey: .outputChannels)
        try values.encode(latentChannels, forKey: .latentChannels)
        try values.encode(levels, forKey: .levels)
        try values.encode(blocks, forKey: .blocks)
        try values.encode(groups, forKey: .groups)
        try values.encode(hasAttention, forKey: .hasAttention)
        try values.encode(hasMomentsConvolution, forKey: .hasMomentsConvolution)
        try values.encode(hasLatentsConvolution, forKey: .hasLatentsConvolution)
        try values.encode(scale, forKey: .scale)
        if shift != 0 { try values.encode(shift, forKey: .shift) }
        try values.encode(size, forKey: .size)
        try values.encode("silu", forKey: .activation)
        try values.encode(levels.map { _ in "DownEncoderBlock2D" }, forKey: .down)
        try values.encode(levels.map { _ in "UpDecoderBlock2D" }, forKey: .up)
    }
}
