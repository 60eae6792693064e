import Foundation
import Settings
import Training

/// Runs that take a second, and how tests drive them.
enum SmallRuns {
    /// Points of the plane, `steps` steps.
    static func toy(steps: Int, _ changes: String...) throws -> RunSettings {
        let yaml = """
            data: {name: toy, count: 500}
            model: {name: mlp, width: 16, depth: 2}
            encoder: null
            objective: {name: drifting, generated: 16, positives: 16, field: {name: released, affinity_floor: 0}}
            training: {steps: \(steps), warmup_steps: 2, checkpoint_every: 4, averages: [0.9, 0.5]}
            evaluation: {every: 3}
            """
        return try RunSettings().reading(yaml: yaml, setting: changes)
    }

    /// Images that `SmallMNIST` has written to `data`, drifting in the features of a tiny encoder, with guidance.
    static func images(_ data: URL, steps: Int, encoderSteps: Int = 3, _ changes: String...) throws -> RunSettings {
        let yaml = """
            data: {name: mnist, path: "\(data.path)"}
            model: {name: conv_generator, latent: 4, width: 4, condition: 8}
            encoder:
              width: 4
              blocks: [1]
              strides: [2]
              batch: 16
              training: {steps: \(encoderSteps), warmup_steps: 1, checkpoint_every: 100, schedule: cosine}
            objective: {name: drifting, labels: 3, generated: 2, positives: 2, negatives: 2, guidance: {}}
            training: {steps: \(steps), warmup_steps: 1, checkpoint_every: 100, keep_checkpoints: 3}
            evaluation: {every: 2, per_class: 1}
            """
        return try RunSettings().reading(yaml: yaml, setting: changes)
    }

    /// A tiny transformer for ``images(_:steps:encoderSteps:_:)``.
    static let transformer = """
        model={name: dit, patch: 8, hidden: 16, condition: 8, depth: 1, heads: 2, class_tokens: 1, codebooks: 2, \
        styles: 4}
        """

    /// Trains to the end, or until `stop` says so, which sends SIGTERM to this process.
    ///
    /// - Parameter stop: Asked with each text of the progress line.
    @discardableResult
    static func train(
        _ folder: URL, _ settings: RunSettings, resuming: Bool = false,
        until stop: @escaping (String) -> Bool = { _ in false }
    ) throws -> TrainingLoop.Outcome {
        try Interruption.watching(announces: false) { interruption in
            // A terminal's line is updated at the first step at once.
            let output = ProgressOutput(width: { 80 }) { text in
                guard !interruption.isRequested, stop(text) else { return }
                kill(getpid(), SIGTERM)
                while !interruption.isRequested { usleep(1000) }
            }
            return try DriftingRun(RunFolder(folder), settings, progress: output)
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
