import Foundation
import Pushforward
import TestSupport
import Testing

@Suite("Runs of distance marching and its baselines", .serialized)
struct DistanceRunTests {
    private static func points(steps: Int, _ changes: String...) throws -> RunSettings {
        try RunSettings().reading(
            yaml: """
                data: {name: toy, distribution: two_modes, count: 2000}
                network: {name: mlp, width: 64, depth: 3}
                method: {name: distance, batch: 256, drop_labels: 0.2}
                sampling: {steps: 16, preview_steps: 4}
                training:
                  {steps: \(steps), warmup_steps: 5, learning_rate: 3.0e-3, schedule: cosine, weight_decay: 0,
                  averages: [0.98], checkpoint_every: 200, precision: float32, clip: null}
                evaluation: {every: 400, samples: 0}
                """, setting: changes)
    }

    private static func images(_ data: URL, _ method: String, _ changes: [String] = []) throws -> RunSettings {
        try RunSettings().reading(
            yaml: """
                data: {name: mnist, path: "\(data.path)"}
                network: {name: unet, width: 8, multipliers: [1, 2], condition: 16, attention_size: 0}
                method: {name: \(method), batch: 8, drop_labels: 0.5}
                sampling: {guidance: {scale: 2}, preview_steps: 1, steps: 3}
                training: {steps: 2, warmup_steps: 1, checkpoint_every: 2, averages: [0.9], precision: float32}
                evaluation: {every: 2, per_class: 1, samples: 0}
                """, setting: changes)
    }

    /// One run of points that all tests of sampling share.
    private static let trained = Result {
        let url = FileManager.default.temporaryDirectory.appending(path: "distance-\(UUID().uuidString)")
        try SmallRuns.train(url, points(steps: 500))
        return RunFolder(url)
    }

    @Test("both samplers reach both modes", arguments: ["sampling={steps: 16}", "sampling={name: descent, steps: 32}"])
    func distribution(_ sampling: String) throws {
        let model = try TrainedModel(Self.trained.get(), setting: [sampling])
        let samples = try model.samples(of: [Int](repeating: 0, count: 600), seed: Seed(1))
        let real = Toy2D.twoModes.examples(600, using: RandomSource(Seed(9))).values
        let distance = try FrechetDistance.between(FeatureStatistics(of: samples.values), FeatureStatistics(of: real))
        #expect(distance < 0.2)
        let share = (samples.values.select(1, 0) .> 0).to(.float64).mean().item()
        assertClose(share, 0.5, absolute: 0.1)
    }

    @Test("the distance of noise is measured in the data, and kept by the run")
    func noiseDistance() throws {
        let settings = try TrainedModel(Self.trained.get()).settings
        let method = try #require(settings.method as? DistanceMethod)
        // E|e - y|² = 2 + 1 + 2 / 16.
        assertClose(try #require(method.noiseDistance), 3.125.squareRoot(), absolute: 0.02)
    }

    @Test("samples that stop early count their own evaluations, and do not depend on those beside them")
    func early() throws {
        let model = try TrainedModel(
            Self.trained.get(), setting: ["sampling={rate: 0.1, steps: 60, early_stopping: {patience: 3}}"])
        let labels = [Int](repeating: 0, count: 80)
        let all = try model.samples(of: labels, seed: Seed(3))
        #expect(Set(all.evaluations).count > 1 && all.meanEvaluations < 60)
        #expect(all.stopped.allSatisfy { [.converged, .stalled, .completed].contains($0) })
        let some = try model.samples(of: Array(labels.prefix(30)), seed: Seed(3), batch: 7)
        assertEqual(some.values, all.values.slice(0, 0, 30))
        #expect(some.evaluations == Array(all.evaluations.prefix(30)))
    }

    @Test("the sampler that cannot come to rest is refused when it is made, with what would do")
    func unstable() throws {
        let error = #expect(throws: (any Error).self) {
            try TrainedModel(Self.trained.get(), setting: ["sampling={name: descent, length: 0.9}"])
        }
        #expect("\(error as Any)".contains("never come to rest near the data"))
        let low = #expect(throws: (any Error).self) {
            try TrainedModel(Self.trained.get(), setting: ["sampling={early_stopping: {threshold: 0.01}}"])
        }
        #expect("\(low as Any)".contains("below the floor"))
    }

    @Test(
        "every method without time learns images and draws them, guided, from a U-Net",
        arguments: [("distance", 3, 6), ("uflow", 6, 12), ("eqm", 3, 6), ("uedm", 5, 10)])
    func images(_ method: String, _ evaluations: Int, _ passes: Int) throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 3)
            let run = url.appending(path: "run")
            #expect(try SmallRuns.train(run, Self.images(data, method)) == .finished)
            let samples = try TrainedModel(RunFolder(run)).samples(of: [1, 2, 3], seed: Seed(1))
            #expect(samples.values.shape == [3, 1, 28, 28])
            #expect(samples.evaluations == [evaluations, evaluations, evaluations])
            #expect(samples.passes == [passes, passes, passes])
        }
    }

    @Test("a transformer has both heads as well, and descends")
    func transformer() throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 3)
            let run = url.appending(path: "run")
            let settings = try Self.images(
                data, "distance",
                [
                    """
                    network={name: dit, patch: 8, hidden: 16, condition: 8, depth: 1, heads: 2, class_tokens: 1, \
                    codebooks: 0, styles: 0}
                    """, "sampling={name: descent, steps: 12, preview_steps: 12, momentum: 0.3, early_stopping: {}}",
                ])
            #expect(try SmallRuns.train(run, settings) == .finished)
            let samples = try TrainedModel(RunFolder(run)).samples(of: [1, 2], seed: Seed(1))
            #expect(samples.values.shape == [2, 1, 28, 28])
        }
    }

    @Test(
        "mistakes are named before anything is computed",
        arguments: [
            (["network={name: conv_generator}"], "network: takes latent vectors, not samples: use unet or dit"),
            (["sampling={guidance: {}}"], "has guidance, but no label was dropped"),
            (["sampling={rate: 2}"], "sampling.rate: must lie between 0 and 2"),
            (["sampling={rate: 0}"], "sampling.rate: must lie between 0 and 2"),
            (["method.noise_distance=10", "sampling={name: descent, length: 1.9}"], "shorter than 2 sqrt(c0)"),
            (["method.noise_distance=10", "sampling={early_stopping: {threshold: 0.5}}"], "below the floor sqrt(c0)"),
            (["method.softening=0"], "method.softening: must be above 0"),
            (["method.time_range=[0.9, 0.2]"], "method.time_range: must ascend"),
            (["method.one_step_weight=0"], "only the one-step loss teaches distances"),
            (["source_data={name: mnist}"], "source_data: is not used by the method distance"),
        ])
    func mistakes(_ changes: [String], _ message: String) {
        let yaml = "network: {name: unet}\nmethod: {name: distance}\n"
        let error = #expect(throws: SettingsError.self) { try RunSettings().reading(yaml: yaml, setting: changes) }
        #expect(error.map { "\($0)".contains(message) } == true, "\(error as Any)")
    }
}
