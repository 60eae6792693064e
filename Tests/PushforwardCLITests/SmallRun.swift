import Foundation
import TestSupport
import Testing

/// Runs of seconds for the program.
enum SmallRun {
    /// The preset of the repository that learns two modes in the plane.
    static var preset: String {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return tests.deletingLastPathComponent().appending(path: "presets/toy-two-modes.yaml").path
    }

    /// Arguments that train the preset in `run` for a few steps.
    static func toy(_ run: String, steps: Int, checkpointEvery: Int = 100) -> [String] {
        [
            "train", "--config", preset, "--run", run, "--set", "training.steps=\(steps)",
            "--set", "training.checkpoint_every=\(checkpointEvery)", "--set", "data.count=500",
            "--set", "method.generated=16", "--set", "method.positives=16", "--set", "evaluation.every=20",
        ]
    }

    /// Arguments that train a tiny flow in the plane in `run`.
    static func flow(_ run: String, steps: Int, checkpointEvery: Int = 100) -> [String] {
        let flow = URL(filePath: preset).deletingLastPathComponent().appending(path: "toy-flow.yaml").path
        return [
            "train", "--config", flow, "--run", run, "--set", "training.steps=\(steps)",
            "--set", "training.checkpoint_every=\(checkpointEvery)",
            "--set", "training.warmup_steps=\(min(2, steps - 1))",
            "--set", "data.count=600", "--set", "network.width=16", "--set", "evaluation.every=20",
            "--set", "sampling.steps=2", "--set", "sampling.preview_steps=1",
        ]
    }

    /// Arguments that train a tiny generator in `run` of images that are in `folder`.
    static func images(_ run: String, data folder: URL, steps: Int) throws -> [String] {
        let yaml = """
            data: {name: mnist, path: "\(folder.path)"}
            network: {name: conv_generator, latent: 4, width: 4, condition: 8}
            method: {name: drifting, labels: 2, generated: 2, positives: 2, features: {encoder: null}}
            training: {steps: \(steps), warmup_steps: 0, checkpoint_every: 1}
            evaluation: {per_class: 2}
            """
        let file = folder.deletingLastPathComponent().appending(path: "\(run).yaml")
        try yaml.write(to: file, atomically: true, encoding: .utf8)
        return ["train", "--config", file.path, "--run", run]
    }

    /// The latest checkpoint's file of a run.
    static func checkpoint(_ name: String, of run: URL) throws -> Data {
        try Data(contentsOf: run.appending(path: "checkpoints/latest/\(name)"))
    }

    /// Number of lines in the run's log.
    static func logged(_ run: URL) -> Int {
        let data = (try? Data(contentsOf: run.appending(path: "metrics.jsonl"))) ?? Data()
        return data.count { $0 == UInt8(ascii: "\n") }
    }
}
