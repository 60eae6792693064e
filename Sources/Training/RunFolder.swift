import FileFormats
public import Foundation

/// The folder of a training run and the places of its files.
///
/// ```
/// config.yaml                    all settings, resolved; its presence makes the folder a run
/// metrics.jsonl                  see MetricsLog
/// checkpoints/step-000400/       one folder for each checkpoint, complete or absent
/// checkpoints/latest             symbolic link to the checkpoint to go on from
/// pace.txt                       steps and shares of the time, where that is limited
/// samples/, plots/
/// ```
///
/// Reading needs no lock: what it finds is complete even while another process trains. To write, ``start(configuration:)``
/// or ``resume()`` the run.
public struct RunFolder: Sendable, Hashable {
    /// The folder itself.
    public let url: URL

    /// The run in a folder, which need not exist yet.
    public init(_ url: URL) {
        self.url = url
    }

    /// The resolved settings.
    public var configuration: URL { url.appending(path: "config.yaml") }
    /// The values of every step, in lines of JSON.
    public var metrics: URL { url.appending(path: "metrics.jsonl") }
    /// The folder of all checkpoints.
    public var checkpoints: URL { url.appending(path: "checkpoints") }
    /// The folder for pictures of samples.
    public var samples: URL { url.appending(path: "samples") }
    /// The folder for plots.
    public var plots: URL { url.appending(path: "plots") }
    /// Shares of the training by step, where its time is limited.
    var pace: URL { url.appending(path: "pace.txt") }
    /// Held by the process that trains.
    var lockFile: URL { url.appending(path: ".lock") }
    var latest: URL { checkpoints.appending(path: "latest") }

    /// True if there is a run.
    public var exists: Bool { FileManager.default.fileExists(atPath: configuration.path) }

    /// Refuses a folder that is no run, or only a stage of one.
    ///
    /// - Throws: ``RunError``.
    public func requireRun() throws {
        guard exists else { throw RunError.missing(self) }
        // A stage's settings are those of a training, without data, network and method.
        let text = (try? String(contentsOf: configuration, encoding: .utf8)) ?? ""
        let isWhole = text.split(separator: "\n").contains { $0.hasPrefix("data:") || $0.hasPrefix("method:") }
        let parent = RunFolder(url.deletingLastPathComponent())
        if !isWhole, parent.exists { throw RunError.stage(self, of: parent) }
    }

    /// The place of the checkpoint after a step, whether it is there or not: `checkpoints/step-000400`.
    public func checkpoint(after step: Int) -> Checkpoint {
        let digits = String(step)
        let name = "step-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        return Checkpoint(step: step, url: checkpoints.appending(path: name))
    }

    /// True if `latest` is no link but a folder of its own.
    var isLatestFolder: Bool {
        var status = stat()
        return lstat(latest.path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// All checkpoints in the order of their steps.
    public func allCheckpoints() -> [Checkpoint] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints.path)) ?? []
        return names.compactMap(checkpoint(named:)).sorted { $0.step < $1.step }
    }

    /// The checkpoint to go on from: the one that `latest` names, or, when a copy has lost the link, the newest.
    public func latestCheckpoint() -> Checkpoint? {
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: latest.path)
        return target.flatMap(checkpoint(named:)) ?? allCheckpoints().last
    }

    /// The checkpoint of a name such as `step-000400`, if it is there.
    private func checkpoint(named name: String) -> Checkpoint? {
        guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), step >= 0 else { return nil }
        let checkpoint = checkpoint(after: step)
        var isFolder: ObjCBool = false
        let isThere = FileManager.default.fileExists(atPath: checkpoint.url.path, isDirectory: &isFolder)
        return checkpoint.url.lastPathComponent == name && isThere && isFolder.boolValue ? checkpoint : nil
    }
}

/// A folder with the state of a run after a step.
public struct Checkpoint: Sendable, Hashable {
    /// The number of steps that were done.
    public let step: Int
    /// The folder.
    public let url: URL
}
