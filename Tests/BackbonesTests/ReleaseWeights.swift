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
    func load(into store: ParameterStore, from prefix: String) throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "weights.safetensors")
            let converted = try names(in: prefix).map { name in
                (Self.ourName(name), Self.ourLayout(try self[prefix + name], name))
            }
            try SafetensorsFile.write(converted, to: file)
            try Weights.load(into: store, from: file)
        }
    }

    /// `encoder/stages_0/layers_1/conv1/kernel` is our `encoder.stages.0.layers.1.conv1.weight`: nothing but renaming.
    static func ourName(_ name: String) -> String {
        var parts = name.split(separator: "/").map(String.init)
        if let last = parts.last, ["kernel", "scale"].contains(last) { parts[parts.count - 1] = "weight" }
        return parts.joined(separator: ".")
            .replacing("stages_", with: "stages.")
            .replacing("layers_", with: "layers.")
    }

    /// Filters HWIO as OIHW, matrices [in, out] as [out, in].
    static func ourLayout(_ tensor: Tensor, _ name: String) -> Tensor {
        switch tensor.rank {
        case 4: tensor.permute(3, 2, 0, 1).contiguous()
        case 2 where name.hasSuffix("kernel"): tensor.mT.contiguous()
        default: tensor
        }
    }
}

extension Tensor {
    /// NHWC as NCHW.
    var channelsFirst: Tensor { permute(0, 3, 1, 2) }

    /// [B, C, H, W] as tokens [B, H W, C].
    var tokens: Tensor { flatten(2).mT }
}
