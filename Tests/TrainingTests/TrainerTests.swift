import FileFormats
import Foundation
import Generative
import Settings
import TestSupport
import Testing
import Torch
import TorchNN
import Training

/// A point x of the plane, which is all there is to train.
private struct Point { let x: Tensor }

/// The loss |x - target|² / 2 of each target [B, 2], whose mean has its minimum at the mean of the targets.
private struct Distance: Objective {
    typealias Model = Point
    typealias Batch = Tensor
    /// The step whose term `poison` is NaN.
    var poisoned: Double?

    func loss(of model: Point, on batch: Tensor, using source: RandomSource) -> Loss {
        let distance = (model.x.unsqueeze(0) - batch).square().sum(1) / 2
        // The batch's first number is the step in tests that poison one.
        let isPoisoned = poisoned == batch[0][0].item()
        let poison = distance.onesLike() * (isPoisoned ? .nan : 0)
        return Loss(sumOf: [.init("distance", distance), .init("poison", poison)], metrics: ["x": model.x[0]])
    }
}

/// The same targets at every step.
private struct Fixed: BatchSource {
    private let targets: Tensor

    init(_ points: [Float]...) { targets = Tensor(points.flatMap(\.self)).reshape([points.count, 2]) }

    func batch(at step: Int) throws -> Tensor { targets }
}

/// One target whose coordinates are the step.
private struct Counting: BatchSource {
    func batch(at step: Int) throws -> Tensor { .full([1, 2], Double(step)) }
}

@Suite("Trainer and training loop", .serialized)
struct TrainerTests {
    private typealias Made = (store: ParameterStore, trainer: Trainer<Distance>)

    private func make(
        _ batches: any BatchSource<Tensor>, from start: [Float] = [0, 0], poisoned: Double? = nil,
        _ change: (inout TrainingSettings) -> Void = { _ in }
    ) -> Made {
        var settings = TrainingSettings()
        (settings.steps, settings.warmupSteps, settings.weightDecay) = (200, 0, 0)
        (settings.precision, settings.learningRate) = (.float32, 0.1)
        change(&settings)
        let store = ParameterStore(seed: Seed(1))
        let point = Point(x: store.root.parameter("x", [2], .values(Tensor(start))))
        let trainer = Trainer(
            model: point, objective: Distance(poisoned: poisoned), batches: batches, store: store, settings: settings,
            seed: Seed(2), identity: CheckpointIdentity(method: "least_squares", stage: "point"))
        return (store, trainer)
    }

    private func x(_ store: ParameterStore) -> [Double] { store["x"]?.scalars() ?? [] }

