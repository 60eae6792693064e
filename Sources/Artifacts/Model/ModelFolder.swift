internal import FileFormats
public import Foundation
internal import Torch
internal import TorchNN

/// A model in a folder of this package: `model.json`, `weights.safetensors`, and a folder `autoencoder` of the same form for models of
/// latents.
///
/// `model.json` names the network's class and its configuration in the words of its origin, and the scheduler. Weights have PyTorch's
/// names and layouts; they are mapped into memory, so that opening a folder takes no time and no memory.
public struct ModelFolder: Sendable {
    static let fileName = "model.json"
    private static let weightsName = "weights.safetensors"
    private static let autoencoderName = "autoencoder"
    private static let format = "pushforward.model"

    /// Contents of `model.json`.
    private struct Description: Codable {
        var format: String
        var version: Int
        var network: StoredNetwork.Kind
        var configuration: JSONValue
        var scheduler: JSONValue?
        var source: String?
    }

    /// Place of the folder.
    public let url: URL
    /// The model, whose tensors are read when they are used.
    public let model: ImportedModel

    /// Opens a folder.
    ///
    /// - Throws: ``ArtifactError`` if it is no such folder, or of a newer version.
    public init(_ url: URL) throws {
        self.url = url
        let (network, scheduler) = try Self.read(url)
        let inner = url.appending(path: Self.autoencoderName)
        let hasInner = FileManager.default.fileExists(atPath: inner.appending(path: Self.fileName).path)
        let autoencoder = hasInner ? try Self.read(inner).0 : nil
        model = ImportedModel(network, scheduler: scheduler, autoencoder: autoencoder)
    }

    private static func read(_ url: URL) throws -> (StoredNetwork, JSONValue?) {
        let file = url.appending(path: fileName)
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw ArtifactError(
                url.path, "has no \(fileName)", remedy: "Write such a folder with pushforward import SOURCE --out DIR.")
        }
        let description = try JSONFile.decode(Description.self, from: file)
        guard description.format == format, description.version == 1 else {
            throw ArtifactError(
                file.path, "is of format '\(description.format)', version \(description.version), not \(format) 1",
                remedy: "Import the model again, or use a newer version of pushforward.")
        }
        let tensors = try SafetensorsFolder.tensors(of: url.appending(path: weightsName))
        let network = try StoredNetwork(description.network, description.configuration, tensors, from: url.path)
        return (network, description.scheduler)
    }

    /// Writes a model, in full or not at all; one tensor at a time is in memory.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - url: The folder; a former one of that name is replaced.
    ///   - source: Origin, for the record.
    public static func write(_ model: ImportedModel, to url: URL, source: String? = nil) throws {
        try AtomicFolder.replace(url) { folder in
            try write(model.network, model.scheduler, source, into: folder)
            guard let autoencoder = model.autoencoder else { return }
            let inner = folder.appending(path: autoencoderName)
            try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
            try write(autoencoder, nil, source, into: inner)
        }
    }

    private static func write(_ network: StoredNetwork, _ scheduler: JSONValue?, _ source: String?, into folder: URL)
        throws
    {
        try network.writeTensors(to: folder.appending(path: weightsName))
        try JSONFile.write(
            Description(
                format: format, version: 1, network: network.kind, configuration: network.configuration,
                scheduler: scheduler, source: source), to: folder.appending(path: fileName))
    }
}

extension StoredNetwork {
    /// Writes the tensors to a safetensors file, one at a time.
    func writeTensors(to url: URL, metadata: [String: String] = ["format": "pt"]) throws {
        let layouts = tensors.map { (name: $0.key, dtype: $0.value.dtype, shape: $0.value.shape) }
        try SafetensorsFile.write(layouts, to: url, metadata: metadata) { name in
            guard let tensor = tensors[name] else { fatalError("Artifacts: '\(name)' has left its network") }
            return try tensor.read()
        }
    }
}
