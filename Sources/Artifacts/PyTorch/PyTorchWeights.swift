internal import FileFormats
public import Foundation
internal import Torch
public import TorchNN

/// The state dict of a `.pt`, `.pth`, `.ckpt` or `.bin` file, found inside of what a training saved around it.
public struct PyTorchWeights: Sendable {
    /// The tensors by the names of the state dict.
    public let tensors: [String: StoredTensor]
    /// Path of keys to the state dict, such as `ema`; empty if the file is one.
    public let path: String
    /// Remark for the user: which of several state dicts was chosen.
    public let note: String?

    /// Keys of averages, then of networks, in the order of preference.
    private static let preferred = [
        "ema", "ema_model", "model_ema", "ema_state_dict", "ema_params", "params_ema", "state_dict", "model", "net",
        "network", "module",
        "params", "weights",
    ]
    /// Beginnings of names that wrappers add.
    private static let wrappers = ["module.", "_orig_mod."]

    /// Finds the weights of a file; averages come before those of the optimiser.
    ///
    /// - Throws: `FileError` for a damaged file or one that would run code, ``ArtifactError`` if there is no state dict, or a type that is not
    ///   served.
    public init(contentsOf url: URL) throws {
        let found = try Self.find(in: PyTorchCheckpoint(contentsOf: url).root, [], url.path)
        path = found.path.joined(separator: ".")
        note =
            found.path.isEmpty
            ? nil : "\(url.lastPathComponent): took '\(path)' of \(found.beside.sorted().joined(separator: ", "))"
        var tensors: [String: StoredTensor] = [:]
        for (name, tensor) in found.tensors { tensors[name] = try Self.stored(tensor, name, url.path) }
        self.tensors = Self.unwrapped(tensors)
    }

    private static func find(
        in value: PyTorchCheckpoint.Value, _ path: [String], _ file: String
    ) throws -> (tensors: [String: PyTorchTensor], path: [String], beside: [String]) {
        guard case .dictionary(let entries) = value else { throw noWeights(file) }
        let tensors = entries.compactMapValues { if case .tensor(let tensor) = $0 { tensor } else { nil } }
        let inner = preferred.filter { key in if case .dictionary? = entries[key] { true } else { false } }
        // Counters may stand beside tensors, state dicts do not.
        if let key = inner.first, path.count < 4 {
            let found = try find(in: entries[key] ?? .none, path + [key], file)
            return (found.tensors, found.path, path.isEmpty ? Array(entries.keys) : found.beside)
        }
        guard !tensors.isEmpty else { throw noWeights(file) }
        return (tensors, path, [])
    }

    private static func noWeights(_ file: String) -> ArtifactError {
        ArtifactError(
            file, "holds no dictionary of tensors under \(preferred.prefix(8).joined(separator: ", "))",
            remedy: "Save the `state_dict()` of the network.")
    }

    private static func stored(_ tensor: PyTorchTensor, _ name: String, _ file: String) throws -> StoredTensor {
        guard let dtype = DType(rawValue: tensor.dtype) else {
            throw ArtifactError(
                file, "'\(name)' has the type \(tensor.dtype), which is not served", remedy: "Convert it to float32.")
        }
        return StoredTensor(dtype: dtype, shape: tensor.shape) {
            let target = Tensor.empty(tensor.shape, dtype: dtype)
            try target.withUnsafeMutableBytes { try tensor.read(into: $0) }
            return target
        }
    }

    private static func unwrapped(_ tensors: [String: StoredTensor]) -> [String: StoredTensor] {
        for wrapper in wrappers where !tensors.isEmpty && tensors.keys.allSatisfy({ $0.hasPrefix(wrapper) }) {
            return unwrapped(
                Dictionary(uniqueKeysWithValues: tensors.map { (String($0.key.dropFirst(wrapper.count)), $0.value) }))
        }
        return tensors
    }
}
