public import Backbones
public import Settings

/// Sizes and options of a ``/Backbones/DiT``; channels, classes and the size of samples come from the data.
public struct DiTSettings: SettingsSection, Sendable, Hashable {
    /// The published model whose sizes are the defaults; small sizes for two CPU cores if nil.
    public let preset: DiT.Preset?
    /// Sizes and options; those that the data decide are not used.
    public var sizes: DiT.Configuration

    /// Sizes of a published model, or small ones: 128 features, 4 blocks, patches of 4, 4 class tokens, 8 styles of 16.
    public init(_ preset: DiT.Preset? = nil) {
        self.preset = preset
        sizes = preset?.configuration ?? Self.small
    }

    private static var small: DiT.Configuration {
        var sizes = DiT.Configuration()
        (sizes.hidden, sizes.condition, sizes.depth, sizes.heads) = (128, 128, 4, 4)
        (sizes.patch, sizes.classTokens, sizes.codebooks, sizes.styles) = (4, 4, 8, 16)
        return sizes
    }

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("patch", &sizes.patch, .in(1...256), about: "Side of the square patches that become tokens, in pixels.")
        key("hidden", &sizes.hidden, .multiple(of: 4), .in(4...16_384), about: "Features of a token.")
        key("condition", &sizes.condition, .in(1...16_384), about: "Size of the conditioning vector.")
        key("depth", &sizes.depth, .in(1...256), about: "Number of blocks.")
        key("heads", &sizes.heads, .in(1...256), about: "Heads of the attention.")
        key(
            "feed_forward_ratio", &sizes.feedForwardRatio, .in(0.25...32),
            about: "Hidden width of the feed-forward network over hidden; SwiGLU uses two thirds of it.")
        key("class_tokens", &sizes.classTokens, .in(0...1024), about: "Tokens made from the condition; 0 for none.")
        key("codebooks", &sizes.codebooks, .in(0...1024), about: "Number of style codebooks.")
        key("styles", &sizes.styles, .in(0...65_536), about: "Entries of a codebook; 0 for no styles.")
        key("norm", &sizes.norm, about: "rms or layer.")
        key("qk_norm", &sizes.normalisesQueriesAndKeys, about: "Normalise queries and keys.")
        key(
            "rotary", &sizes.rotary,
            about: "float32, bfloat16 (rounded as in the release's latent models), or null for none.")
        key("feed_forward", &sizes.feedForward, about: "swiglu or gelu.")
        key(
            "attention_float32", &sizes.attentionInFloat32,
            about: "Compute attention in float32 even in bfloat16 runs.")
        let mistake = sizes.headMistake
        key.require(mistake == nil, "heads", mistake ?? "")
        key.require(sizes.hidden % 4 == 0, "hidden", "must be a multiple of 4, for positions in two dimensions")
        key.require(
            sizes.feedForwardWidth > 0, "feed_forward_ratio",
            "leaves the feed-forward network nothing of \(sizes.hidden)")
    }
}

extension DiT.Configuration {
    /// Mistake in the number of heads.
    fileprivate var headMistake: String? {
        guard hidden % heads == 0 else { return "must divide hidden, \(hidden)" }
        guard rotary == nil || hidden / heads % 2 == 0 else { return "must leave each head an even number of features" }
        return nil
    }
}

extension DiT.Norm: SettingsValue {}
extension DiT.FeedForward: SettingsValue {}
extension RotaryEmbedding.Precision: SettingsValue {}
