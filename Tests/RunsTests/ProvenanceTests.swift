import Foundation
import Logging
import Pushforward
import Synchronization
import TestSupport
import Testing

/// Messages of a run.
private final class Messages: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    var log: Logger { Logger(label: "test") { _ in Handler(messages: self) } }

    private struct Handler: LogHandler {
        let messages: Messages
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { messages.lines.withLock { $0.append("\(event.message)") } }
    }
}

@Suite("Runs that go on with something else", .serialized)
struct ProvenanceTests {
    /// Points in a file: 600 of three numbers, drawn by an own rule, `change` being added to the last number.
    private func write(_ file: URL, count: Int = 600, change: Float = 0, at index: Int = 7) throws {
        var values = (0..<count * 3).map { Float(($0 * 7919) % 1000) / 500 - 1 }
        values[index] += change
        try NumpyArray(values, shape: [count, 3]).write(to: file)
    }

    private func settings(_ path: String, steps: Int, _ changes: String...) throws -> RunSettings {
        let yaml = """
            data: {name: points, path: "\(path)"}
            network: {name: mlp, width: 8, depth: 2}
            method: {name: flow, batch: 32}
            sampling: {name: ode, steps: 2, preview_steps: 1}
            training: {steps: \(steps), warmup_steps: 2, checkpoint_every: 4, schedule: constant}
            evaluation: {every: 100, samples: 0}
            """
        return try RunSettings().reading(yaml: yaml, setting: changes)
    }

    @discardableResult
    private func train(
        _ folder: URL, _ settings: RunSettings, resuming: Bool = false, accepting: Bool = false,
        _ messages: Messages = Messages()
    ) throws -> Run.Outcome {
        try Interruption.watching(announces: false) { interruption in
            try Run(
                RunFolder(folder), settings, log: messages.log,
                progress: ProgressOutput(width: { nil }, write: { _ in })
            ).train(resuming: resuming, acceptingChanges: accepting, interruption: interruption)
        }
    }

