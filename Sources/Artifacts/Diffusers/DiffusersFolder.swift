internal import Backbones
public import Foundation
public import Torch
public import TorchNN

/// A folder in which diffusers saved a network: `config.json` and its weights.
///
///     let folder = try DiffusersFolder(url)
///     let loaded = try folder.load(AutoencoderKL.self)
///     let latents = loaded.network.encode(images)
///
/// Weights are `diffusion_pytorch_model.safetensors`, the same in parts with an index, or `diffusion_pytorch_model.bin`. Loading is
/// strict: a tensor that is missing, left over or of another shape is an error that lists all of them, before any memory is taken.
public struct DiffusersFolder: Sendable {
    /// Place of the folder.
    public let url: URL
    /// Contents of `config.json`.
    public let configuration: JSONValue
    /// Name of the network's class, such as `UNet2DModel`.
    public let className: String
    /// The tensors by the names of the file.
    public let tensors: [String: StoredTensor]
    private let text: Data

    /// Opens a folder.
    ///
    /// - Throws: ``ArtifactError`` or an error of the file if configuration or weights are absent or damaged.
    public init(_ url: URL) throws {
        self.url = url
        let file = url.appending(path: "config.json")
        text = try JSONFile.bytes(of: file)
        configuration = try JSONFile.decode(JSONValue.self, from: text, of: file.path)
        guard let name = configuration["_class_name"]?.string else {
            throw ArtifactError(
                file.path, "has no _class_name, which tells the network", remedy: "Name a folder that diffusers saved.")
        }
        className = name
        tensors = try Self.tensors(in: url)
    }

    private static func tensors(in folder: URL) throws -> [String: StoredTensor] {
        let names = ["diffusion_pytorch_model", "model", "diffusion_pytorch_model.fp16"]
        for name in names {
            let whole = folder.appending(path: "\(name).safetensors")
            if FileManager.default.fileExists(atPath: whole.path) { return try SafetensorsFolder.tensors(of: whole) }
            let index = folder.appending(path: "\(name).safetensors.index.json")
            if FileManager.default.fileExists(atPath: index.path) {
                return try SafetensorsFolder.tensors(ofIndex: index)
            }
        }
        let pickled = folder.appending(path: "diffusion_pytorch_model.bin")
        if FileManager.default.fileExists(atPath: pickled.path) {
            return try PyTorchWeights(contentsOf: pickled).tensors
        }
        throw ArtifactError(
            folder.path, "has no diffusion_pytorch_model.safetensors, nor an index of its parts",
            remedy: "Fetch the weights into this folder.")
    }

    /// The network of this folder.
    ///
    /// - Parameters:
    ///   - type: The network; the folder's class must be one of its names.
    ///   - dtype: Type of the parameters; those of the file are converted.
    ///   - device: Place of the parameters.
    /// - Returns: The network, frozen.
    /// - Throws: ``ArtifactError`` for another class or options that are not served, ``/Torch/TorchError`` with the list of tensors
    ///   that do not fit.
    public func load<Network: DiffusersNetwork>(
        _ type: Network.Type = Network.self, dtype: DType = .float32, on device: Device = .cpu
    ) throws -> LoadedNetwork<Network> {
        let configuration = try settings(of: type)
        let present = try DiffusersNames.present(tensors, of: url.path)
        // Before memory is taken for sizes that a file claims.
        let plan = ParameterStore.blueprint(dtype: dtype)
        _ = Network(configuration, in: plan.root)
        try Weights.check(present, against: plan, origin: url.path, allowing: [.dtypeConversion])
        let store = ParameterStore.unset(on: device, dtype: dtype)
        let network = Network(configuration, in: store.root)
        try Weights.load(into: store, from: present, origin: url.path, allowing: [.dtypeConversion])
        store.freeze()
        return LoadedNetwork(network: network, store: store, notes: notes)
    }

    /// The configuration as that of a network.
    public func settings<Network: DiffusersNetwork>(of type: Network.Type) throws -> Network.Configuration {
        let path = url.appending(path: "config.json").path
        guard type.classNames.contains(className) else {
            throw ArtifactError(
                path, "describes a \(className), not a \(type.classNames[0])",
                remedy: "Name the folder of another network.")
        }
        let settings = try JSONFile.decode(type.Configuration.self, from: text, of: path)
        if let mistake = type.mistake(in: settings) {
            throw ArtifactError(
                path, "describes a \(className) that cannot be made: \(mistake)", remedy: "Use a network without that.")
        }
        return settings
    }

    /// Remarks about keys that a newer version may have added.
    public var notes: [String] {
        let known: Set<String>? =
            switch StoredNetwork.Kind(diffusers: className) {
            case .unet: UNet2D.knownKeys
            case .transformer: DiTTransformer2D.knownKeys
            case .autoencoder: AutoencoderKL.knownKeys
            default: nil
            }
        guard let known else { return [] }
        return configuration.object.filter { key, value in
            !key.hasPrefix("_") && !known.contains(key) && !value.saysNothing
        }.keys.sorted().map { "\(url.lastPathComponent)/config.json: the key '\($0)' is unknown and has no effect" }
    }
}

/// A network with the weights of a file.
public struct LoadedNetwork<Network> {
    /// The network, frozen.
    public let network: Network
    /// Its parameters.
    public let store: ParameterStore
    /// Remarks for the user, such as about keys of the configuration that are not known.
    public let notes: [String]
}
