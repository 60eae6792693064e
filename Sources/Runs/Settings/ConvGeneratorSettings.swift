public import Settings

/// Sizes of a ``/Backbones/ConvGenerator``; channels and classes come from the data.
public struct ConvGeneratorSettings: SettingsSection, Sendable, Hashable {
    /// Size of the latent vector.
    public var latent = 128
    /// Channels of the finest level.
    public var width = 24
    /// Size of the conditioning vector.
    public var condition = 128

    /// The demo's generator.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("latent", &latent, .in(1...4096), about: "Size of the latent vector.")
        key(
            "width", &width, .multiple(of: 4), .in(4...1024),
            about: "Channels of the finest level; coarser ones double.")
        key("condition", &condition, .in(1...4096), about: "Size of the conditioning vector.")
    }
}
