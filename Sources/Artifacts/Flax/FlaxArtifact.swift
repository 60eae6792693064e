internal import Backbones
public import Foundation
internal import Torch
internal import TorchNN

/// An artifact of the authors' release: a folder with `ema_params.msgpack` and `metadata.json`.
public struct FlaxArtifact: Sendable {
    /// The network.
    public let network: StoredNetwork
    /// Contents of the metadata.
    public let metadata: JSONValue

    /// Opens an artifact.
    ///
    /// - Parameter url: A folder, with the files in it, in its `params_ema` or in its `checkpoints`; or the `.msgpack` file itself. The
    ///   names of older artifacts, `ema_model.msgpack` and `ema_model.metadata.json`, count as well.
    /// - Throws: An error that says what is absent, damaged or does not fit.
    public init(_ url: URL) throws {
        let files = try Self.files(at: url)
        metadata = try JSONFile.decode(JSONValue.self, from: files.metadata)
        let origin = files.metadata.path
        guard case .object? = metadata["model_config"], let configuration = metadata["model_config"] else {
            throw ArtifactError(origin, "has no model_config", remedy: "Fetch the metadata again.")
        }
        if let format = metadata["format"]?.string, format != "flax.msgpack" {
            throw ArtifactError(
                origin, "has the format '\(format)', not flax.msgpack", remedy: "Name another artifact.")
        }
        let tensors = try FlaxFile(files.weights).tensors
        let path = files.weights.path
        switch metadata["kind"]?.string {
        case "gen":
            let renamed = try Self.renamed(tensors, path) { DiT.parameterName(ofReleased: $0) ?? $0 }
            network = try StoredNetwork(.generator, configuration, renamed, from: path)
        case "mae":
            let renamed = try Self.renamed(tensors, path, MaskedAutoencoder.parameterName(ofReleased:))
            network = try StoredNetwork(.maskedAutoencoder, configuration, renamed, from: path)
        case let kind:
            throw ArtifactError(
                origin, "has the kind '\(kind ?? "")', neither 'gen' nor 'mae'", remedy: "Name another artifact.")
        }
    }

    /// True if a path leads to an artifact.
    public static func exists(at url: URL) -> Bool { (try? files(at: url)) != nil }

    private static func files(at url: URL) throws -> (weights: URL, metadata: URL) {
        let names = [("ema_params.msgpack", "metadata.json"), ("ema_model.msgpack", "ema_model.metadata.json")]
        let manager = FileManager.default
        if url.pathExtension == "msgpack", manager.fileExists(atPath: url.path) {
            let folder = url.deletingLastPathComponent()
            let beside = ["metadata.json", "ema_model.metadata.json"].map { folder.appending(path: $0) }
            if let metadata = beside.first(where: { manager.fileExists(atPath: $0.path) }) { return (url, metadata) }
            throw ArtifactError(
                url.path, "has no metadata.json beside it, which tells the network",
                remedy: "Fetch it into the same folder.")
        }
        for folder in [url.appending(path: "params_ema"), url.appending(path: "checkpoints"), url] {
            for (weights, metadata) in names {
                let files = (folder.appending(path: weights), folder.appending(path: metadata))
                if [files.0, files.1].allSatisfy({ manager.fileExists(atPath: $0.path) }) { return files }
            }
        }
        throw ArtifactError(
            url.path, "holds no ema_params.msgpack with metadata.json", remedy: "Name the folder of an artifact.")
    }

    /// Tensors by our names and in our layouts: kernels HWIO as OIHW, [in, out] as [out, in].
    private static func renamed(
        _ tensors: [String: StoredTensor], _ path: String, _ name: (String) -> String
    ) throws -> [String: StoredTensor] {
        var result: [String: StoredTensor] = [:]
        for (old, tensor) in tensors {
            guard result.updateValue(layout(of: tensor, named: old), forKey: name(old)) == nil else {
                throw ArtifactError(path, "has two tensors for '\(name(old))'", remedy: "Fetch the file again.")
            }
        }
        return result
    }

    /// A tensor of flax in PyTorch's layout.
    static func layout(of tensor: StoredTensor, named name: String) -> StoredTensor {
        guard name.hasSuffix("kernel") else { return tensor }
        switch tensor.shape.count {
        case 4: return tensor.permuted([3, 2, 0, 1])
        case 2: return tensor.permuted([1, 0])
        default: return tensor
        }
    }
}