    /// Runs `body` with an existing folder.
    private func inFolder(_ body: (URL) throws -> Void) throws {
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            try body(url)
        }
    }

    private func weights(_ run: URL) throws -> Data {
        try Data(contentsOf: run.appending(path: "checkpoints/latest/model.safetensors"))
    }

    @Test("after accepted changes of the data, samples are not called worse than they were on the former data")
    func comparisons() throws {
        try inFolder { url in
            let (file, run) = (url.appending(path: "points.npy"), url.appending(path: "run"))
            let examined = ["evaluation.every=2", "evaluation.samples=50", "evaluation.judge=pixels"]
            func settings(_ steps: Int) throws -> RunSettings {
                var settings = try self.settings(file.path, steps: steps)
                settings = try RunSettings().reading(yaml: settings.yaml(), setting: examined)
                return settings
            }
            try write(file)
            try train(run, settings(6))
            // The same points a hundred times as far apart.
            let values = (0..<1800).map { Float(($0 * 7919) % 1000) / 5 - 100 }
            try NumpyArray(values, shape: [600, 3]).write(to: file)
            let messages = Messages()
            try train(run, settings(12), resuming: true, accepting: true, messages)
            #expect(messages.all.contains { $0.contains("Changed, and accepted: data: ") }, "\(messages.all)")
            #expect(!messages.all.contains { $0.contains("Fréchet distance has grown") }, "\(messages.all)")
            let again = Messages()
            try train(run, settings(16), resuming: true, again)
            #expect(!again.all.contains { $0.contains("Fréchet distance has grown") }, "\(again.all)")
        }
    }

    @Test("data that changed by a number, or in their number, are refused and named; accepted, the run records them")
    func data() throws {
        try inFolder { url in
            let (file, run) = (url.appending(path: "points.npy"), url.appending(path: "run"))
            try write(file)
            try train(run, settings(file.path, steps: 4))
            for (count, change, message) in [
                (600, Float(0.001), "the content of some examples differs"),
                (610, 0, "610 examples, there were 600"), (590, 0, "590 examples, there were 600"),
            ] {
                try write(file, count: count, change: change)
                let error = #expect(throws: TrainingError.self) {
                    try train(run, settings(file.path, steps: 8), resuming: true)
                }
                let text = error?.description ?? ""
                #expect(text.contains(message) && text.contains("--accept-changes"), "\(text)")
                #expect(RunFolder(run).latestCheckpoint()?.step == 4)
            }
            try train(run, settings(file.path, steps: 8), resuming: true, accepting: true)
            let record = try text(of: run.appending(path: "provenance.json"))
            #expect(record.contains("590 examples, there were 600") && record.contains("\"step\" : 4"))
            // From now on these are its data.
            try train(run, settings(file.path, steps: 9), resuming: true)
            try write(file)
            #expect(throws: TrainingError.self) { try train(run, settings(file.path, steps: 10), resuming: true) }
        }
    }

    @Test("the same data in another place are the same data")
    func moved() throws {
        try inFolder { url in
            let (file, other, run) = (
                url.appending(path: "points.npy"), url.appending(path: "moved.npy"), url.appending(path: "run")
            )
            try write(file)
            try train(run, settings(file.path, steps: 4))
            try FileManager.default.moveItem(at: file, to: other)
            let messages = Messages()
            #expect(try train(run, settings(other.path, steps: 5), resuming: true, messages) == .finished)
            #expect(messages.all.contains { $0.hasPrefix("Changed: data.path: ") })
        }
    }

    @Test("one pixel of one image, and the names of classes, are noticed")
    func images() throws {
        try inFolder { url in
            let data = url.appending(path: "data")
            try SmallImages.write(to: data, perClass: 3)
            func marks() throws -> DataFingerprint {
                var images = ImageFolderSettings()
                (images.path, images.size, images.channels) = (data.path, 16, 3)
                return try TrainingData(.images(images), seed: Seed(0)).fingerprint()
            }
            let former = try marks()
            #expect(try marks().changes(since: former).isEmpty)
            let name = try #require(
                FileManager.default.subpaths(atPath: data.path)?.sorted().first { $0.hasSuffix(".png") })
            var image = try Image8(contentsOf: data.appending(path: name))
            image[image.width / 2, image.height / 2, 0] ^= 1
            try image.writePNG(to: data.appending(path: name))
            #expect(try marks().changes(since: former) == ["the content of some examples differs"])
            let folder = try #require(name.split(separator: "/").first)
            try FileManager.default.moveItem(
                at: data.appending(path: String(folder)), to: data.appending(path: "aaa"))
            #expect(try marks().changes(since: former).contains { $0.hasPrefix("the classes are aaa") })
        }
    }

    @Test("data on disk are known by all names and sizes, and by some of their content")
    func onDisk() throws {
        try inFolder { url in
            let data = url.appending(path: "data")
            try SmallImages.write(to: data, perClass: 3)
            func marks() throws -> DataFingerprint {
                var images = ImageFolderSettings()
                (images.path, images.size, images.channels) = (data.path, 16, 3)
                images.memory.gibibytes = 0
                return try TrainingData(.images(images), seed: Seed(0)).fingerprint()
            }
            let former = try marks()
            #expect(former.files != nil)
            let name = try #require(
                FileManager.default.subpaths(atPath: data.path)?.sorted().last { $0.hasSuffix(".png") })
            let file = data.appending(path: name)
            // A comment after the image changes nothing but the size.
            try (Data(contentsOf: file) + Data([0])).write(to: file)
            #expect(try marks().changes(since: former) == ["some files have other names or sizes"])
        }
    }

    @Test("a relative path is meant from where the run was started")
    func relative() throws {
        try inFolder { url in
            let (file, run) = (url.appending(path: "points.npy"), url.appending(path: "run"))
            try write(file)
            let here = FileManager.default.currentDirectoryPath
            #expect(FileManager.default.changeCurrentDirectoryPath(url.path))
            defer { _ = FileManager.default.changeCurrentDirectoryPath(here) }
            try train(run, settings("points.npy", steps: 4))
            _ = FileManager.default.changeCurrentDirectoryPath("/")
            let written = try RunSettings().reading(file: RunFolder(run).configuration.path)
            #expect(written.data.path?.hasPrefix("/") == true)
            #expect(try train(run, written, resuming: true) == .finished)
            // Also one that was written by hand since.
            #expect(try train(run, settings("points.npy", steps: 5), resuming: true) == .finished)
            _ = FileManager.default.changeCurrentDirectoryPath(here)
            // A tilde is a name like any other.
            let error = #expect(throws: (any Error).self) {
                try train(url.appending(path: "other"), settings("~/points.npy", steps: 1))
            }
            #expect("\(error.map { "\($0)" } ?? "")".contains("/~/points.npy: there is no such file"))
        }
    }

    @Test(
        "settings that would change what is learned are refused, others told",
        arguments: [
            ("training.learning_rate=0.5", false), ("network.width=16", false), ("method.batch=16", false),
            ("training.betas=[0.5, 0.9]", false), ("training.clip=null", false),
            ("training.checkpoint_every=2", true), ("evaluation.every=2", true), ("training.keep_checkpoints=9", true),
            ("sampling.steps=3", true), ("training.steps=6", true),
        ])
    func settingsOf(_ change: String, isTold: Bool) throws {
        try inFolder { url in
            let (file, run) = (url.appending(path: "points.npy"), url.appending(path: "run"))
            try write(file)
            try train(run, settings(file.path, steps: 4))
            let key = change.split(separator: "=")[0]
            let messages = Messages()
            if isTold {
                try train(run, settings(file.path, steps: 5, change), resuming: true, messages)
                #expect(messages.all.contains { $0.hasPrefix("Changed: \(key): ") }, "\(messages.all)")
                let written = try RunSettings().reading(file: RunFolder(run).configuration.path)
                #expect(try written.yaml() == written.reading(file: nil, setting: [change]).yaml())
            } else {
                let error = #expect(throws: TrainingError.self) {
                    try train(run, settings(file.path, steps: 5, change), resuming: true)
                }
                #expect(error?.description.contains("\(key): ") == true, "\(error as Any)")
            }
        }
    }

    @Test(
        "a run that is lengthened ends with the bits of one that was as long from the start, where the rate is constant"
    )
    func lengthened() throws {
        try inFolder { url in
            let (file, whole, longer) = (
                url.appending(path: "points.npy"), url.appending(path: "whole"), url.appending(path: "longer")
            )
            try write(file)
            try train(whole, settings(file.path, steps: 9))
            try train(longer, settings(file.path, steps: 5))
            try train(longer, settings(file.path, steps: 9), resuming: true)
            #expect(try weights(longer) == weights(whole))
            let error = #expect(throws: TrainingError.self) {
                try train(longer, settings(file.path, steps: 3), resuming: true)
            }
            #expect(error?.description.contains("step 9 is done already") == true)
        }
    }

    @Test("a record that is damaged is named; a run without one goes on and gets one")
    func record() throws {
        try inFolder { url in
            let (file, run) = (url.appending(path: "points.npy"), url.appending(path: "run"))
            try write(file)
            try train(run, settings(file.path, steps: 4))
            let record = run.appending(path: "provenance.json")
            let former = try Data(contentsOf: record)
            for content in [Data(), former.prefix(100), Data("[]".utf8)] {
                try content.write(to: record)
                let error = #expect(throws: TrainingError.self) {
                    try train(run, settings(file.path, steps: 4), resuming: true)
                }
                #expect(error?.description.contains("\(record.path) is damaged") == true)
            }
            try FileManager.default.removeItem(at: record)
            try train(run, settings(file.path, steps: 4), resuming: true)
            #expect(try Data(contentsOf: record) == former)
        }
    }

    @Test(
        "of a damaged newest checkpoint the older one is taken, to the same bits, and told; samples name the older one")
    func olderCheckpoint() throws {
        try inFolder { url in
            let (file, run) = (url.appending(path: "points.npy"), url.appending(path: "run"))
            try write(file)
            try train(run, settings(file.path, steps: 8))
            let sound = try weights(run)
            let newest = RunFolder(run).checkpoint(after: 8).url
            for name in ["model.safetensors", "ema.safetensors", "optimizer.safetensors", "state.json"] {
                let damaged = newest.appending(path: name)
                try Data(Data(contentsOf: damaged).dropLast(9)).write(to: damaged)
                if name == "ema.safetensors" {
                    let error = #expect(throws: TrainingError.self) { try TrainedModel(RunFolder(run)) }
                    #expect(error?.description.contains("step-000004 is whole") == true, "\(error as Any)")
                }
                let messages = Messages()
                try train(run, settings(file.path, steps: 8), resuming: true, messages)
                #expect(messages.all.contains { $0.contains(damaged.path) && $0.contains("step 4, which is whole") })
                #expect(try weights(run) == sound)
            }
        }
    }

    @Test("weights that are not finite are not sampled from", arguments: [TrainedModel.Choice.ema, .raw])
    func notFinite(_ choice: TrainedModel.Choice) throws {
        try inFolder { url in
            let (file, run) = (url.appending(path: "points.npy"), url.appending(path: "run"))
            try write(file)
            try train(run, settings(file.path, steps: 4))
            let name = choice == .ema ? "ema.safetensors" : "model.safetensors"
            let weights = RunFolder(run).checkpoint(after: 4).url.appending(path: name)
            let content = try SafetensorsFile(weights)
            try SafetensorsFile.write(
                content.names.map { name in
                    let tensor = content[name] ?? Tensor(0)
                    return (name, tensor.dtype.isFloatingPoint ? Tensor.full(tensor.shape, Double.nan) : tensor)
                }, to: weights)
            let error = #expect(throws: TrainingError.self) { try TrainedModel(RunFolder(run), weights: choice) }
            #expect(error?.description.contains("are not finite") == true, "\(error as Any)")
        }
    }

    @Test("pictures that cannot be written are told once and end nothing")
    func pictures() throws {
        try inFolder { url in
            let (file, run) = (url.appending(path: "points.npy"), url.appending(path: "run"))
            try write(file)
            try train(run, settings(file.path, steps: 2, "evaluation.every=1"))
            // A folder in the way of each picture.
            for step in 3...5 {
                let name = RunFolder(run).checkpoint(after: step).url.lastPathComponent
                try FileManager.default.createDirectory(
                    at: run.appending(path: "samples/\(name).npy/in"), withIntermediateDirectories: true)
            }
            #expect(try train(run, settings(file.path, steps: 5, "evaluation.every=1"), resuming: true) == .finished)
            #expect(RunFolder(run).latestCheckpoint()?.step == 5)
        }
    }

    @Test("the number of threads is recorded with the run, and used when it goes on")
    func threads() throws {
        try inFolder { url in
            let before = Machine.threads
            defer { Machine.threads = before }
            let (file, run) = (url.appending(path: "points.npy"), url.appending(path: "run"))
            try write(file)
            try train(run, settings(file.path, steps: 2, "training.threads=1"))
            #expect(Machine.threads == 1)
            Machine.threads = before
            let written = try RunSettings().reading(file: RunFolder(run).configuration.path)
            #expect(written.training.threads == 1)
            try train(run, written, resuming: true)
            #expect(Machine.threads == 1)
            let other = url.appending(path: "other")
            Machine.threads = before
            try train(other, settings(file.path, steps: 1))
            #expect(try RunSettings().reading(file: RunFolder(other).configuration.path).training.threads == before)
        }
    }
}
