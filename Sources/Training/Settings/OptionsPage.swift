internal import Foundation
internal import Settings

/// All settings of runs as a page: every key with its comment and its default, kind by kind.
///
/// `pushforward info --options` prints it, and `Documentation/options.md` is that, which a test compares.
public enum OptionsPage {
    /// The page in Markdown.
    ///
    /// - Throws: Never for what is shown; reading settings can.
    public static func markdown() throws -> String {
        try ([introduction] + chapters.map(text(of:)) + [sources]).joined(separator: "\n\n") + "\n"
    }

    private static let introduction = """
        # Options of runs

        Written by `pushforward info --options`; a test keeps it true. A file for `pushforward train --config` needs only the
        keys that differ from these defaults, and `--set section.key=value` changes one more. Unknown keys, wrong types and
        values out of range are reported together before anything is computed.

        The defaults are those of the demo, chosen by the experiments in [experiments.md](experiments.md); a comment says
        where one comes from a paper or from the authors' release. All values of the release for ImageNet are in
        [imagenet256-latents.yaml](../presets/imagenet256-latents.yaml) and
        [imagenet256-pixels.yaml](../presets/imagenet256-pixels.yaml). Images are [B, C, H, W] in [-1, 1]; sizes are pixels,
        steps are optimiser steps, temperatures are widths of the kernel in units of the mean distance (arXiv 2602.04770,
        equation 12). Formulas of fields and features stand in the documentation of the module Drifting (`make docs`).
        """

    /// A section, and files that show its kinds.
    private struct Chapter {
        var section: String
        var kinds: [(title: String, yaml: String)]
    }

    private static let chapters = [
        Chapter(
            section: "data",
            kinds: [
                ("MNIST's family", "data: {name: fashion_mnist}"), ("CIFAR-10", "data: {name: cifar10}"),
                ("Folders and archives of images", "data: {name: images, path: PICTURES, size: 32, channels: 3}"),
                ("Latents", "data: {name: latents, path: LATENTS, shape: [4, 32, 32], classes: 1000}"),
                ("Points of the plane", plane),
            ]),
        Chapter(
            section: "model",
            kinds: [
                ("Convolutional generator", "model: {name: conv_generator}"), ("Transformer", "model: {name: dit}"),
                ("Multilayer perceptron, for points", plane),
            ]),
        Chapter(
            section: "encoder",
            kinds: [
                ("Masked autoencoder", "encoder: {name: mae}"),
                ("Masked autoencoder that learns from random crops", "encoder: {name: mae, crop: {name: resized}}"),
                ("ConvNeXt V2", "data: {name: cifar10}\nencoder: {name: convnext, weights: FILE}"),
                ("ResNet-50", "data: {name: cifar10}\nencoder: {name: resnet50, weights: FILE}"),
            ]),
        Chapter(section: "second_encoder", kinds: [("", "")]),
        Chapter(
            section: "objective",
            kinds: [
                ("The released field, with all that is optional", everything),
                ("Mean shift", "objective: {field: {name: mean_shift}}"),
                ("Score difference", "objective: {field: {name: score_difference}}"),
                ("MMD", "objective: {field: {name: mmd}}"), ("Sinkhorn", "objective: {field: {name: sinkhorn}}"),
            ]),
        Chapter(section: "training", kinds: [("", "")]), Chapter(section: "evaluation", kinds: [("", "")]),
    ]

    private static let plane = """
        data: {name: toy}
        model: {name: mlp}
        encoder: null
        """

    private static let everything = """
        objective: {negatives: 16, guidance: {}, queue: {}, annealing: {}}
        """

    private static func text(of chapter: Chapter) throws -> String {
        let parts = try chapter.kinds.map { kind in
            let settings = try RunSettings().reading(yaml: kind.yaml.isEmpty ? "{}" : kind.yaml)
            let block = "```yaml\n\(section(chapter.section, of: settings.yaml()))\n```"
            return kind.title.isEmpty ? block : "### \(kind.title)\n\n\(block)"
        }
        return (["## \(chapter.section)"] + parts).joined(separator: "\n\n")
    }

    /// The lines of one section of a file.
    private static func section(_ name: String, of yaml: String) -> String {
        let lines = yaml.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { $0.hasPrefix("\(name):") }) else { return "" }
        let rest = lines[(start + 1)...]
        let end = rest.firstIndex { !$0.hasPrefix(" ") } ?? rest.endIndex
        return lines[start..<end].joined(separator: "\n")
    }
}