    @Test("a quadratic loss ends at its minimum, the mean of the targets, and so does the average")
    func quadratic() throws {
        let (store, trainer) = make(Fixed([1, 2], [3, -4], [5, -1])) {
            $0.schedule = .cosine
            $0.averages = [0.9]
        }
        let losses = try (0..<200).map { _ in try trainer.advance().loss }
        assertClose(try #require(store["x"]), Tensor([3, -1] as [Float]), absolute: 0.01)
        assertClose(try #require(trainer.averages.store["x"]), Tensor([3, -1] as [Float]), absolute: 0.02)
        // Half the sum of variances, 8/3 + 6: what no point can get below.
        assertClose(losses[199], (8.0 / 3 + 6) / 2, absolute: 1e-3)
        assertClose(losses[0], (1 + 4 + 9 + 16 + 25 + 1) / 6.0, absolute: 1e-5)
    }

    @Test("reports give loss, gradient norm before clipping, learning rate and metrics, in this order")
    func report() throws {
        let (_, trainer) = make(Fixed([3, 4]), from: [0, 0]) { $0.clip = 1 }
        let report = try trainer.advance()
        #expect(report.step == 1 && trainer.step == 1)
        #expect(report.values.map(\.name) == ["loss", "gradient_norm", "learning_rate", "x"])
        #expect(report.values.map(\.value) == [12.5, 5, 0.1, 0])
    }

    @Test("AdamW's first step has the length of the learning rate in each coordinate, whatever the gradient")
    func firstStep() throws {
        let (store, trainer) = make(Fixed([300, -4]))
        _ = try trainer.advance()
        assertClose(try #require(store["x"]), Tensor([0.1, -0.1] as [Float]))
    }

    @Test("clipping scales all gradients by one factor: Adam's moments are those of a gradient of the bound's length")
    func clipping() throws {
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let (_, trainer) = make(Fixed([3, 4])) { $0.clip = 0.5 }
            _ = try trainer.advance()
            try trainer.save(into: url)
            let state = try SafetensorsFile(url.appending(path: "optimizer.safetensors"))
            let mean = try #require(state.names.first { $0.contains("exp_avg") && !$0.contains("sq") })
            // (1 - beta1) g with beta1 = 0.9 and g = -(0.3, 0.4).
            assertClose(try #require(state[mean]), Tensor([-0.03, -0.04] as [Float]))
        }
    }

    @Test("averages follow average = d average + (1 - d) x with d = min(decay, (1 + n) / (10 + n))")
    func averages() throws {
        let (store, trainer) = make(Counting(), from: [5, 5]) { $0.averages = [0.3, 0.15] }
        var expected = [5.0, 5.0]
        for n in 0..<6 {
            _ = try trainer.advance()
            let x = x(store)[0]
            for (place, decay) in [0.3, 0.15].enumerated() {
                let d = min(decay, Double(1 + n) / Double(10 + n))
                expected[place] = d * expected[place] + (1 - d) * x
                let average = try #require(trainer.averages.stores[place]["x"])
                assertClose(average[0].item(), expected[place], absolute: 1e-5)
            }
        }
    }

    @Test("a loss that is not finite stops with step and term, changes nothing, and names the last good checkpoint")
    func notFinite() throws {
        try withTemporaryFolder { url in
            let (store, trainer) = make(Counting(), poisoned: 5) { $0.checkpointEvery = 2 }
            var settings = TrainingSettings()
            (settings.steps, settings.checkpointEvery) = (200, 2)
            let run = try RunFolder(url).start(configuration: "")
            var before: [Double] = []
            let error = #expect(throws: TrainingError.self) {
                try Interruption.watching { interruption in
                    try TrainingLoop(run, settings, progress: ProgressOutput(width: { nil }) { _ in }).train(
                        trainer, interruption: interruption,
                        observe: { _ in
                            before = x(store)
                            return Observation()
                        })
                }
            }
            let text = error?.description ?? ""
            #expect(text.contains("loss of step 6 is not finite in the term poison."), "\(text)")
            #expect(text.contains("last good checkpoint is \(RunFolder(url).checkpoint(after: 4).url.path)"), "\(text)")
            #expect(trainer.step == 5 && x(store) == before)
            #expect(try MetricsLog.records(in: run.folder.metrics).map(\.step) == [1, 2, 3, 4, 5])
            // The checkpoint is of the step that it names.
            let (_, again) = make(Counting())
            try again.restore(from: RunFolder(url).checkpoint(after: 4).url)
            #expect(again.step == 4)
        }
    }

    @Test("restored in other objects, a training goes on to the same bits")
    func restored() throws {
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let (whole, trainer) = make(Counting())
            for _ in 0..<4 { _ = try trainer.advance() }
            try trainer.save(into: url)
            let (resumed, other) = make(Counting(), from: [9, 9])
            try other.restore(from: url)
            for _ in 0..<4 {
                let (a, b) = (try trainer.advance(), try other.advance())
                #expect(a.step == b.step && a.loss == b.loss && a.values.map(\.value) == b.values.map(\.value))
            }
            #expect(x(whole) == x(resumed))
        }
    }

    @Test("metrics are logged every so many steps and at the last; checkpoints are kept as many as asked for")
    func periods() throws {
        try withTemporaryFolder { url in
            var settings = TrainingSettings()
            (settings.steps, settings.checkpointEvery, settings.keepCheckpoints, settings.logEvery) = (11, 3, 2, 4)
            let run = try RunFolder(url).start(configuration: "")
            var seen: [Int] = []
            let outcome = try Interruption.watching { interruption in
                try TrainingLoop(run, settings, progress: ProgressOutput(width: { nil }) { _ in }).train(
                    make(Counting()).trainer, interruption: interruption,
                    observe: {
                        seen.append($0.step)
                        return Observation()
                    })
            }
            #expect(outcome == .finished)
            #expect(seen == Array(0...11))
            #expect(run.folder.allCheckpoints().map(\.step) == [9, 11])
            #expect(try MetricsLog.records(in: run.folder.metrics).map(\.step) == [4, 8, 11])
        }
    }

    @Test("weights that a step makes infinite are not saved as a checkpoint, though its loss was finite")
    func brokenWeights() throws {
        try withTemporaryFolder { url in
            var settings = TrainingSettings()
            (settings.steps, settings.checkpointEvery) = (3, 3)
            let run = try RunFolder(url).start(configuration: "")
            let (_, trainer) = make(Counting()) { $0.learningRate = 1e39 }
            let error = #expect(throws: TrainingError.self) {
                try Interruption.watching { interruption in
                    try TrainingLoop(run, settings, progress: ProgressOutput(width: { nil }) { _ in })
                        .train(trainer, interruption: interruption)
                }
            }
            #expect(error?.description.contains("not finite") == true, "\(error as Any)")
            #expect(run.folder.allCheckpoints().isEmpty)
        }
    }

