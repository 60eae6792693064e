import Foundation
import Synchronization
import TestSupport
import Testing
import Training

/// The run in which a process trains until it kills itself; known to both by the number of the parent.
private func killedRun(parent: Int32) -> RunFolder {
    RunFolder(FileManager.default.temporaryDirectory.appending(path: "killed-run-\(parent)"))
}

/// Large enough for a kill to fall into the middle of writing it.
private func content(_ step: Int) -> Data { Data(repeating: UInt8(step % 251), count: 300_000) }

/// A thread that reads through `latest` as often as it can.
private final class Observer: Sendable {
    private let isOver = Atomic(false)
    private let end = DispatchSemaphore(value: 0)
    private let observations = Atomic(0)
    private let failures = Atomic(0)

    var count: Int { observations.load(ordering: .relaxed) }

    init(of folder: RunFolder) {
        let state = folder.checkpoints.appending(path: "latest/state")
        Thread.detachNewThread { [self] in
            while !isOver.load(ordering: .acquiring) {
                let isWhole = (try? text(of: state)).flatMap { Int($0) } != nil
                failures.add(isWhole ? 0 : 1, ordering: .relaxed)
                observations.add(1, ordering: .relaxed)
            }
            end.signal()
        }
    }

    /// Returns how often there was no whole checkpoint.
    func stop() -> Int {
        isOver.store(true, ordering: .releasing)
        end.wait()
        return failures.load(ordering: .relaxed)
    }
}

@Suite("Runs whose process is killed", .serialized)
struct KilledRunTests {
    @Test("killed at any moment, latest names a complete checkpoint and the log can be continued")
    func killed() async throws {
        let folder = killedRun(parent: getpid())
        try? FileManager.default.removeItem(at: folder.url)
        defer { try? FileManager.default.removeItem(at: folder.url) }
        _ = try folder.start(configuration: "")
        // On a busy machine it takes some rounds until one lives long enough to save.
        var rounds = 0
        while rounds < 12 || folder.latestCheckpoint() == nil && rounds < 200 {
            rounds += 1
            await #expect(processExitsWith: .signal(SIGKILL)) {
                let folder = killedRun(parent: getppid())
                let run = try folder.resume()
                Thread.detachNewThread {
                    usleep(.random(in: 0..<100_000))
                    kill(getpid(), SIGKILL)
                }
                try KilledRunTests.train(run)
            }
            try check(folder)
        }
        #expect(folder.latestCheckpoint() != nil)
    }

    @Test("at no moment is latest absent or incomplete: a kill then would leave what another thread sees")
    func observed() throws {
        try withTemporaryFolder { url in
            let folder = RunFolder(url)
            let run = try folder.start(configuration: "")
            try run.saveSmall(0)
            let observer = Observer(of: folder)
            // On a busy machine the observer may have to wait for its turn.
            var step = 0
            while step < 100 || observer.count < 10_000 && step < 10_000 {
                step += 1
                try run.saveSmall(step)
            }
            let failures = observer.stop()
            #expect(folder.latestCheckpoint()?.step == step)
            #expect(failures == 0)
        }
    }

    /// Trains for ever, two files for each checkpoint and a checkpoint for each step.
    fileprivate static func train(_ run: ActiveRun) throws {
        let start = run.folder.latestCheckpoint()?.step ?? 0
        try run.discardCheckpoints(after: start)
        let log = try MetricsLog(run.folder.metrics, keepingUpTo: start)
        for step in (start + 1)... {
            try log.append(MetricsRecord(step: step, seconds: Double(step), values: ["loss": 1 / Double(step)]))
            try run.save(step: step) { folder in
                try content(step).write(to: folder.appending(path: "model"))
                try content(step).write(to: folder.appending(path: "optimizer"))
                try log.synchronize()
            }
            try run.prune(keepingLast: 2)
        }
    }

    private func check(_ folder: RunFolder) throws {
        let all = folder.allCheckpoints()
        for checkpoint in all {
            for name in ["model", "optimizer"] {
                #expect(try Data(contentsOf: checkpoint.url.appending(path: name)) == content(checkpoint.step))
            }
        }
        let link = folder.checkpoints.appending(path: "latest")
        guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: link.path) else {
            // Killed before the first checkpoint was finished.
            #expect(all.count <= 1)
            return
        }
        let latest = try #require(folder.latestCheckpoint())
        #expect(latest.url.lastPathComponent == target)
        #expect(try #require(all.last).step <= latest.step + 1)
        // The log holds at least the steps of the checkpoint, each once, whole and in order.
        let steps = try MetricsLog.records(in: folder.metrics).map(\.step)
        #expect(steps == Array(1..<steps.count + 1) && steps.count >= latest.step)
        // The next process takes what is left of this one away.
        _ = try folder.resume()
        let rest = try names(in: folder.checkpoints)
        #expect(rest.allSatisfy { $0 == "latest" || $0.hasPrefix("step-") })
    }
}
