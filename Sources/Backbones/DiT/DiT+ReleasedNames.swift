extension DiT {
    /// Our name of a parameter of the release, whose parts are joined by `/`; nil if a DiT has no such parameter.
    ///
    /// | Release (`LightningDiT_0/` and `Dense_0/` left out) | Here |
    /// |---|---|
    /// | `Embed_0/embedding` | `classes.weight` |
    /// | `noise_embeds_{i}/embedding` | `styles.{i}.weight` |
    /// | `TimestepEmbedder_0/TorchLinear_{0,1}` | `guidance.mlp.{0,2}` |
    /// | `RMSNorm_0` | `guidance.norm` |
    /// | `TorchLinear_0`, `TorchLinear_1` | `patch_embed`, `cls_proj` |
    /// | `pos_embed`, `cls_embed` | the same |
    /// | `blocks_{i}/TorchLinear_0` | `blocks.{i}.adaLN_modulation.1` |
    /// | `blocks_{i}/RMSNorm_{0,1}` | `blocks.{i}.norm{1,2}` |
    /// | `blocks_{i}/Attention_0/TorchLinear_{0,1}` | `blocks.{i}.attn.qkv`, `.attn.proj` |
    /// | `blocks_{i}/Attention_0/{q_norm,k_norm}` | `blocks.{i}.attn.{q_norm,k_norm}` |
    /// | `blocks_{i}/SwiGLUFFN_0/TorchLinear_{0,1,2}` | `blocks.{i}.mlp.{w1,w3,w2}` |
    /// | `blocks_{i}/StandardMLP_0/TorchLinear_{0,1}` | `blocks.{i}.mlp.{fc1,fc2}` |
    /// | `FinalLayer_0/TorchLinear_{0,1}` | `final_layer.adaLN_modulation.1`, `final_layer.linear` |
    /// | `FinalLayer_0/RMSNorm_0` | `final_layer.norm_final` |
    ///
    /// `kernel`, `scale` and `embedding` are `weight` here; for the layout of their values see
    /// ``ReleasedParameters``.
    public static func parameterName(ofReleased path: String) -> String? {
        var parts = path.split(separator: "/").map(String.init).filter { $0 != "Dense_0" && $0 != "LightningDiT_0" }
        guard let leaf = parts.popLast() else { return nil }
        if parts.isEmpty { return leaf.hasSuffix("_embed") ? leaf : nil }
        // The norm of the guidance embedding lies outside of the transformer; the others inside.
        if parts[0].hasPrefix("noise_embeds_") {
            return "styles.\(parts[0].dropFirst("noise_embeds_".count)).weight"
        }
        let name = ReleasedParameters.weightNames.contains(leaf) ? "weight" : leaf
        if parts[0].hasPrefix("blocks_") {
            let block = parts[0].replacing("blocks_", with: "blocks.")
            return blockLayers[parts[1...].joined(separator: "/")].map { "\(block).\($0).\(name)" }
        }
        return otherLayers[parts.joined(separator: "/")].map { "\($0).\(name)" }
    }

    private static let otherLayers = [
        "Embed_0": "classes",
        "TimestepEmbedder_0/TorchLinear_0": "guidance.mlp.0",
        "TimestepEmbedder_0/TorchLinear_1": "guidance.mlp.2",
        "RMSNorm_0": "guidance.norm",
        "TorchLinear_0": "patch_embed",
        "TorchLinear_1": "cls_proj",
        "FinalLayer_0/TorchLinear_0": "final_layer.adaLN_modulation.1",
        "FinalLayer_0/TorchLinear_1": "final_layer.linear",
        "FinalLayer_0/RMSNorm_0": "final_layer.norm_final",
    ]

    private static let blockLayers = [
        "TorchLinear_0": "adaLN_modulation.1",
        "RMSNorm_0": "norm1",
        "RMSNorm_1": "norm2",
        "Attention_0/TorchLinear_0": "attn.qkv",
        "Attention_0/TorchLinear_1": "attn.proj",
        "Attention_0/q_norm": "attn.q_norm",
        "Attention_0/k_norm": "attn.k_norm",
        "SwiGLUFFN_0/TorchLinear_0": "mlp.w1",
        "SwiGLUFFN_0/TorchLinear_1": "mlp.w3",
        "SwiGLUFFN_0/TorchLinear_2": "mlp.w2",
        "StandardMLP_0/TorchLinear_0": "mlp.fc1",
        "StandardMLP_0/TorchLinear_1": "mlp.fc2",
    ]
}
