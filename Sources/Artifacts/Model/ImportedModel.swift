public import Foundation
internal import TorchNN

/// A model as it is found in an artifact: a network, the scheduler that samples with it, and the autoencoder of its latents.
public struct ImportedModel: Sendable {
    /// The network.
    public let network: StoredNetwork
    /// Contents of a `scheduler_config.json`; nil where none was found, or none is needed.
    public var scheduler: JSONValue?
    /// The autoencoder of the latents that the network knows; nil for models of pixels.
    public var autoencoder: StoredNetwork?
    /// Remarks for the user: what was chosen of several, what has no effect.
    public let notes: [String]

    /// Reads an artifact, whichever it is.
    ///
    /// | Source | Read as |
    /// |---|---|
    /// | folder with `model.json` | a folder of ``ModelFolder`` |
    /// | folder with `model_index.json`, or `config.json` | diffusers |
    /// | folder with `ema_params.msgpack`, or that file | the authors' release |
    /// | `.safetensors`, `.index.json`, `.pt`, `.pth`, `.ckpt`, `.bin` | tensors, of the network that `configuration` describes, or of DiT's own names |
    ///
    /// - Parameters:
    ///   - source: A folder or file.
    ///   - configuration: The `config.json` of diffusers that describes bare tensors.
    /// - Throws: An error that names what is absent, damaged, not served, or does not fit.
    public init(_ source: URL, configuration: URL? = nil) throws {
        let manager = FileManager.default
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: source.path, isDirectory: &isFolder) else {
            throw ArtifactError(source.path, "does not exist", remedy: "Check the path.")
        }
        func holds(_ name: String) -> Bool { manager.fileExists(atPath: source.appending(path: name).path) }
        guard isFolder.boolValue, configuration == nil else {
            try self.init(file: source, configuration)
            return
        }
        if holds(ModelFolder.fileName) {
            self = try ModelFolder(source).model
        } else if ["model_index.json", "config.json", "unet/config.json", "transformer/config.json"].contains(
            where: holds)
        {
            try self.init(diffusers: source)
        } else if FlaxArtifact.exists(at: source) {
            self.init(try FlaxArtifact(source).network)
        } else {
            throw ArtifactError(
                source.path, "holds neither model.json, model_index.json, config.json nor ema_params.msgpack",
                remedy: "Name the folder of an artifact; for bare weights, give --config too.")
        }
    }

    /// A model of its parts.
    public init(
        _ network: StoredNetwork, scheduler: JSONValue? = nil, autoencoder: StoredNetwork? = nil, notes: [String] = []
    ) {
        (self.network, self.scheduler, self.autoencoder, self.notes) = (network, scheduler, autoencoder, notes)
    }

    // MARK: diffusers

    private init(diffusers folder: URL) throws {
        let manager = FileManager.default
        // Pipelines have a folder for each part; old ones of a single network have all in one.
        let parts = ["unet", "transformer"].map { folder.appending(path: $0) } + [folder]
        let place = parts.first { manager.fileExists(atPath: $0.appending(path: "config.json").path) }
        guard let place else {
            throw ArtifactError(
                folder.path, "has no config.json, nor one in unet or transformer",
                remedy: "Name a pipeline of diffusers.")
        }
        let files = ["scheduler/scheduler_config.json", "scheduler_config.json"].map { folder.appending(path: $0) }
        let scheduler = try files.first { manager.fileExists(atPath: $0.path) }.map { file in
            let json = try JSONFile.decode(JSONValue.self, from: file)
            _ = try DiffusersScheduler(json, from: file.path)
            return json
        }
        let (network, notes) = try Self.network(diffusers: place)
        let vae = ["vae", "vqvae"].map { folder.appending(path: $0) }.first {
            manager.fileExists(atPath: $0.appending(path: "config.json").path)
        }
        let autoencoder = try vae.map { try Self.network(diffusers: $0) }
        self.init(
            network, scheduler: scheduler, autoencoder: autoencoder?.network, notes: notes + (autoencoder?.notes ?? []))
    }

    private static func network(diffusers place: URL) throws -> (network: StoredNetwork, notes: [String]) {
        let folder = try DiffusersFolder(place)
        return (try network(folder.className, folder.configuration, folder.tensors, place.path), folder.notes)
    }

    private static func network(
        _ name: String, _ configuration: JSONValue, _ tensors: [String: StoredTensor], _ path: String
    ) throws -> StoredNetwork {
        guard let kind = StoredNetwork.Kind(diffusers: name) else {
            throw ArtifactError(
                path, "describes a \(name), which is not served",
                remedy: "Served are \(StoredNetwork.Kind.allCases.prefix(3).map(\.rawValue).joined(separator: ", ")).")
        }
        return try StoredNetwork(kind, configuration, DiffusersNames.present(tensors, of: path), from: path)
    }

    // MARK: Bare tensors

    private init(file: URL, _ configuration: URL?) throws {
        if file.pathExtension == "msgpack" {
            self.init(try FlaxArtifact(file).network)
            return
        }
        var note: String?
        let tensors: [String: StoredTensor]
        switch file.lastPathComponent {
        case let name where name.hasSuffix(".safetensors"): tensors = try SafetensorsFolder.tensors(of: file)
        case let name where name.hasSuffix(".index.json"): tensors = try SafetensorsFolder.tensors(ofIndex: file)
        default:
            let weights = try PyTorchWeights(contentsOf: file)
            (tensors, note) = (weights.tensors, weights.note)
        }
        guard let configuration else {
            guard OriginalTransformer.matches(tensors) else {
                throw ArtifactError(
                    file.path, "holds tensors, but does not tell the network",
                    remedy: "Give its config.json with --config.")
            }
            self.init(try OriginalTransformer.network(tensors, from: file.path), notes: [note].compactMap(\.self))
            return
        }
        let json = try JSONFile.decode(JSONValue.self, from: configuration)
        guard let name = json["_class_name"]?.string else {
            throw ArtifactError(
                configuration.path, "has no _class_name, which tells the network",
                remedy: "Name a config.json of diffusers."
            )
        }
        self.init(try Self.network(name, json, tensors, file.path), notes: [note].compactMap(\.self))
    }
}