    @Test("a checkpoint of another method, stage or format is refused with its name")
    func otherMethod() throws {
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let (_, trainer) = make(Counting())
            _ = try trainer.advance()
            try trainer.save(into: url)
            let file = url.appending(path: "state.json")
            let text = try text(of: file)
            for (old, new, message) in [
                ("least_squares", "other", "made by method 'other', stage 'point'"),
                ("\"point\"", "\"line\"", "stage 'line'"),
                ("\"format\" : 2", "\"format\" : 3", "a checkpoint of format 3"),
                ("\"format\" : 2,", "", "a checkpoint of format 1"),
            ] {
                try text.replacing(old, with: new).write(to: file, atomically: true, encoding: .utf8)
                let error = #expect(throws: TrainingError.self) { try make(Counting()).trainer.restore(from: url) }
                let description = try #require(error).description
                #expect(description.contains(message) && description.contains(file.path), "\(description)")
            }
        }
    }

    @Test("a checkpoint whose step is negative or not that of its folder is refused", arguments: [-1, 7, Int.max])
    func otherStep(step: Int) throws {
        try withTemporaryFolder { url in
            let folder = url.appending(path: "step-000001")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let (_, trainer) = make(Counting())
            _ = try trainer.advance()
            try trainer.save(into: folder)
            try make(Counting()).trainer.restore(from: folder)
            let file = folder.appending(path: "state.json")
            try text(of: file).replacing("\"step\" : 1", with: "\"step\" : \(step)")
                .write(to: file, atomically: true, encoding: .utf8)
            let error = #expect(throws: TrainingError.self) { try make(Counting()).trainer.restore(from: folder) }
            #expect(error?.description.contains("the step is \(step), but the folder is step-000001") == true)
        }
    }

    @Test(
        "a record of time with a share that is none is refused by its line",
        arguments: ["nan", "inf", "-0.5", "1.5", "x"])
    func damagedPace(share: String) throws {
        try withTemporaryFolder { url in
            let folder = RunFolder(url)
            let run = try folder.start(configuration: "")
            try "1 0.25\n2 \(share)\n".write(
                to: url.appending(path: "pace.txt"), atomically: true, encoding: .utf8)
            let (_, trainer) = make(Counting()) { $0 = limited }
            let error = #expect(throws: FileError.self) { try train(run, trainer, limited) }
            #expect(error?.description.contains("'2 \(share)' is not a step and a share") == true)
        }
    }

    @Test("averages that are not finite are not saved either")
    func brokenAverage() throws {
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let (_, trainer) = make(Counting())
            _ = try trainer.advance()
            try #require(trainer.averages.store["x"]).copy(from: Tensor([.nan, 0] as [Float]))
            let error = #expect(throws: TrainingError.self) { try trainer.save(into: url) }
            let text = error?.description ?? ""
            #expect(text.contains("not finite after step 1") && text.contains("the average of"), "\(text)")
            #expect(try names(in: url).isEmpty)
        }
    }

    @Test(
        "a checkpoint with weights, averages or moments that are not finite is refused by its file",
        arguments: ["model.safetensors", "ema.safetensors", "optimizer.safetensors"])
    func brokenCheckpoint(name: String) throws {
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let (_, trainer) = make(Counting())
            _ = try trainer.advance()
            try trainer.save(into: url)
            let file = url.appending(path: name)
            let content = try SafetensorsFile(file)
            let tensors = content.names.map { name in
                let tensor = content[name] ?? Tensor(0)
                return (name, tensor.shape == [2] ? Tensor([.infinity, 0] as [Float]) : tensor)
            }
            try SafetensorsFile.write(tensors, to: file)
            let error = #expect(throws: TrainingError.self) { try make(Counting()).trainer.restore(from: url) }
            let text = error?.description ?? ""
            #expect(text.hasPrefix("\(file.path): ") && text.contains("are not finite"), "\(text)")
        }
    }

    /// A tensor of a checkpoint, and the value that it gets.
    struct Damage: Sendable, CustomTestStringConvertible {
        let file: String
        let suffix: String
        let value: Float
        let reason: String

        var testDescription: String { "\(suffix) of \(value)" }
    }

    @Test(
        "finite numbers that the training cannot have made are refused: counters, moments and averages",
        arguments: [
            Damage(file: "optimizer", suffix: ".step", value: 1e30, reason: "though 3 steps were done"),
            Damage(file: "optimizer", suffix: ".step", value: 2, reason: "its steps end at 2, though 3 were done"),
            Damage(file: "optimizer", suffix: ".step", value: -1, reason: "though 3 steps were done"),
            Damage(file: "optimizer", suffix: ".step", value: 2.5, reason: "though 3 steps were done"),
            Damage(file: "optimizer", suffix: ".exp_avg", value: 1e30, reason: "does not fit"),
            Damage(file: "optimizer", suffix: ".exp_avg_sq", value: -1, reason: "has numbers below 0"),
            Damage(file: "optimizer", suffix: ".exp_avg_sq", value: 1e30, reason: "though gradients are clipped to 2"),
            Damage(file: "ema", suffix: ".x", value: 1e30, reason: "the average of"),
            Damage(file: "ema", suffix: "updates", value: 9, reason: "averages are of 9 steps, though 3 were done"),
        ])
    func absurd(_ damage: Damage) throws {
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let (_, trainer) = make(Counting())
            for _ in 0..<3 { _ = try trainer.advance() }
            try trainer.save(into: url)
            try make(Counting()).trainer.restore(from: url)
            let file = url.appending(path: "\(damage.file).safetensors")
            let content = try SafetensorsFile(file)
            #expect(content.names.contains { $0.hasSuffix(damage.suffix) }, "\(content.names)")
            let tensors = content.names.map { name in
                let tensor = (content[name] ?? Tensor(0)).clone()
                if name.hasSuffix(damage.suffix) { tensor.copy(from: Tensor(damage.value)) }
                return (name, tensor)
            }
            try SafetensorsFile.write(tensors, to: file)
            let error = #expect(throws: TrainingError.self) { try make(Counting()).trainer.restore(from: url) }
            let text = error?.description ?? ""
            #expect(text.hasPrefix("\(file.path): ") && text.contains(damage.reason), "\(text)")
        }
    }

    @Test("a training beyond the steps of its settings is refused, instead of called finished")
    func beyond() throws {
        try withTemporaryFolder { url in
            let run = try RunFolder(url).start(configuration: "")
            let (_, trainer) = make(Counting())
            for _ in 0..<3 { _ = try trainer.advance() }
            var settings = TrainingSettings()
            settings.steps = 2
            let error = #expect(throws: TrainingError.self) { try train(run, trainer, settings) }
            #expect(error?.description.contains("step 3 is done already, but the settings say steps: 2") == true)
        }
    }

    @Test("after more minutes than before, recorded shares of the shorter length do not end the training")
    func lengthenedTime() throws {
        try withTemporaryFolder { url in
            let folder = RunFolder(url)
            let (_, trainer) = make(Counting()) { $0 = limited }
            do {
                let run = try folder.start(configuration: "")
                #expect(try train(run, trainer, limited).outcome == .finished)
            }
            let first = trainer.step
            var longer = limited
            longer.minutes = 0.6 / 60
            let (_, other) = make(Counting()) { $0 = longer }
            try other.restore(from: try #require(folder.latestCheckpoint()).url)
            let run = try folder.resume()
            let (outcome, rates) = try train(run, other, longer)
            #expect(outcome == .finished && other.step > first + 3)
            // Half of a cosine is left: the rate rises again to about its middle, and runs down once more.
            #expect(try #require(rates[first...].first) > 0.03 && (try #require(rates.last)) < 0.02)
            let seconds = try #require(MetricsLog.records(in: folder.metrics).last).seconds
            #expect(seconds >= 0.6)
        }
    }

    // MARK: Limits of time

    /// Trains for a time and returns the steps that were done and the learning rates of all.
    private func train(
        _ run: ActiveRun, _ trainer: Trainer<Distance>, _ settings: TrainingSettings, until last: Int = .max
    ) throws -> (outcome: TrainingLoop.Outcome, rates: [Double]) {
        let outcome = try Interruption.watching(announces: false) { interruption in
            try TrainingLoop(run, settings, progress: ProgressOutput(width: { nil }) { _ in }).train(
                trainer, interruption: interruption,
                observe: { moment in
                    usleep(1000)
                    if moment.step == last { kill(getpid(), SIGTERM) }
                    while moment.step == last, !interruption.isRequested { usleep(1000) }
                    return Observation()
                })
        }
        return (outcome, try MetricsLog.records(in: run.folder.metrics).map { $0.values["learning_rate"] ?? .nan })
    }

    private var limited: TrainingSettings {
        var settings = TrainingSettings()
        (settings.steps, settings.minutes, settings.checkpointEvery) = (1_000_000, 0.3 / 60, 7)
        (settings.warmupSteps, settings.weightDecay, settings.schedule) = (0, 0, .cosine)
        (settings.precision, settings.learningRate) = (.float32, 0.1)
        return settings
    }

    @Test("a training that is limited by time ends with it, and its schedule has then run down")
    func time() throws {
        try withTemporaryFolder { url in
            let run = try RunFolder(url).start(configuration: "")
            let (_, trainer) = make(Counting()) { $0 = limited }
            let (outcome, rates) = try train(run, trainer, limited)
            #expect(outcome == .finished && trainer.step > 3 && trainer.step < 400)
            #expect(rates == rates.sorted(by: >) && rates[0] > 0.099)
            #expect(try #require(rates.last) < 0.02)
            let last = try #require(MetricsLog.records(in: run.folder.metrics).last)
            #expect(last.seconds >= 0.3 && run.folder.latestCheckpoint()?.step == trainer.step)
        }
    }

    @Test("stopped and resumed before its checkpoint, a training limited by time repeats its steps to the same bits")
    func timeAgain() throws {
        try withTemporaryFolder { url in
            let folder = RunFolder(url)
            let (store, trainer) = make(Counting()) { $0 = limited }
            var (outcome, rates): (TrainingLoop.Outcome, [Double]) = (.finished, [])
            do {
                let run = try folder.start(configuration: "")
                (outcome, rates) = try train(run, trainer, limited, until: 20)
            }
            #expect(outcome == .interrupted(step: 20))
            // As after kill -9: the latest checkpoint is older than the steps that were done.
            let (again, other) = make(Counting()) { $0 = limited }
            try other.restore(from: folder.checkpoint(after: 14).url)
            let run = try folder.resume()
            try run.discardCheckpoints(after: 14)
            try FileManager.default.removeItem(at: folder.checkpoints.appending(path: "latest"))
            var atTwenty: [Double] = []
            let expected = x(store)
            let outcomeAgain = try Interruption.watching { interruption in
                try TrainingLoop(run, limited, progress: ProgressOutput(width: { nil }) { _ in }).train(
                    other, interruption: interruption,
                    observe: { moment in
                        if moment.step == 20 { atTwenty = x(again) }
                        return Observation()
                    })
            }
            #expect(outcomeAgain == .finished && atTwenty == expected)
            let all = try MetricsLog.records(in: folder.metrics).map { $0.values["learning_rate"] ?? .nan }
            #expect(Array(all.prefix(20)) == rates)
        }
    }
}
