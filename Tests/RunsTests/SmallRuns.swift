import Foundation
import Pushforward

/// Runs that take a second, and how tests drive them.
enum SmallRuns {
    /// Points of the plane, `steps` steps.
    static func toy(steps: Int, _ changes: String...) throws -> RunSettings {
        let yaml = """
            data: {name: toy, count: 500}
            network: {name: mlp, width: 16, depth: 2}
            method:
              name: drifting
              generated: 16
              positives: 16
              field: {name: released, affinity_floor: 0}
              features: {encoder: null}
            training: {steps: \(steps), warmup_steps: 2, checkpoint_every: 4, averages: [0.9, 0.5]}
            evaluation: {every: 3}
            """
        return try RunSettings().reading(yaml: yaml, setting: changes)
    }

    /// Images that `SmallMNIST` has written to `data`, drifting in the features of a tiny encoder, with guidance.
    static func images(_ data: URL, steps: Int, encoderSteps: Int = 3, _ changes: String...) throws -> RunSettings {
        let yaml = """
            data: {name: mnist, path: "\(data.path)"}
            network: {name: conv_generator, latent: 4, width: 4, condition: 8}
            method:
              name: drifting
              labels: 3
              generated: 2
              positives: 2
              negatives: 2
              guidance: {}
              features:
                encoder:
                  width: 4
                  blocks: [1]
                  strides: [2]
                  batch: 8
                  training: {steps: \(encoderSteps), warmup_steps: 1, checkpoint_every: 100, schedule: cosine}
            training: {steps: \(steps), warmup_steps: 1, checkpoint_every: 100, keep_checkpoints: 3}
            evaluation: {every: 2, per_class: 1}
            """
        return try RunSettings().reading(yaml: yaml, setting: changes)
    }

    /// A tiny transformer for ``images(_:steps:encoderSteps:_:)``.
    static let transformer = """
        network={name: dit, patch: 8, hidden: 16, condition: 8, depth: 1, heads: 2, class_tokens: 1, codebooks: 2, \
        styles: 4}
        """

    /// Trains to the end, or until `stop` says so, which sends SIGTERM to this process.
    ///
    /// - Parameter stop: Asked with each text of the progress line.
    @discardableResult
    static func train(
        _ folder: URL, _ settings: RunSettings, resuming: Bool = false,
        until stop: @escaping (String) -> Bool = { _ in false }
    ) throws -> Run.Outcome {
        try Interruption.watching(announces: false) { interruption in
            // A terminal's line is updated at the first step at once.
            let output = ProgressOutput(width: { 80 }) { text in
                guard !interruption.isRequested, stop(text) else { return }
                kill(getpid(), SIGTERM)
                while !interruption.isRequested { usleep(1000) }
            }
            return try Run(RunFolder(folder), settings, progress: output)
                .train(resuming: resuming, interruption: interruption)
        }
    }
}

/// The files below a folder by their paths, without locks.
func files(below folder: URL) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for path in FileManager.default.subpaths(atPath: folder.path) ?? [] where !path.hasSuffix(".lock") {
        let url = folder.appending(path: path)
        let values = try url.resourceValues(forKeys: [.isRegularFileKey])
        if values.isRegularFile == true { files[path] = try Data(contentsOf: url) }
    }
    return files
}

/// An error of a test: a value was not of the kind that it should be.
struct Unexpected: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension RunSettings {
    /// The method of a drifting run.
    var drifting: DriftingMethod {
        guard let method = method as? DriftingMethod else { fatalError("not a drifting run") }
        return method
    }
}
