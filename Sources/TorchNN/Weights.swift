public import Foundation
internal import Torch

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
        try StateMatch(tensors, to: store.state, from: file.path, allowing: leniencies).copy()
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
