public import Backbones
internal import Foundation
public import Torch
public import TorchNN

/// A network of an artifact before it is built: its kind, its sizes, and its tensors by the names of the network here.
public struct StoredNetwork: Sendable {
    /// Networks that artifacts are read as, by the names of their classes.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// diffusers' U-Net of DDPM.
        case unet = "UNet2DModel"
        /// diffusers' transformer of DiT.
        case transformer = "DiTTransformer2DModel"
        /// diffusers' autoencoder.
        case autoencoder = "AutoencoderKL"
        /// The generator of the authors' release.
        case generator = "DiT"
        /// The masked autoencoder of the authors' release.
        case maskedAutoencoder = "MaskedAutoencoder"

        /// The kind of a class of diffusers; nil for others.
        init?(diffusers name: String) {
            switch name {
            case _ where UNet2D.classNames.contains(name): self = .unet
            case _ where DiTTransformer2D.classNames.contains(name): self = .transformer
            case _ where AutoencoderKL.classNames.contains(name): self = .autoencoder
            default: return nil
            }
        }
    }

    /// A network with its values.
    public enum Built: Sendable {
        case unet(UNet2D)
        case transformer(DiTTransformer2D)
        case autoencoder(AutoencoderKL)
        case generator(DiT)
        case maskedAutoencoder(MaskedAutoencoder)
    }

    /// The kind.
    public let kind: Kind
    /// Sizes and options in the words of the class.
    public let configuration: JSONValue
    /// Tensors by the names of the network here.
    public let tensors: [String: StoredTensor]
    /// Path of the artifact, for errors.
    public let origin: String

    /// A network whose tensors are checked: names, shapes and types, before any of them is read.
    ///
    /// - Throws: ``ArtifactError`` about the configuration, or ``/Torch/TorchError`` with the list of all that does not fit.
    public init(_ kind: Kind, _ configuration: JSONValue, _ tensors: [String: StoredTensor], from origin: String) throws
    {
        (self.kind, self.configuration, self.tensors, self.origin) = (kind, configuration, tensors, origin)
        let plan = ParameterStore.blueprint()
        _ = try catchingTorchErrors { try build(in: plan) }
        try Weights.check(tensors, against: plan, origin: origin, allowing: [.dtypeConversion])
    }

    /// The network with its values, which are read one tensor at a time.
    ///
    /// - Parameter device: Place of the network, in float32.
    public func load(on device: Device = .cpu) throws -> (network: Built, store: ParameterStore) {
        let store = ParameterStore.unset(on: device)
        let network = try build(in: store)
        try Weights.load(into: store, from: tensors, origin: origin, allowing: [.dtypeConversion])
        store.freeze()
        return (network, store)
    }

    private func build(in store: ParameterStore) throws -> Built {
        switch kind {
        case .unet: return .unet(try make(UNet2D.self, in: store))
        case .transformer: return .transformer(try make(DiTTransformer2D.self, in: store))
        case .autoencoder: return .autoencoder(try make(AutoencoderKL.self, in: store))
        case .generator:
            return .generator(DiT(try ReleasedConfiguration.generator(configuration, origin), in: store.root))
        case .maskedAutoencoder:
            return .maskedAutoencoder(
                MaskedAutoencoder(try ReleasedConfiguration.autoencoder(configuration, origin), in: store.root))
        }
    }

    private func make<Network: DiffusersNetwork>(_ type: Network.Type, in store: ParameterStore) throws -> Network {
        let settings = try JSONFile.decode(
            type.Configuration.self, from: JSONEncoder().encode(configuration), of: origin)
        if let mistake = type.mistake(in: settings) {
            throw ArtifactError(
                origin, "describes a \(kind.rawValue) that cannot be made: \(mistake)",
                remedy: "Use a network without that.")
        }
        return Network(settings, in: store.root)
    }
}

/// `model_config` of the release's metadata.
enum ReleasedConfiguration {
    /// The generator, whose sizes are within bounds.
    static func generator(_ json: JSONValue, _ origin: String) throws -> DiT.Configuration {
        try requireBounds(json, origin)
        let settings = try JSONFile.decode(DiT.Configuration.self, from: JSONEncoder().encode(json), of: origin)
        guard settings.depth <= 1 << 10, settings.codebooks <= 1 << 10, settings.size <= 1 << 12,
            settings.mistake == nil,
            settings.patch > 0, settings.size % settings.patch == 0, settings.tokens <= 1 << 18
        else {
            throw ArtifactError(
                origin, "describes a generator that cannot be made: \(settings.mistake ?? "a size is too large")",
                remedy: "Fetch the metadata again.")
        }
        return settings
    }

    /// The masked autoencoder; classes are 1000 where nobody says, as in the release.
    static func autoencoder(_ json: JSONValue, _ origin: String) throws -> MaskedAutoencoder.Configuration {
        try requireBounds(json, origin)
        func number(_ key: String, _ standard: Int? = nil) throws -> Int {
            guard let value = json[key]?.int ?? standard, value > 0 else {
                throw ArtifactError(origin, "has no '\(key)' above 0", remedy: "Fetch the metadata again.")
            }
            return value
        }
        let width = try number("base_channels")
        guard width % 32 == 0, width <= 1 << 13 else {
            throw ArtifactError(
                origin, "has base_channels \(width), not a multiple of 32 up to 8192",
                remedy: "Fetch the metadata again.")
        }
        var configuration = MaskedAutoencoder.Configuration()
        configuration.encoder = .released(
            width: width, channels: try number("in_channels"), patch: try number("input_patch_size", 1))
        let layers = (json["layers"]?.array ?? []).compactMap(\.int)
        if !layers.isEmpty {
            guard layers.count <= 8, layers.allSatisfy({ (1...1 << 10).contains($0) }) else {
                throw ArtifactError(origin, "has layers \(layers)", remedy: "Fetch the metadata again.")
            }
            configuration.encoder.blocks = layers
            configuration.encoder.strides = layers.indices.map { $0 == 0 ? 1 : 2 }
        }
        configuration.classes = try number("num_classes", 1000)
        configuration.decoderGroups = 32
        return configuration
    }

    /// Sizes whose products do not overflow, and that no network exceeds.
    private static func requireBounds(_ json: JSONValue, _ origin: String) throws {
        for (key, value) in json.object {
            guard let number = value.number, !(0...65_536).contains(number) else { continue }
            throw ArtifactError(
                origin, "has '\(key)' = \(number), not within 0 and 65536", remedy: "Fetch the metadata again.")
        }
    }
}
