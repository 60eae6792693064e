public import Foundation
public import Torch

/// Weight files of networks, in the safetensors format with PyTorch's names.
public enum Weights {
    /// Overwrites all parameters and buffers of a network with those of a file.
    ///
    /// Strict: a tensor that is missing, has no place, or differs in shape or type is an error that lists all of them, and
    /// then nothing is loaded. Each leniency is named at the call:
    ///
    ///     try Weights.load(into: store, from: file, allowing: [.missing("head."), .dtypeConversion])
    ///
    /// - Parameters:
    ///   - store: The store of a complete network.
    ///   - file: A safetensors file.
    ///   - leniencies: Differences that are accepted.
    ///   - renaming: The network's name for a name in the file; nil leaves the tensor out.
    /// - Throws: ``/Torch/TorchError`` with code `invalidFile`, the path, and what to do.
    public static func load(
        into store: ParameterStore, from file: URL, allowing leniencies: [Leniency] = [],
        renaming: (String) -> String? = { $0 }
    ) throws {
        let source = try SafetensorsFile(file)
        var tensors: [String: Tensor] = [:]
        for (name, tensor) in source.tensors.sorted(by: { $0.key < $1.key }) {
            guard let renamed = renaming(name) else { continue }
            guard tensors.updateValue(tensor, forKey: renamed) == nil else {
                throw TorchError(
                    .invalidFile, "\(file.path): two tensors are renamed to '\(renamed)', the second is '\(name)'.")
            }
        }
        try load(into: store, from: tensors, origin: file.path, allowing: leniencies)
    }

    /// Overwrites all parameters and buffers of a network with tensors that have its names, as strictly as from a file.
    ///
    /// - Parameters:
    ///   - store: The store of a complete network.
    ///   - tensors: By the network's names.
    ///   - origin: What to call their origin in an error, such as the path of a file.
    ///   - leniencies: Differences that are accepted.
    /// - Throws: ``/Torch/TorchError`` with code `invalidFile` that lists everything that does not fit.
    public static func load(
        into store: ParameterStore, from tensors: [String: Tensor], origin: String, allowing leniencies: [Leniency] = []
    ) throws {
        try load(into: store, from: tensors.mapValues(StoredTensor.init), origin: origin, allowing: leniencies)
    }

    /// Overwrites all parameters and buffers of a network with tensors that are read one at a time, as strictly as from a file.
    ///
    /// - Parameters:
    ///   - store: The store of a complete network.
    ///   - tensors: By the network's names.
    ///   - origin: What to call their origin in an error, such as the path of a file.
    ///   - leniencies: Differences that are accepted.
    /// - Throws: ``/Torch/TorchError`` with code `invalidFile` that lists everything that does not fit, and errors of reading.
    public static func load(
        into store: ParameterStore, from tensors: [String: StoredTensor], origin: String,
        allowing leniencies: [Leniency] = []
    ) throws {
        try StateMatch(tensors, to: store.state, from: origin, allowing: leniencies).copy()
    }

    /// Compares names, shapes and types of stored tensors with those of a network, also of a ``ParameterStore/blueprint(dtype:)``,
    /// and reads nothing.
    ///
    /// - Throws: ``/Torch/TorchError`` with code `invalidFile` that lists everything that does not fit.
    public static func check(
        _ tensors: [String: StoredTensor], against store: ParameterStore, origin: String,
        allowing leniencies: [Leniency] = []
    ) throws {
        try StateMatch(tensors, to: store.state, from: origin, allowing: leniencies).check()
    }

    /// Writes all parameters and buffers of a network to a file, aside first, so that there is never a part of it.
    ///
    /// - Parameters:
    ///   - store: The store of a complete network.
    ///   - file: The place; a file there is replaced.
    ///   - metadata: Free text by key.
    /// - Throws: ``/Torch/TorchError`` with code `invalidFile` if the file cannot be written.
    public static func save(_ store: ParameterStore, to file: URL, metadata: [String: String] = [:]) throws {
        try SafetensorsFile.write(store.state, to: file, metadata: metadata)
    }
}
