extension UNet2D.Configuration: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case channels = "in_channels"
        case outputChannels = "out_channels"
        case size = "sample_size"
        case levels = "block_out_channels"
        case down = "down_block_types"
        case up = "up_block_types"
        case blocks = "layers_per_block"
        case headWidth = "attention_head_dim"
        case groups = "norm_num_groups"
        case attentionGroups = "attn_norm_num_groups"
        case epsilon = "norm_eps"
        case scaling = "resnet_time_scale_shift"
        case hasAttention = "add_attention"
        case middleScale = "mid_block_scale_factor"
        case shrinkPadding = "downsample_padding"
        case classes = "num_class_embeds"
        case cosinesFirst = "flip_sin_to_cos"
        case frequencyShift = "freq_shift"
        case centresInput = "center_input_sample"
        case timeKind = "time_embedding_type"
        case classKind = "class_embed_type"
        case activation = "act_fn"
        case shrinking = "downsample_type"
        case growing = "upsample_type"
        case middle = "mid_block_type"
        case width = "time_embedding_dim"
        case dropout
        case steps = "num_train_timesteps"
    }

    /// Keys of `config.json` that are understood.
    public static let knownKeys = Set(CodingKeys.allCases.map(\.rawValue))

    /// Reads diffusers' `config.json`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        channels = try values.value(.channels, or: channels)
        outputChannels = try values.value(.outputChannels, or: outputChannels)
        size = try values.decodeIfPresent(Int.self, forKey: .size)
        levels = try values.value(.levels, or: levels)
        blocks = try values.value(.blocks, or: blocks)
        // Null says one head, an absent key eight channels.
        headWidth =
            values.contains(.headWidth) ? try values.decodeIfPresent(Int.self, forKey: .headWidth) : headWidth
        groups = try values.value(.groups, or: groups)
        attentionGroups = try values.decodeIfPresent(Int.self, forKey: .attentionGroups)
        epsilon = try values.value(.epsilon, or: epsilon)
        hasAttention = try values.value(.hasAttention, or: hasAttention)
        middleScale = try values.value(.middleScale, or: middleScale)
        shrinkPadding = try values.value(.shrinkPadding, or: shrinkPadding)
        classes = try values.decodeIfPresent(Int.self, forKey: .classes)
        cosinesFirst = try values.value(.cosinesFirst, or: cosinesFirst)
        frequencyShift = try values.value(.frequencyShift, or: frequencyShift)
        centresInput = try values.value(.centresInput, or: centresInput)
        scalesNorms = try values.value(.scaling, or: "default") == "scale_shift"
        unserved = try Self.unserved(values)
        try readLevels(values)
    }

    /// Kinds of blocks by name: an unknown one is no error of the syntax but a network that is not served.
    private mutating func readLevels(_ values: KeyedDecodingContainer<CodingKeys>) throws {
        func kinds(_ key: CodingKeys, _ standard: [UNet2D.Level], _ unserved: inout String?) throws -> [UNet2D.Level] {
            guard let names = try values.decodeIfPresent([String].self, forKey: key) else { return standard }
            return names.compactMap { name in
                let kind = UNet2D.Level(rawValue: name)
                if kind == nil { unserved = unserved ?? "\(key.rawValue) has a '\(name)', which is not served" }
                return kind
            }
        }
        down = try kinds(.down, down, &unserved)
        up = try kinds(.up, up, &unserved)
    }

    /// Choices of which one is served.
    private static func unserved(_ values: KeyedDecodingContainer<CodingKeys>) throws -> String? {
        let choices: [(CodingKeys, [String], String)] = [
            (.timeKind, ["positional"], "positional"), (.activation, ["silu", "swish"], "silu"),
            (.shrinking, ["conv"], "conv"), (.growing, ["conv"], "conv"),
            (.middle, ["UNetMidBlock2D"], "UNetMidBlock2D"),
            (.scaling, ["default", "scale_shift"], "default"),
        ]
        for (key, served, standard) in choices {
            let chosen = try values.value(key, or: standard)
            guard served.contains(chosen) else {
                return "\(key.rawValue) is '\(chosen)', and only \(served.joined(separator: " and ")) is served"
            }
        }
        if let kind = try values.decodeIfPresent(String.self, forKey: .classKind) {
            return "class_embed_type is '\(kind)', and only a table of classes is served"
        }
        let width = try values.decodeIfPresent(Int.self, forKey: .width)
        return width.map { "time_embedding_dim is \($0), and only null is served" }
    }

    /// Writes diffusers' `config.json`.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(channels, forKey: .channels)
        try values.encode(outputChannels, forKey: .outputChannels)
        try values.encode(size, forKey: .size)
        try values.encode(levels, forKey: .levels)
        try values.encode(down, forKey: .down)
        try values.encode(up, forKey: .up)
        try values.encode(blocks, forKey: .blocks)
        try values.encode(headWidth, forKey: .headWidth)
        try values.encode(groups, forKey: .groups)
        try values.encode(attentionGroups, forKey: .attentionGroups)
        try values.encode(epsilon, forKey: .epsilon)
        try values.encode(scalesNorms ? "scale_shift" : "default", forKey: .scaling)
        try values.encode(hasAttention, forKey: .hasAttention)
        try values.encode(middleScale, forKey: .middleScale)
        try values.encode(shrinkPadding, forKey: .shrinkPadding)
        try values.encode(classes, forKey: .classes)
        try values.encode(cosinesFirst, forKey: .cosinesFirst)
        try values.encode(frequencyShift, forKey: .frequencyShift)
        try values.encode(centresInput, forKey: .centresInput)
        try values.encode("positional", forKey: .timeKind)
        try values.encode("silu", forKey: .activation)
        try values.encode("conv", forKey: .shrinking)
        try values.encode("conv", forKey: .growing)
    }
}
