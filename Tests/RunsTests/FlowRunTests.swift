import Foundation
import Pushforward
import TestSupport
import Testing

@Suite("Runs of flow matching", .serialized)
struct FlowRunTests {
    private static func points(steps: Int, _ changes: String...) throws -> RunSettings {
        try RunSettings().reading(
            yaml: """
                data: {name: toy, distribution: two_modes, count: 2000}
                network: {name: mlp, width: 64, depth: 3}
                method: {name: flow, batch: 256, drop_labels: 0.2}
                sampling: {steps: 16, preview_steps: 2}
                training:
                  {steps: \(steps), warmup_steps: 5, learning_rate: 3.0e-3, schedule: cosine, weight_decay: 0,
                  averages: [0.98], checkpoint_every: 100, precision: float32}
                evaluation: {every: 200}
                """, setting: changes)
    }

    private static func images(_ data: URL, steps: Int, _ changes: String...) throws -> RunSettings {
        try RunSettings().reading(
            yaml: """
                data: {name: mnist, path: "\(data.path)"}
                network: {name: unet, width: 8, multipliers: [1, 2], condition: 16, attention_size: 0}
                method: {name: flow, batch: 8, drop_labels: 0.5, times: logit_normal}
                sampling: {steps: 2, preview_steps: 1, guidance: {scale: 2, interval: [0.2, 1]}}
                training: {steps: \(steps), warmup_steps: 1, checkpoint_every: 2, averages: [0.9], precision: float32}
                evaluation: {every: 2, per_class: 1, samples: 0}
                """, setting: changes)
    }

    /// One run of points that all tests of sampling share.
    private static let trained = Result {
        let url = FileManager.default.temporaryDirectory.appending(path: "flow-\(UUID().uuidString)")
        try SmallRuns.train(url, points(steps: 400))
        return RunFolder(url)
    }

    @Test("the learned flow reaches both modes: mean, spread and shares of the data")
    func distribution() throws {
        let model = try TrainedModel(Self.trained.get())
        let samples = try model.samples(of: [Int](repeating: 0, count: 2000), seed: Seed(1))
        let real = Toy2D.twoModes.examples(2000, using: RandomSource(Seed(9))).values
        let distance = try FrechetDistance.between(FeatureStatistics(of: samples.values), FeatureStatistics(of: real))
        #expect(distance < 0.05)
        let share = (samples.values.select(1, 0) .> 0).to(.float64).mean().item()
        assertClose(share, 0.5, absolute: 0.06)
        #expect(try WassersteinDistance.between(samples.values[0..<250], real[0..<250]) < 0.4)
    }

    @Test(
        "every sampler counts its evaluations, and its passes with guidance",
        arguments: [
            ("sampling={solver: euler, steps: 3}", 3, 3), ("sampling={solver: midpoint, steps: 3}", 6, 6),
            ("sampling={solver: heun, steps: 3}", 6, 6), ("sampling={solver: rk4, steps: 3}", 12, 12),
            ("sampling={solver: euler, steps: 4, guidance: {scale: 2}}", 4, 8),
            ("sampling={solver: euler, steps: 4, guidance: {scale: 2, interval: [0.2, 0.6]}}", 4, 6),
            ("sampling={solver: euler, steps: 4, guidance: {scale: 1}}", 4, 4),
        ])
    func costs(_ sampling: String, _ evaluations: Int, _ passes: Int) throws {
        let model = try TrainedModel(Self.trained.get(), setting: [sampling])
        let samples = try model.samples(of: [0, 0, 0], seed: Seed(1))
        #expect(samples.evaluations == [evaluations, evaluations, evaluations])
        #expect(samples.passes == [passes, passes, passes])
        #expect(samples.stopped.allSatisfy { $0 == .completed })
    }

