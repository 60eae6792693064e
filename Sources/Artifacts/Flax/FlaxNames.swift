/// Names of the release for tensors here: the inverse of what ``FlaxArtifact`` reads.
enum FlaxNames {
    private static let blockLayers = [
        "adaLN_modulation.1": "TorchLinear_0/Dense_0", "norm1": "RMSNorm_0", "norm2": "RMSNorm_1",
        "attn.qkv": "Attention_0/TorchLinear_0/Dense_0", "attn.proj": "Attention_0/TorchLinear_1/Dense_0",
        "attn.q_norm": "Attention_0/q_norm", "attn.k_norm": "Attention_0/k_norm",
        "mlp.w1": "SwiGLUFFN_0/TorchLinear_0/Dense_0", "mlp.w3": "SwiGLUFFN_0/TorchLinear_1/Dense_0",
        "mlp.w2": "SwiGLUFFN_0/TorchLinear_2/Dense_0", "mlp.fc1": "StandardMLP_0/TorchLinear_0/Dense_0",
        "mlp.fc2": "StandardMLP_0/TorchLinear_1/Dense_0",
    ]
    private static let otherLayers = [
        "guidance.mlp.0": "TimestepEmbedder_0/TorchLinear_0/Dense_0",
        "guidance.mlp.2": "TimestepEmbedder_0/TorchLinear_1/Dense_0", "guidance.norm": "RMSNorm_0",
        "patch_embed": "LightningDiT_0/TorchLinear_0/Dense_0", "cls_proj": "LightningDiT_0/TorchLinear_1/Dense_0",
        "final_layer.adaLN_modulation.1": "LightningDiT_0/FinalLayer_0/TorchLinear_0/Dense_0",
        "final_layer.linear": "LightningDiT_0/FinalLayer_0/TorchLinear_1/Dense_0",
        "final_layer.norm_final": "LightningDiT_0/FinalLayer_0/RMSNorm_0",
    ]

    /// The release's name of a parameter of a generator; nil if the release has none.
    static func generator(_ name: String) -> String? {
        if ["pos_embed", "cls_embed"].contains(name) { return "LightningDiT_0/\(name)" }
        let parts = name.split(separator: ".").map(String.init)
        guard let leaf = parts.last, parts.count >= 2 else { return nil }
        let place = parts.dropLast()
        if place == ["classes"] { return "Embed_0/embedding" }
        if place.first == "styles", place.count == 2 { return "noise_embeds_\(place[1])/embedding" }
        let layer: String?
        if place.first == "blocks", place.count >= 3 {
            layer = blockLayers[place.dropFirst(2).joined(separator: ".")].map {
                "LightningDiT_0/blocks_\(place[1])/\($0)"
            }
        } else {
            layer = otherLayers[place.joined(separator: ".")]
        }
        guard let layer else { return nil }
        return "\(layer)/\(leaf == "weight" && layer.hasSuffix("Dense_0") ? "kernel" : leaf)"
    }

    /// The release's name of a parameter of a masked autoencoder.
    static func maskedAutoencoder(_ name: String, dimensions: Int) -> String {
        var parts = name.split(separator: ".").map(String.init)
        // Convolutions and linear layers have kernels, norms scales.
        if parts.last == "weight" { parts[parts.count - 1] = dimensions > 1 ? "kernel" : "scale" }
        return parts.joined(separator: "/").replacing(#/\b(stages|layers)\/(\d+)/#) { "\($0.output.1)_\($0.output.2)" }
    }
}
