import FileFormats
public import Foundation

/// A run that this process may write to; no other process can as long as this value lives.
public final class ActiveRun {
    /// The folder of the run.
    public let folder: RunFolder
    private let lock: RunLock

    fileprivate init(_ folder: RunFolder, _ lock: RunLock) throws {
        self.folder = folder
        self.lock = lock
        for part in [folder.checkpoints, folder.samples, folder.plots] {
            try part.makeFolder()
            try AtomicFile.removeLeftovers(in: part)
        }
    }

    /// Saves the checkpoint after a step, and makes it the one to go on from.
    ///
    /// Whenever the process is killed, `latest` names a complete checkpoint: the folder gets its name only when all in
    /// it is on the disk, and only then the link is replaced, both by renaming.
    ///
    /// - Parameters:
    ///   - step: the number of steps that were done.
    ///   - write: fills an empty folder. What must not be older than the checkpoint, such as the metrics of its steps,
    ///     is brought to the disk here as well.
    public func save(step: Int, _ write: (_ folder: URL) throws -> Void) throws {
        let checkpoint = folder.checkpoint(after: step)
        try AtomicFolder.replace(checkpoint.url, with: write)
        // A copy that follows links (`cp -rL`) has a folder there, which no link can replace.
        if folder.isLatestFolder { try AtomicFolder.remove(folder.latest) }
        try AtomicFile.link(folder.latest, to: checkpoint.url.lastPathComponent)
    }

    /// Removes old checkpoints, but never the one to go on from.
    ///
    /// - Parameters:
    ///   - count: number of the newest that stay.
    ///   - period: checkpoints after a multiple of so many steps stay as well; nil for none.
    public func prune(keepingLast count: Int, andEvery period: Int? = nil) throws {
        precondition(count >= 1 && period ?? 1 >= 1, "cannot keep \(count) checkpoints and every \(period ?? 1)")
        let latest = folder.latestCheckpoint()
        for checkpoint in folder.allCheckpoints().dropLast(count) where checkpoint != latest {
            if let period, checkpoint.step.isMultiple(of: period) { continue }
            try AtomicFolder.remove(checkpoint.url)
        }
    }

    /// Removes checkpoints after a step: going on from there, the run will make them again.
    public func discardCheckpoints(after step: Int) throws {
        for checkpoint in folder.allCheckpoints() where checkpoint.step > step {
            try AtomicFolder.remove(checkpoint.url)
        }
    }
}

extension RunFolder {
    /// Makes the folder a run and opens it for writing.
    ///
    /// - Parameter text: the text of `config.yaml`.
    /// - Throws: ``RunError`` when the folder holds a run or anything else, or when another process trains in it;
    ///   `FileError` when it cannot be written.
    public func start(configuration text: String) throws -> ActiveRun {
        try url.makeFolder()
        // Before the lock as well, which would leave a file in a folder that is none of ours.
        try requireEmpty()
        let lock = try RunLock(lockFile, of: self)
        try requireEmpty()
        try AtomicFile.removeLeftovers(in: url)
        try AtomicFile.write(text, to: configuration)
        return try ActiveRun(self, lock)
    }

    private func requireEmpty() throws {
        if exists { throw RunError.exists(self, latestStep: latestCheckpoint()?.step) }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        let others = names.filter { !$0.hasPrefix(".") }
        guard others.isEmpty else { throw RunError.notEmpty(self, example: others.min() ?? "") }
    }

    /// Opens a run for writing, to go on with it.
    ///
    /// - Throws: ``RunError`` when there is no run, or when another process trains in it.
    public func resume() throws -> ActiveRun {
        guard exists else { throw RunError.missing(self) }
        let lock = try RunLock(lockFile, of: self)
        try AtomicFile.removeLeftovers(in: url)
        return try ActiveRun(self, lock)
    }
}
