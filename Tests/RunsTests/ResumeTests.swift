import Foundation
import Pushforward
import TestSupport
import Testing

@Suite("Runs that are resumed", .serialized)
struct ResumeTests {
    /// Everything that the runs left must be the same, but for the seconds in the log.
    private func expectSame(_ resumed: URL, _ whole: URL, butFor changed: Set<String> = []) throws {
        let (a, b) = (try files(below: resumed), try files(below: whole))
        let ignored = changed.union(["metrics.jsonl", "encoder/metrics.jsonl"])
        #expect(Set(a.keys).subtracting(changed) == Set(b.keys).subtracting(changed))
        for (path, content) in b where !ignored.contains(path) {
            #expect(a[path] == content, "\(path) differs")
        }
        let logs = try [resumed, whole].map { try MetricsLog.records(in: RunFolder($0).metrics) }
        #expect(logs[0].map(\.step) == logs[1].map(\.step))
        #expect(logs[0].map(\.values) == logs[1].map(\.values))
        #expect(logs[0].map(\.seconds) == logs[0].map(\.seconds).sorted())
    }

    @Test("points: stopped and resumed, a run leaves the same bits as in one go")
    func points() throws {
        try withTemporaryFolder { url in
            let (whole, halves) = (url.appending(path: "whole"), url.appending(path: "halves"))
            let settings = try SmallRuns.toy(steps: 10)
            #expect(try SmallRuns.train(whole, settings) == .finished)
            #expect(
                try SmallRuns.train(halves, settings) { $0.contains("step 1/10") }
                    == .interrupted(stage: "generator", step: 1))
            #expect(try SmallRuns.train(halves, settings, resuming: true) == .finished)
            try expectSame(halves, whole)
            #expect(RunFolder(halves).latestCheckpoint()?.step == 10)
        }
    }

    @Test("images: stopped in the encoder and again in the generator, a run leaves the same files as in one go")
    func images() throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 3)
            let (whole, parts) = (url.appending(path: "whole"), url.appending(path: "parts"))
            let settings = try SmallRuns.images(data, steps: 4)
            #expect(try SmallRuns.train(whole, settings) == .finished)

            let first = try SmallRuns.train(parts, settings) { $0.contains("step 1/3") }
            #expect(first == .interrupted(stage: "encoder", step: 1))
            #expect(RunFolder(parts).latestCheckpoint() == nil)
            #expect(RunFolder(parts.appending(path: "encoder")).latestCheckpoint()?.step == 1)

            let second = try SmallRuns.train(parts, settings, resuming: true) { $0.contains("step 1/4") }
            #expect(second == .interrupted(stage: "generator", step: 1))
            #expect(RunFolder(parts.appending(path: "encoder")).latestCheckpoint()?.step == 3)

            #expect(try SmallRuns.train(parts, settings, resuming: true) == .finished)
            // The stops were saved; a run in one go has no checkpoints of those steps.
            let stops = try files(below: parts).keys.filter { $0.contains("checkpoints/step-000001/") }
            #expect(stops.count == 8)
            try expectSame(parts, whole, butFor: Set(stops))
            let log = try MetricsLog.records(in: RunFolder(parts.appending(path: "encoder")).metrics)
            #expect(log.map(\.step) == [1, 2, 3])
        }
    }

    @Test("a transformer: stopped and resumed, a run leaves the same files as in one go")
    func transformer() throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 3)
            let (whole, parts) = (url.appending(path: "whole"), url.appending(path: "parts"))
            let settings = try SmallRuns.images(data, steps: 4, SmallRuns.transformer)
            #expect(try SmallRuns.train(whole, settings) == .finished)
            let stopped = try SmallRuns.train(parts, settings) { $0.contains("step 1/4") }
            #expect(stopped == .interrupted(stage: "generator", step: 1))
            #expect(try SmallRuns.train(parts, settings, resuming: true) == .finished)
            let stops = try files(below: parts).keys.filter { $0.contains("checkpoints/step-000001/") }
            try expectSame(parts, whole, butFor: Set(stops))
            let samples = try TrainedModel(RunFolder(parts), setting: ["sampling.strength=2"]).samples(
                of: [0, 5], seed: Seed(1)
            ).values
            #expect(samples.shape == [2, 1, 28, 28])
            #expect(samples.abs().amax().item() > 0)
        }
    }

    @Test("killed after the last step and before the last picture, a run draws it when it is resumed")
    func lastPicture() throws {
        try withTemporaryFolder { url in
            let settings = try SmallRuns.toy(steps: 4, "evaluation.every=2")
            try SmallRuns.train(url, settings)
            let before = try files(below: url)
            try FileManager.default.removeItem(at: url.appending(path: "samples/final.png"))
            #expect(try SmallRuns.train(url, settings, resuming: true) == .finished)
            let after = try files(below: url)
            #expect(after.keys.sorted() == before.keys.sorted())
            #expect(after["samples/final.png"] == before["samples/final.png"])
        }
    }

    @Test("a checkpoint of another seed, or with a file missing or cut short, is refused with its name")
    func damaged() throws {
        try withTemporaryFolder { url in
            let folder = RunFolder(url)
            try SmallRuns.train(url, SmallRuns.toy(steps: 4))
            let other = #expect(throws: TrainingError.self) {
                try SmallRuns.train(url, SmallRuns.toy(steps: 5, "training.seed=7"), resuming: true)
            }
            #expect(other?.description.contains("another seed") == true)
            let checkpoint = try #require(folder.latestCheckpoint()).url
            for name in try names(in: checkpoint) {
                let file = checkpoint.appending(path: name)
                let content = try Data(contentsOf: file)
                for damaged in [nil, content.prefix(content.count / 2), Data()] {
                    try FileManager.default.removeItem(at: file)
                    try damaged?.write(to: file)
                    let error = #expect(throws: (any Error).self) {
                        try SmallRuns.train(url, SmallRuns.toy(steps: 5), resuming: true)
                    }
                    let text = error.map { "\($0)" } ?? ""
                    #expect(text.contains(file.path), "\(name), \(damaged?.count ?? -1) bytes: \(text)")
                    try content.write(to: file)
                }
            }
            #expect(try SmallRuns.train(url, SmallRuns.toy(steps: 5), resuming: true) == .finished)
        }
    }
}
