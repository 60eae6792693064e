extension OptionsPage {
    /// Shapes and origins, which would make the comments of a YAML file too long.
    static let sources = """
        ## Shapes, units and sources

        B labels of a step, G generated, P real samples of each and Q of any class; D numbers of a feature vector; K classes.
        "Release" is the code of the authors of arXiv 2602.04770, "paper" that article; what neither names is ours.

        | Option | What it is, with shape or unit | Source |
        |---|---|---|
        | `data.flip`, `data.dequantise` | [B, C, H, W]; noise of one level of 256 | release (flips); Theis et al., 2016, section 3.1 |
        | `data.posterior`, `data.scale` | moments [N, 2 C, H, W]; unit variance after scaling | Rombach et al., 2022; 0.18215 in the release |
        | `encoder.crop` | part of the area, width by height | release: area 0.2 to 1; torchvision's `RandomResizedCrop` |
        | `model.latent`, `width`, `condition` | noise [B G, latent], channels, [B G, condition] | ours |
        | `model` of `dit` and `dit_b2` to `dit_l16` | tokens [B G, T, hidden] | paper, table 8, and release |
        | `encoder.patch`, `width`, `blocks`, `strides` | maps [B, width 2^i, H / s, W / s] | paper, section A.3; release: 640, [3, 4, 6, 3], [1, 2, 2, 2] |
        | `encoder.mask_ratio` | probability of a square of 2 x 2 | paper and release: 0.5 |
        | `encoder.classifier_weight` | factor of a cross entropy in nats | release: 0.1 in the last 3000 steps |
        | `objective.labels`, `generated`, `positives`, `negatives` | B; G, P and Q per label | paper, table 8; release: 128, 64, 64 or 128, 32; the demo's are ours |
        | `field.temperatures` | in units of the mean distance between points | release: 0.2, 0.05, 0.02 |
        | `field.kernel` | [G, P], exp(-r) | paper, equation 12; Matérn: Rasmussen and Williams, 2006, section 4.2.1 |
        | `field.normalisation` | [G, P + G] | paper, table 11; release: both |
        | `field.attraction`, `repulsion` | factors | paper, table 1: 1 and 1 |
        | `field.affinity_floor` | smallest product of two softmaxes | release: 1e-6; the paper has none |
        | `field` of `mean_shift`, `score_difference` | [G, D] | paper, equations 8 to 11; Tweedie's formula |
        | `field` of `mmd` | [G, D] | Arbel et al., arXiv 1906.04370, equation 5; arXiv 2607.02375 |
        | `field` of `sinkhorn` | plans [G, P] | arXiv 2605.11755, section 3.3, and 2603.12366; guidance: equation 16 of the first |
        | `objective.annealing` | factor of the widths by step | arXiv 2603.09936 |
        | `features.set`, `patch_sizes`, `locations_up_to` | vectors [B N, F, S] of maps [B N, C, H, W] | paper, section A.5 and table 3 |
        | `guidance.range`, `power`, `without` | strength alpha per label, [B] | paper, section 3.5 and equation 15: [1, 4], 3 or 5, 0.5 for L/2 |
        | `queue.per_class`, `any_class`, `arrivals` | samples | release: 128, 1000, 128 per host |
        | `training.betas`, `weight_decay`, `clip` | AdamW; norm of all gradients together | release: 0.9 and 0.95, 0 (0.01 for encoders), 2 |
        | `training.learning_rate`, `warmup_steps`, `schedule` | per step; steps | release: 4e-4, 10 000, constant; cosine: Loshchilov and Hutter, 2017 |
        | `training.averages` | decays, which here start at (1 + n) / (10 + n) after n steps | release: 0.999, without a start |
        | `training.precision` | type of products and convolutions | release: bfloat16 |
        | `evaluation.samples`, `every` | samples; steps | ours |
        """
}
