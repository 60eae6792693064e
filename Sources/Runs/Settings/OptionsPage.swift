internal import Foundation
internal import Settings

/// All settings of runs as a page: every key with its comment and its default, kind by kind.
///
/// `pushforward info --options` prints it, and `Documentation/options.md` is that, which a test compares.
public struct OptionsPage {
    private let methods: MethodCatalog

    /// The page for runs of some methods.
    public init(_ methods: MethodCatalog) { self.methods = methods }

    /// The page in Markdown.
    ///
    /// - Throws: Never for the chapters of this package; reading settings can.
    public func markdown() throws -> String {
        let neutral = try Self.chapters.map { try text(of: $0) }
        let own = try methods.methods.map { try text(of: $0) }
        return ([Self.introduction] + neutral + own + [sources]).joined(separator: "\n\n") + "\n"
    }

    private static let introduction = """
        # Options of runs

        Written by `pushforward info --options`; a test keeps it true. A file for `pushforward train --config` needs only the
        keys that differ from these defaults, and `--set section.key=value` changes one more. Unknown keys, wrong types and
        values out of range are reported together before anything is computed.

        The defaults are those of the demo, chosen by the experiments in [experiments.md](experiments.md); a comment says
        where one comes from a paper or from a release. Images are [B, C, H, W] in [-1, 1]; sizes are pixels, steps are
        optimiser steps, time runs from 0 (noise) to 1 (data). Formulas stand in the documentation of the modules (`make docs`).
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

    private func text(of chapter: Chapter) throws -> String {
        let parts = try chapter.kinds.map { kind in try block([chapter.section], kind.title, kind.yaml, level: "###") }
        return (["## \(chapter.section)"] + parts).joined(separator: "\n\n")
    }

    private func text(of method: any Method) throws -> String {
        let type = type(of: method)
        let parts = try type.options.examples.map {
            try block(["method", "sampling"], $0.title, $0.yaml, level: "###")
        }
        return (["## method: \(type.name)"] + parts).joined(separator: "\n\n")
    }

    private func block(_ sections: [String], _ title: String, _ yaml: String, level: String) throws -> String {
        let settings = try RunSettings(methods).reading(yaml: yaml.isEmpty ? "{}" : yaml)
        let text = sections.map { Self.section($0, of: settings.yaml()) }.joined(separator: "\n")
        let block = "```yaml\n\(text)\n```"
        return title.isEmpty ? block : "\(level) \(title)\n\n\(block)"
    }

    /// The lines of one section of a file.
    private static func section(_ name: String, of yaml: String) -> String {
        let lines = yaml.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { $0.hasPrefix("\(name):") }) else { return "" }
        let rest = lines[(start + 1)...]
        let end = rest.firstIndex { !$0.hasPrefix(" ") } ?? rest.endIndex
        return lines[start..<end].joined(separator: "\n")
    }

    /// Shapes and origins, which would make the comments of a YAML file too long.
    private var sources: String {
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
