public import Settings

/// Sizes of a ``/Backbones/MLP``.
public struct MLPSettings: SettingsSection, Sendable, Hashable {
    /// Size of the noise, for methods that draw a sample from noise of any size.
    public var latent = 2
    /// Size of the hidden layers.
    public var width = 128
    /// Number of hidden layers.
    public var depth = 3

    /// A network for points of the plane.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key(
            "latent", &latent, .in(1...4096),
            about: "Size of the noise vector, for methods that leave it to the network.")
        key("width", &width, .in(1...8192), about: "Size of the hidden layers.")
        key("depth", &depth, .in(1...32), about: "Number of hidden layers.")
    }
}
