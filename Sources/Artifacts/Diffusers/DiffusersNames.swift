internal import TorchNN

/// Names of tensors that changed while diffusers grew up.
///
/// | Attention of pixels | Present | Until 0.11 | Of the original code |
/// |---|---|---|---|
/// | queries | `to_q` | `query` | `q` |
/// | keys | `to_k` | `key` | `k` |
/// | values | `to_v` | `value` | `v` |
/// | output | `to_out.0` | `proj_attn` | `proj_out` |
/// | norm | `group_norm` | `group_norm` | `norm` |
///
/// Each may be a linear layer [out, in] or a 1 x 1 convolution [out, in, 1, 1].
enum DiffusersNames {
    private static let layers = [
        "query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0",
        "q": "to_q", "k": "to_k", "v": "to_v", "proj_out": "to_out.0", "norm": "group_norm",
    ]

    /// Tensors by their present names, 1 x 1 convolutions of attention as linear layers.
    ///
    /// - Throws: ``ArtifactError`` if two tensors have the same present name.
    static func present(_ tensors: [String: StoredTensor], of path: String) throws -> [String: StoredTensor] {
        var result: [String: StoredTensor] = [:]
        for (old, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            let name = present(old)
            let isAttention = name != old || Self.isAttention(name)
            let isPointwise = tensor.shape.count == 4 && tensor.shape.suffix(2) == [1, 1]
            let stored = isAttention && isPointwise ? tensor.reshaped(Array(tensor.shape.prefix(2))) : tensor
            guard result.updateValue(stored, forKey: name) == nil else {
                throw ArtifactError(
                    path, "has the tensor '\(name)' twice, once as '\(old)'", remedy: "Fetch the file again.")
            }
        }
        return result
    }

    private static func isAttention(_ name: String) -> Bool { name.contains(".attentions.") }

    private static func present(_ name: String) -> String {
        var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        // ...attentions.N.LAYER.weight
        guard parts.count >= 4, parts[parts.count - 4] == "attentions", let layer = layers[parts[parts.count - 2]]
        else {
            return name
        }
        parts[parts.count - 2] = layer
        return parts.joined(separator: ".")
    }
}
