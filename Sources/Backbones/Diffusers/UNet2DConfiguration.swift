extension UNet2D {
    /// Kind of the blocks of a level.
    public enum Level: String, Sendable, Hashable, Codable {
        /// Residual blocks on the way down.
        case down = "DownBlock2D"
        /// Residual blocks, each with attention behind it, on the way down.
        case attendedDown = "AttnDownBlock2D"
        /// Residual blocks on the way up.
        case up = "UpBlock2D"
        /// Residual blocks, each with attention behind it, on the way up.
        case attendedUp = "AttnUpBlock2D"

        /// True if each block is followed by attention.
        public var hasAttention: Bool { self == .attendedDown || self == .attendedUp }
        /// True of the way down.
        var isDown: Bool { self == .down || self == .attendedDown }
    }

    /// Sizes and options, with the keys and defaults of diffusers' `config.json` for this class.
    public struct Configuration: Sendable, Hashable {
        /// Channels of the input [in_channels].
        public var channels = 3
        /// Channels of the prediction [out_channels].
        public var outputChannels = 3
        /// Height and width of the maps of training [sample_size].
        public var size: Int?
        /// Channels of each level, finest first [block_out_channels].
        public var levels = [224, 448, 672, 896]
        /// Kinds of levels on the way down, finest first [down_block_types].
        public var down = [Level.down, .attendedDown, .attendedDown, .attendedDown]
        /// Kinds of levels on the way up, coarsest first [up_block_types].
        public var up = [Level.attendedUp, .attendedUp, .attendedUp, .up]
        /// Residual blocks of a level on the way down; one more on the way up [layers_per_block].
        public var blocks = 2
        /// Channels of an attention head; one head of all channels if nil [attention_head_dim].
        public var headWidth: Int? = 8
        /// Groups of the norms [norm_num_groups].
        public var groups = 32
        /// Groups of the norm before the middle's attention, if they differ [attn_norm_num_groups].
        public var attentionGroups: Int?
        /// Added to variances [norm_eps].
        public var epsilon = 1e-5
        /// Scale and shift of norms by the condition, instead of an addition [resnet_time_scale_shift].
        public var scalesNorms = false
        /// Attention in the middle [add_attention].
        public var hasAttention = true
        /// Number by which sums of the middle's residual connections are divided [mid_block_scale_factor].
        public var middleScale = 1.0
        /// Padding of the convolutions of stride 2: 1 on all sides, or 0 for the right and the bottom alone [downsample_padding].
        public var shrinkPadding = 1
        /// Rows of the table of classes; nil without classes [num_class_embeds].
        public var classes: Int?
        /// Cosines before sines in the embedding of steps [flip_sin_to_cos].
        public var cosinesFirst = true
        /// Subtracted from the number of frequencies [freq_shift].
        public var frequencyShift = 0.0
        /// Inputs in [0, 1] that are brought to [-1, 1] first [center_input_sample].
        public var centresInput = false
        /// A choice that this network does not offer, as a clause; nil if there is none.
        var unserved: String?

        /// diffusers' defaults.
        public init() {}

        /// Size of the condition.
        public var condition: Int { 4 * levels[0] }

        /// A reason for which there is no such network here, as a clause; nil if there is.
        public var mistake: String? {
            if let unserved { return unserved }
            let optional = [("sample_size", size), ("num_class_embeds", classes), ("attention_head_dim", headWidth)]
            let given = optional.compactMap { name, value in value.map { (name, $0) } }
            let sizes = [
                ("in_channels", channels), ("out_channels", outputChannels), ("norm_num_groups", groups),
                ("attn_norm_num_groups", attentionGroups ?? groups),
            ]
            let limit = ConfigurationLimits.mistake(
                sizes: sizes + given + levels.map { ("a number of block_out_channels", $0) },
                depths: [("layers_per_block", blocks)])
            if let limit { return limit }
            guard (1...16).contains(levels.count), down.count == levels.count, up.count == levels.count else {
                return """
                    \(down.count) down_block_types and \(up.count) up_block_types stand beside \(levels.count) block_out_channels
                    """
            }
            guard down.allSatisfy(\.isDown), !up.contains(where: \.isDown) else { return "blocks go the other way" }
            guard levels[0] >= 2, epsilon >= 0, middleScale > 0, [0, 1].contains(shrinkPadding) else {
                return "norm_eps, mid_block_scale_factor or downsample_padding is out of range"
            }
            if let headWidth, let odd = attended.first(where: { $0 % headWidth != 0 }) {
                return "\(odd) channels do not form heads of attention_head_dim = \(headWidth)"
            }
            let sums = levels + skipSums
            return ConfigurationLimits.mistake(groups: groups, of: sums)
                ?? ConfigurationLimits.mistake(groups: attentionGroups ?? groups, of: levels.suffix(1))
        }

        /// Channels of levels with attention.
        private var attended: [Int] {
            let downs = zip(down, levels).compactMap { $0.hasAttention ? $1 : nil }
            let ups = zip(up, levels.reversed()).compactMap { $0.hasAttention ? $1 : nil }
            return downs + ups + (hasAttention ? levels.suffix(1) : [])
        }

        /// Channels that blocks of the way up see.
        private var skipSums: [Int] {
            var skips = [levels[0]]
            for (index, channels) in levels.enumerated() {
                skips += Array(repeating: channels, count: blocks + (index < levels.count - 1 ? 1 : 0))
            }
            var (sums, last) = ([Int](), levels[levels.count - 1])
            for channels in levels.reversed() {
                for _ in 0...blocks {
                    sums.append(last + skips.removeLast())
                    last = channels
                }
            }
            return sums
        }
    }
}
