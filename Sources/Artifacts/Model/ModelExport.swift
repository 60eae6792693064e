internal import FileFormats
public import Foundation
internal import TorchNN

/// Forms in which others read models.
public enum ModelExport: String, Sendable, CaseIterable {
    /// A pipeline folder of diffusers, or the folder of an autoencoder alone.
    case diffusers
    /// A folder `params_ema` of the authors' release.
    case flax
    /// One safetensors file with PyTorch's names.
    case safetensors

    /// Writes a model in this form, in full or not at all.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - url: A folder, or the file of `safetensors`.
    /// - Throws: ``ArtifactError`` if the model's network has no such form.
    public func write(_ model: ImportedModel, to url: URL) throws {
        switch self {
        case .safetensors: try model.network.writeTensors(to: url)
        case .diffusers: try Self.writeDiffusers(model, to: url)
        case .flax: try Self.writeFlax(model.network, to: url)
        }
    }

    // MARK: diffusers

    private static func writeDiffusers(_ model: ImportedModel, to url: URL) throws {
        let name: String
        switch model.network.kind {
        case .unet: name = "unet"
        case .transformer: name = "transformer"
        case .autoencoder: return try AtomicFolder.replace(url) { try writeComponent(model.network, into: $0) }
        case .generator, .maskedAutoencoder:
            throw ArtifactError(
                model.network.origin, "is a \(model.network.kind.rawValue), which diffusers does not have",
                remedy: "Export it as flax or safetensors.")
        }
        try AtomicFolder.replace(url) { folder in
            var index: [String: JSONValue] = [name: part(model.network.kind.rawValue)]
            try writeComponent(model.network, into: try inner(name, of: folder))
            if let scheduler = model.scheduler {
                try JSONFile.write(
                    scheduler, to: try inner("scheduler", of: folder).appending(path: "scheduler_config.json"))
                index["scheduler"] = part(scheduler["_class_name"]?.string ?? "DDPMScheduler")
            }
            if let autoencoder = model.autoencoder {
                try writeComponent(autoencoder, into: try inner("vae", of: folder))
                index["vae"] = part("AutoencoderKL")
            }
            index["_class_name"] = .string(name == "transformer" ? "DiTPipeline" : "DDPMPipeline")
            index["_diffusers_version"] = .string("0.30.0")
            try JSONFile.write(JSONValue.object(index), to: folder.appending(path: "model_index.json"))
        }
    }

    private static func part(_ name: String) -> JSONValue { .array([.string("diffusers"), .string(name)]) }

    private static func inner(_ name: String, of folder: URL) throws -> URL {
        let place = folder.appending(path: name)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
        return place
    }

    private static func writeComponent(_ network: StoredNetwork, into folder: URL) throws {
        var configuration = network.configuration.object
        configuration["_class_name"] = .string(network.kind.rawValue)
        try JSONFile.write(JSONValue.object(configuration), to: folder.appending(path: "config.json"))
        try network.writeTensors(to: folder.appending(path: "diffusion_pytorch_model.safetensors"))
    }

    // MARK: flax

    private static func writeFlax(_ network: StoredNetwork, to url: URL) throws {
        guard network.kind == .generator || network.kind == .maskedAutoencoder else {
            throw ArtifactError(
                network.origin, "is a \(network.kind.rawValue), which the authors' release does not have",
                remedy: "Export it as diffusers or safetensors.")
        }
        var tensors: [String: StoredTensor] = [:]
        for (name, tensor) in network.tensors {
            let old =
                network.kind == .generator
                ? FlaxNames.generator(name) : FlaxNames.maskedAutoencoder(name, dimensions: tensor.shape.count)
            guard let old else {
                throw ArtifactError(
                    network.origin, "has the parameter '\(name)', which the release does not know",
                    remedy: "Export it as safetensors.")
            }
            tensors[old] = flaxLayout(of: tensor, named: old)
        }
        try AtomicFolder.replace(url) { folder in
            let inner = try inner("params_ema", of: folder)
            try FlaxFile.write(tensors, to: inner.appending(path: "ema_params.msgpack"))
            let metadata: [String: JSONValue] = [
                "format": .string("flax.msgpack"), "backend": .string("jax"),
                "kind": .string(network.kind == .generator ? "gen" : "mae"),
                "path": .string("params_ema/ema_params.msgpack"), "model_config": network.configuration,
            ]
            try JSONFile.write(JSONValue.object(metadata), to: inner.appending(path: "metadata.json"))
        }
    }

    private static func flaxLayout(of tensor: StoredTensor, named name: String) -> StoredTensor {
        guard name.hasSuffix("kernel") else { return tensor }
        switch tensor.shape.count {
        case 4: return tensor.permuted([2, 3, 1, 0])
        case 2: return tensor.permuted([1, 0])
        default: return tensor
        }
    }
}
