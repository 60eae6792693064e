extension OptionsPage {
    static let introduction = """
        # Options of runs

        Written by `pushforward info --options`; a test keeps it true. A file for `pushforward train --config` needs only the
        keys that differ from these defaults, and `--set section.key=value` changes one more. Unknown keys, wrong types and
        values out of range are reported together before anything is computed.

        The defaults are those of the demo, chosen by the experiments in [experiments.md](experiments.md); a comment says
        where one comes from a paper or from a release. Images are [B, C, H, W] in [-1, 1]; sizes are pixels, steps are
        optimiser steps, time runs from 0 (noise) to 1 (data). Formulas stand in the documentation of the modules (`make docs`).
        """

    /// A section, and files that show its kinds.
    struct Chapter {
        var section: String
        var kinds: [(title: String, yaml: String)]
    }

    static let chapters = [
        Chapter(
            section: "data",
            kinds: [
                ("MNIST's family", "data: {name: fashion_mnist}"), ("CIFAR-10", "data: {name: cifar10}"),
                ("Folders and archives of images", "data: {name: images, path: PICTURES, size: 32, channels: 3}"),
                ("Latents", "data: {name: latents, path: LATENTS, shape: [4, 32, 32], classes: 1000}"),
                ("Points of the plane", plane),
                (
                    "Points of any dimension",
                    plane.replacing("{name: toy}", with: "{name: points, path: FILE.npz, dimensions: 2, classes: 1}")
                ),
            ]),
        Chapter(
            section: "network",
            kinds: [
                ("Convolutional generator", "network: {name: conv_generator}"), ("Transformer", "network: {name: dit}"),
                ("U-Net", "network: {name: unet}"),
                ("Multilayer perceptron, for points", plane),
            ]),
        Chapter(section: "training", kinds: [("", "")]), Chapter(section: "evaluation", kinds: [("", "")]),
    ]

    private static let plane = """
        data: {name: toy}
        network: {name: mlp}
        method: {features: {encoder: null}}
        """
}