    @Test("another solver keeps the guidance of the run, unless it is taken back")
    func adoptedGuidance() throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 3)
            try SmallRuns.train(url.appending(path: "run"), Self.images(data, steps: 1))
            func description(_ changes: String...) throws -> String {
                try TrainedModel(RunFolder(url.appending(path: "run")), setting: changes).source.description
            }
            #expect(try description() == "Heun, 2 equal steps, guidance 2 in [0.2, 1]")
            let adaptive = try description("sampling.name=adaptive", "sampling.tolerance=0.1")
            #expect(adaptive == "Dormand-Prince 5(4), tolerance 0.1, guidance 2 in [0.2, 1]")
            #expect(try !description("sampling.name=adaptive", "sampling.guidance=null").contains("guidance"))
        }
    }

    @Test("adaptive steps agree with many fixed ones, and each sample has costs of its own")
    func adaptive() throws {
        let labels = [Int](repeating: 0, count: 70)
        let fixed = try TrainedModel(Self.trained.get(), setting: ["sampling={solver: rk4, steps: 100}"])
        let adaptive = try TrainedModel(Self.trained.get(), setting: ["sampling={name: adaptive, tolerance: 1e-5}"])
        let samples = try adaptive.samples(of: labels, seed: Seed(2))
        let difference = (samples.values - (try fixed.samples(of: labels, seed: Seed(2)).values)).abs()
        // A few points between the modes are carried far by small errors.
        #expect(difference.mean().item() < 1e-3)
        #expect(Set(samples.evaluations).count > 1 && samples.evaluations.allSatisfy { ($0 - 1) % 6 == 0 })
    }

    @Test(
        "a sample is the same bits whatever is drawn beside it and in whatever batches, early leaving included",
        arguments: [
            "sampling={steps: 4}", "sampling={name: adaptive, tolerance: 0.01}",
            "sampling={steps: 3, guidance: {scale: 3, interval: [0.3, 1]}}",
        ])
    func independent(_ sampling: String) throws {
        let model = try TrainedModel(Self.trained.get(), setting: [sampling])
        let labels = [Int](repeating: 0, count: 80)
        let all = try model.samples(of: labels, seed: Seed(3))
        for (count, batch) in [(12, 1), (80, 7), (10, 10), (65, 64), (80, 79)] {
            let some = try model.samples(of: Array(labels.prefix(count)), seed: Seed(3), batch: batch)
            assertEqual(some.values, all.values.slice(0, 0, count))
            #expect(some.evaluations == Array(all.evaluations.prefix(count)))
        }
    }

    @Test(
        "images: stopped by a signal, a run goes on to the same bits, and samples of a U-Net do not depend on batches")
    func images() throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 3)
            let (whole, parts) = (url.appending(path: "whole"), url.appending(path: "parts"))
            let settings = try Self.images(data, steps: 4)
            #expect(try SmallRuns.train(whole, settings) == .finished)
            let stopped = try SmallRuns.train(parts, settings) { $0.contains("step 1/4") }
            #expect(stopped == .interrupted(stage: "model", step: 1))
            #expect(try SmallRuns.train(parts, settings, resuming: true) == .finished)
            let (a, b) = (try files(below: whole), try files(below: parts))
            for (path, content) in a where path != "metrics.jsonl" { #expect(b[path] == content, "\(path) differs") }

            let model = try TrainedModel(RunFolder(whole))
            let labels = (0..<20).map { $0 % 10 }
            let all = try model.samples(of: labels, seed: Seed(1))
            #expect(all.values.shape == [20, 1, 28, 28] && all.passes == [Int](repeating: 7, count: 20))
            assertEqual(try model.samples(of: labels, seed: Seed(1), batch: 3).values, all.values)
            assertEqual(try model.samples(of: Array(labels.prefix(5)), seed: Seed(1)).values, all.values[0..<5])
            #expect(all.values[0..<1].isfinite().all().intItem() == 1)
        }
    }

    @Test("a curve of quality against evaluations is measured, kept and drawn")
    func curve() throws {
        let folder = try Self.trained.get()
        let text = try text(of: folder.url.appending(path: "evaluations.json"))
        #expect(text.contains("\"evaluations\" : 64"))
        #expect(try names(in: folder.plots).contains("evaluations.png"))
    }

    @Test(
        "mistakes are named before anything is computed",
        arguments: [
            (["network={name: conv_generator}"], "network: takes no time: use unet or dit"),
            (
                ["network={name: unet, multipliers: [1, 2, 2, 2, 2, 2]}", "data.size=28"],
                "halves height and width 5 times"
            ),
            (["network={name: dit}"], "set styles to 0"),
            (["sampling={guidance: {}}"], "has guidance, but no label was dropped"),
            (["sampling.steps=0"], "sampling.steps: must be"),
            (["sampling={name: adaptive, steps: 3}"], "sampling.steps: unknown key for name 'adaptive'"),
            (["sampling={name: one_step}"], "sampling.name"),
            (["sampling={guidance: {interval: [0.5, 0.1]}}", "method.drop_labels=0.1"], "interval: must ascend"),
            (["source_data={name: mnist}"], "source_data: is not used by the method flow"),
            (["method.coupling=best"], "method.coupling"),
            (["method.coupling_eps=1"], "method.coupling_eps: unknown key"),
            (["method.coupling=entropic", "method.coupling_eps=0"], "method.coupling_eps: must be"),
            (
                ["method.times=logit_normal", "method.logit_deviation=0"],
                "method.logit_deviation: must be"
            ),
        ])
    func mistakes(_ changes: [String], _ message: String) {
        let yaml = "network: {name: unet}\nmethod: {name: flow}\n"
        let error = #expect(throws: SettingsError.self) { try RunSettings().reading(yaml: yaml, setting: changes) }
        #expect(error.map { "\($0)".contains(message) } == true, "\(error as Any)")
    }

    @Test("a transformer learns the velocity as well, in every prediction and along both paths")
    func transformer() throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 3)
            let network = """
                network={name: dit, patch: 8, hidden: 16, condition: 8, depth: 1, heads: 2, class_tokens: 1, codebooks: 0, \
                styles: 0}
                """
            for (path, prediction) in [("linear", "data"), ("trigonometric", "v"), ("linear", "noise")] {
                let run = url.appending(path: "run-\(prediction)")
                let method = ["method.path=\(path)", "method.predict=\(prediction)"]
                let settings = try Self.images(data, steps: 1, network).reading(file: nil, setting: method)
                #expect(try SmallRuns.train(run, settings) == .finished)
                let samples = try TrainedModel(RunFolder(run)).samples(of: [1, 2], seed: Seed(1))
                #expect(samples.values.shape == [2, 1, 28, 28] && samples.stopped == [.completed, .completed])
            }
        }
    }

    @Test("every coupling trains, stops and goes on to the same bits", arguments: ["optimal", "entropic"])
    func couplings(_ coupling: String) throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 3)
            let (whole, parts) = (url.appending(path: "whole"), url.appending(path: "parts"))
            let settings = try Self.images(data, steps: 4, "method.coupling=\(coupling)")
            #expect(try SmallRuns.train(whole, settings) == .finished)
            try SmallRuns.train(parts, settings) { $0.contains("step 2/4") }
            #expect(try SmallRuns.train(parts, settings, resuming: true) == .finished)
            let (a, b) = (try files(below: whole), try files(below: parts))
            for (path, content) in a where path != "metrics.jsonl" { #expect(b[path] == content, "\(path) differs") }
        }
    }

    @Test("optimal pairs make the learned flow straighter: one step goes nearly as far as many")
    func straightness() throws {
        func deviation(_ coupling: String) throws -> Double {
            try withTemporaryFolder { url in
                let settings = try Self.points(steps: 150, "method.coupling=\(coupling)", "method.drop_labels=0")
                try SmallRuns.train(url, settings)
                func samples(_ steps: Int) throws -> Tensor {
                    let model = try TrainedModel(
                        RunFolder(url), setting: ["sampling={solver: euler, steps: \(steps)}"])
                    return try model.samples(of: [Int](repeating: 0, count: 500), seed: Seed(1)).values
                }
                return (try samples(1) - samples(30)).square().sum(1).mean().item()
            }
        }
        let (independent, optimal) = (try deviation("independent"), try deviation("optimal"))
        #expect(optimal < 0.35 * independent, "\(optimal), against \(independent)")
    }

    @Test("a batch larger than the data is refused, not shrunk")
    func largeBatch() throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 3)
            let error = #expect(throws: DatasetError.self) {
                try SmallRuns.train(url.appending(path: "run"), Self.images(data, steps: 1, "method.batch=31"))
            }
            #expect(error?.description.contains("31 examples is more than the 30") == true)
        }
    }

    @Test("a checkpoint of another method is refused with both names")
    func otherMethod() throws {
        try withTemporaryFolder { url in
            try SmallRuns.train(url, SmallRuns.toy(steps: 2))
            let flow = try Self.points(steps: 10)
            let error = #expect(throws: TrainingError.self) { try SmallRuns.train(url, flow, resuming: true) }
            #expect(error?.description.contains("'drifting'") == true && error?.description.contains("'flow'") == true)
        }
    }
}
