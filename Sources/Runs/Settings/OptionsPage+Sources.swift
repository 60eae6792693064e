extension OptionsPage {
    /// Shapes and origins, which would make the comments of a YAML file too long.
    func sources(of methods: MethodCatalog) -> String {
        let rows = Self.neutralSources + methods.methods.flatMap { type(of: $0).options.sources }
        let lines = rows.map { "| \($0.option) | \($0.unit) | \($0.source) |" }
        return """
            ## Shapes, units and sources

            B examples or labels of a step, C channels, H and W height and width, D numbers of a point, K classes. Where a source
            is only called ours, it is no one else's.

            | Option | Meaning, with shape or unit | Source |
            |---|---|---|

            """ + lines.joined(separator: "\n")
    }

    private static let neutralSources: [(option: String, unit: String, source: String)] = [
        (
            "`data.flip`, `data.dequantise`", "[B, C, H, W]; noise of one level of 256",
            "usual; Theis et al., 2016, section 3.1"
        ),
        (
            "`data.posterior`, `data.scale`", "moments [N, 2 C, H, W]; unit variance after scaling",
            "Rombach et al., 2022"
        ),
        ("`network.latent`, `width`, `condition`", "noise [B, latent], channels, [B, condition]", "ours"),
        ("`network` of `unet`", "residual blocks with scale-shift norms", "Dhariwal and Nichol, arXiv 2105.05233"),
        ("`network` of `dit`", "tokens [B, T, hidden]", "Peebles and Xie, arXiv 2212.09748"),
        ("`training.betas`, `weight_decay`, `clip`", "AdamW; norm of all gradients together", "usual"),
        (
            "`training.learning_rate`, `warmup_steps`, `schedule`", "per step; steps",
            "cosine: Loshchilov and Hutter, 2017"
        ),
        ("`training.averages`", "decays, which start at (1 + n) / (10 + n) after n steps", "ours"),
        ("`evaluation.samples`, `every`", "samples; steps", "ours"),
    ]
}
