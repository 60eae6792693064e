import Backbones
import FileFormats
import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

/// Tensors under the names and in the layouts of the authors' release (Flax): kernels HWIO or [in, out], maps NHWC or
/// [B, H W, C].
struct ReleaseTensors {
    private let tensors: [String: Tensor]

    /// The file of this name among the fixtures, or at another place, inflated if it is gzipped.
    init(_ name: String, in folder: URL = fixtures()) throws {
        let file = folder.appending(path: name)
        guard file.pathExtension == "gz" else {
            tensors = try SafetensorsFile(file).tensors
            return
        }
        tensors = try withTemporaryFolder { folder in
            let inflated = folder.appending(path: "inflated.safetensors")
            try Data(Gzip.contents(of: file)).write(to: inflated)
            return try SafetensorsFile(inflated).tensors.mapValues { $0.clone() }
        }
    }

    subscript(name: String) -> Tensor {
        get throws { try #require(tensors[name], "there is no '\(name)'") }
    }

    /// Names that begin with `prefix`, without it.
    func names(in prefix: String) -> [String] {
        tensors.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
    }

    /// Gives a complete network all tensors below `prefix`: one that is missing or left over is an error.
    func load(
        into store: ParameterStore, from prefix: String,
        renaming: (String) -> String? = MaskedAutoencoder.parameterName(ofReleased:)
    ) throws {
        let chosen = try names(in: prefix).map { ($0, try self[prefix + $0]) }
        try ReleasedParameters(Dictionary(uniqueKeysWithValues: chosen), from: prefix).load(
            into: store, renaming: renaming)
    }
}

extension Tensor {
    /// NHWC as NCHW.
    var channelsFirst: Tensor { permute(0, 3, 1, 2) }

    /// [B, C, H, W] as tokens [B, H W, C].
    var tokens: Tensor { flatten(2).mT }
}
