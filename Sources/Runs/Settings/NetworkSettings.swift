public import Backbones
public import Settings
public import TorchNN

/// The network that learns the data.
public enum NetworkSettings: Sendable, Hashable {
    /// Latent vector to image, by convolutions.
    case convGenerator(ConvGeneratorSettings)
    /// Image to image, or noise of the image's shape to image, by a transformer.
    case dit(DiTSettings)
    /// Image to image, by convolutions with skips.
    case unet(UNetSettings)
    /// Vector to vector.
    case mlp(MLPSettings)

    /// All kinds, for section `network`.
    public static var kinds: [SettingsKind<NetworkSettings>] {
        [
            SettingsKind("conv_generator", ConvGeneratorSettings(), NetworkSettings.convGenerator) {
                if case .convGenerator(let settings) = $0 { settings } else { nil }
            },
            ditKind("dit", nil), ditKind("dit_b2", .base2), ditKind("dit_l2", .large2), ditKind("dit_b16", .base16),
            ditKind("dit_l16", .large16),
            SettingsKind("unet", UNetSettings(), NetworkSettings.unet) {
                if case .unet(let settings) = $0 { settings } else { nil }
            },
            SettingsKind("mlp", MLPSettings(), NetworkSettings.mlp) {
                if case .mlp(let settings) = $0 { settings } else { nil }
            },
        ]
    }

    /// A transformer that starts from a preset's sizes, or from small ones.
    private static func ditKind(_ name: String, _ preset: DiT.Preset?) -> SettingsKind<NetworkSettings> {
        SettingsKind(name, DiTSettings(preset), NetworkSettings.dit) {
            if case .dit(let settings) = $0, settings.preset == preset { settings } else { nil }
        }
    }

    private var maker: any NetworkMaker {
        switch self {
        case .convGenerator(let settings): settings
        case .dit(let settings): settings
        case .unet(let settings): settings
        case .mlp(let settings): settings
        }
    }

    /// The reason for which the network cannot serve a method on some data, if there is one, as the rest of a sentence.
    public func mistake(for interface: NetworkInterface) -> String? { maker.mistake(for: interface) }

    /// The network for a method on some data, with its parameters in a scope.
    ///
    /// - Throws: If ``mistake(for:)`` names a reason.
    public func network(for interface: NetworkInterface, in scope: Scope) throws -> any ConditionalNetwork {
        try maker.network(for: interface, in: scope)
    }
}

/// Settings of one kind of network.
protocol NetworkMaker {
    func mistake(for interface: NetworkInterface) -> String?
    func network(for interface: NetworkInterface, in scope: Scope) throws -> any ConditionalNetwork
}
