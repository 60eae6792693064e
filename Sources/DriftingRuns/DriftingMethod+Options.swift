public import Runs

extension DriftingMethod {
    /// Chapters of fields, features and encoders, and the sources of their values.
    public static var options: MethodOptions { MethodOptions(examples: examples, sources: sources) }

    private static let examples = [
        (
            "The released field, with all that is optional",
            "method: {negatives: 16, guidance: {}, queue: {}, annealing: {}}"
        ),
        ("Mean shift", "method: {field: {name: mean_shift}, features: {encoder: null}}"),
        ("Score difference", "method: {field: {name: score_difference}, features: {encoder: null}}"),
        ("MMD", "method: {field: {name: mmd}, features: {encoder: null}}"),
        ("Sinkhorn", "method: {field: {name: sinkhorn}, features: {encoder: null}}"),
        (
            "An encoder that learns from random crops",
            "method: {features: {encoder: {name: mae, crop: {name: resized}}}}"
        ),
        (
            "ConvNeXt V2 as the encoder",
            "data: {name: cifar10}\nmethod: {features: {encoder: {name: convnext, weights: FILE}}}"
        ),
        (
            "ResNet-50 as the encoder",
            "data: {name: cifar10}\nmethod: {features: {encoder: {name: resnet50, weights: FILE}}}"
        ),
    ].map { (title: $0.0, yaml: $0.1) }

    /// B labels of a step, G generated, P real samples of each and Q of any class; "release" is the code of the authors of
    /// arXiv 2602.04770, "paper" that article.
    private static let sources = [
        (
            "`features.encoder.crop`", "part of the area, width by height",
            "release: area 0.2 to 1; torchvision's `RandomResizedCrop`"
        ),
        ("`network` of `dit` and `dit_b2` to `dit_l16`", "tokens [B G, T, hidden]", "paper, table 8, and release"),
        (
            "`features.encoder.patch`, `width`, `blocks`, `strides`", "maps [B, width 2^i, H / s, W / s]",
            "paper, section A.3; release: 640, [3, 4, 6, 3], [1, 2, 2, 2]"
        ),
        ("`features.encoder.mask_ratio`", "probability of a square of 2 x 2", "paper and release: 0.5"),
        (
            "`features.encoder.classifier_weight`", "factor of a cross entropy in nats",
            "release: 0.1 in the last 3000 steps"
        ),
        (
            "`labels`, `generated`, `positives`, `negatives`", "B; G, P and Q per label",
            "paper, table 8; release: 128, 64, 64 or 128, 32; the demo's are ours"
        ),
        ("`field.temperatures`", "in units of the mean distance between points", "release: 0.2, 0.05, 0.02"),
        (
            "`field.kernel`", "[G, P], exp(-r)",
            "paper, equation 12; Matérn: Rasmussen and Williams, 2006, section 4.2.1"
        ),
        ("`field.normalisation`", "[G, P + G]", "paper, table 11; release: both"),
        ("`field.attraction`, `repulsion`", "factors", "paper, table 1: 1 and 1"),
        ("`field.affinity_floor`", "smallest product of two softmaxes", "release: 1e-6; the paper has none"),
        ("`field` of `mean_shift`, `score_difference`", "[G, D]", "paper, equations 8 to 11; Tweedie's formula"),
        ("`field` of `mmd`", "[G, D]", "Arbel et al., arXiv 1906.04370, equation 5; arXiv 2607.02375"),
        (
            "`field` of `sinkhorn`", "plans [G, P]",
            "arXiv 2605.11755, section 3.3, and 2603.12366; guidance: equation 16 of the first"
        ),
        ("`annealing`", "factor of the widths by step", "arXiv 2603.09936"),
        (
            "`features.set`, `patch_sizes`, `locations_up_to`", "vectors [B N, F, S] of maps [B N, C, H, W]",
            "paper, section A.5 and table 3"
        ),
        (
            "`guidance.range`, `power`, `without`", "strength alpha per label, [B]",
            "paper, section 3.5 and equation 15: [1, 4], 3 or 5, 0.5 for L/2"
        ),
        ("`queue.per_class`, `any_class`, `arrivals`", "samples", "release: 128, 1000, 128 per host"),
        (
            "`training.betas`, `weight_decay`, `clip`", "AdamW; norm of all gradients together",
            "release: 0.9 and 0.95, 0 (0.01 for encoders), 2"
        ),
        (
            "`training.learning_rate`, `warmup_steps`, `schedule`", "per step; steps",
            "release: 4e-4, 10 000, constant; cosine: Loshchilov and Hutter, 2017"
        ),
        (
            "`training.averages`", "decays, which here start at (1 + n) / (10 + n) after n steps",
            "release: 0.999, without a start"
        ),
        ("`training.precision`", "type of products and convolutions", "release: bfloat16"),
    ].map { (option: "drifting: " + $0.0, unit: $0.1, source: $0.2) }
}
