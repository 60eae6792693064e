public import Backbones
public import Settings

/// Sizes of a ``/Backbones/UNet``; channels, size and classes come from the data.
public struct UNetSettings: SettingsSection, Sendable, Hashable {
    /// The sizes.
    public var sizes = UNet.Configuration()

    /// A network for small images on two CPU cores.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("width", &sizes.width, .multiple(of: 4), .in(4...2048), about: "Channels of the finest level.")
        key(
            "multipliers", &sizes.multipliers, .count(.in(1...8)), .each(.in(1...64)),
            about:
                "Channels of each level as multiples of width, finest first; each level after the first halves height and width."
        )
        key(
            "blocks", &sizes.blocks, .in(1...32),
            about: "Residual blocks per level going down; one more going up.")
        key(
            "attention_size", &sizes.attentionSize, .in(0...1024),
            about: "Largest height of maps with attention; 0 for no attention.")
        key("head_width", &sizes.headWidth, .in(1...1024), about: "Minimum channels of an attention head.")
        key("condition", &sizes.condition, .in(1...16_384), about: "Size of the conditioning vector.")
    }
}
