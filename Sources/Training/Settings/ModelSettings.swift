internal import Backbones
public import Settings

/// The network that learns the data.
public enum ModelSettings: Sendable, Hashable {
    /// Latent vector to image, by convolutions.
    case convGenerator(ConvGeneratorSettings)
    /// Noise of the image's shape to image, by a transformer.
    case dit(DiTSettings)
    /// Vector to vector.
    case mlp(MLPSettings)

    /// Whether its outputs are images.
    public var drawsImages: Bool { if case .mlp = self { false } else { true } }

    /// Number of standard normal numbers that a sample is made of, for data of this layout.
    public func latent(for data: DataLayout) -> Int {
        switch self {
        case .convGenerator(let sizes): sizes.latent
        case .dit(let sizes): sizes.configuration(for: data, isGuided: false).latent
        case .mlp(let sizes): sizes.latent
        }
    }

    static var kinds: [SettingsKind<ModelSettings>] {
        [
            SettingsKind("conv_generator", ConvGeneratorSettings(), ModelSettings.convGenerator) {
                if case .convGenerator(let settings) = $0 { settings } else { nil }
            },
            ditKind("dit", nil), ditKind("dit_b2", .base2), ditKind("dit_l2", .large2), ditKind("dit_b16", .base16),
            ditKind("dit_l16", .large16),
            SettingsKind("mlp", MLPSettings(), ModelSettings.mlp) {
                if case .mlp(let settings) = $0 { settings } else { nil }
            },
        ]
    }
}

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

extension ModelSettings {
    /// A transformer that starts from a preset's sizes, or from small ones.
    private static func ditKind(_ name: String, _ preset: DiT.Preset?) -> SettingsKind<ModelSettings> {
        SettingsKind(name, DiTSettings(preset), ModelSettings.dit) {
            if case .dit(let settings) = $0, settings.preset == preset { settings } else { nil }
        }
    }
}

/// Sizes of a ``/Backbones/MLP``.
public struct MLPSettings: SettingsSection, Sendable, Hashable {
    /// Size of the noise.
    public var latent = 2
    /// Size of the hidden layers.
    public var width = 128
    /// Number of hidden layers.
    public var depth = 3

    /// A network for points of the plane.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("latent", &latent, .in(1...4096), about: "Size of the noise.")
        key("width", &width, .in(1...8192), about: "Size of the hidden layers.")
        key("depth", &depth, .in(1...32), about: "Number of hidden layers.")
    }
}
