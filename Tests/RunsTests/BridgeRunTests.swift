import Foundation
import Pushforward
import TestSupport
import Testing

/// The covariance of rows [N, D] with others.
private func covariance(_ x: Tensor, _ y: Tensor) -> Tensor {
    (x - x.mean(0)).mT.matmul(y - y.mean(0)) / Double(x.shape[0])
}

@Suite("Runs of bridges", .serialized)
struct BridgeRunTests {
    /// Points of two Gaussians in files of a folder, and the bridge between them in closed form.
    private static let sigma = 0.7
    private static let oracle = GaussianBridge(
        from: .init(mean: Tensor([-0.8, 0.3]), covariance: Tensor([0.3, 0.1, 0.1, 0.2], shape: [2, 2])),
        to: .init(mean: Tensor([0.6, -0.2]), covariance: Tensor([0.5, -0.2, -0.2, 0.3], shape: [2, 2])), sigma: sigma)

    private static func write(_ gaussian: GaussianBridge.Gaussian, _ name: String, to folder: URL, _ count: Int) throws
    {
        let noise = Tensor.randn([count, 2], using: RandomSource(Seed(1).child(name)), dtype: .float64)
        let points = noise.matmul(gaussian.covariance.cholesky().mT) + gaussian.mean
        try NumpyArray(points.scalars(as: Double.self).map(Float.init), shape: points.shape)
            .write(to: folder.appending(path: "\(name).npy"))
    }

    private static let dsbmMethod = """
        {name: bridge, sigma: \(sigma), batch: 256, stage_steps: 150, iterations: 2, simulation_steps: 10, pool: 1024, refresh: 50}
        """

    private static func gaussians(
        _ folder: URL, _ changes: [String], method: String = dsbmMethod, count: Int = 4000
    ) throws -> RunSettings {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try write(oracle.start, "start", to: folder, count)
        try write(oracle.end, "end", to: folder, count)
        return try RunSettings().reading(
            yaml: """
                data: {name: points, path: "\(folder.appending(path: "end.npy").path)"}
                source_data: {name: points, path: "\(folder.appending(path: "start.npy").path)"}
                network: {name: mlp, width: 32, depth: 2}
                method: \(method)
                sampling: {steps: 30, preview_steps: 4}
                training:
                  {steps: 150, warmup_steps: 5, learning_rate: 5.0e-3, schedule: cosine, weight_decay: 0, averages: [0.9],
                  checkpoint_every: 100, precision: float32, threads: 1}
                evaluation: {every: 150, samples: 0}
                """, setting: changes)
    }

    private static func trained(method: String = dsbmMethod, _ changes: String...) -> Result<RunFolder, any Error> {
        Result {
            let url = FileManager.default.temporaryDirectory.appending(path: "bridge-\(UUID().uuidString)")
            try SmallRuns.train(
                url.appending(path: "run"), gaussians(url.appending(path: "data"), changes, method: method))
            return RunFolder(url.appending(path: "run"))
        }
    }

    private static let dsbm = trained()
    private static let sf2m = trained(
        method: "{name: bridge, algorithm: sf2m, sigma: \(sigma), batch: 64, stage_steps: 250}", "training.steps=250")

    private static func run(_ algorithm: String) throws -> RunFolder {
        try (algorithm == "dsbm" ? dsbm : sf2m).get()
    }

    private func samples(_ folder: RunFolder, _ count: Int, _ sampling: String) throws -> Samples {
        try TrainedModel(folder, setting: ["sampling=\(sampling)"])
            .samples(of: [Int](repeating: 0, count: count), seed: Seed(2))
    }

    @Test(
        "both algorithms, directions and samplers reach the other end: its mean and covariance",
        arguments: ["dsbm", "sf2m"], ["sde", "ode"])
    func ends(_ algorithm: String, _ sampler: String) throws {
        for (direction, end) in [("forward", Self.oracle.end), ("backward", Self.oracle.start)] {
            let reached = try samples(
                Self.run(algorithm), 1500, "{name: \(sampler), steps: 30, direction: \(direction)}"
            ).values.to(.float64)
            assertClose(reached.mean(0), end.mean, relative: 0, absolute: 0.12)
            assertClose(covariance(reached, reached), end.covariance, relative: 0, absolute: 0.12)
        }
    }

    @Test(
        "the starts of samples are examples of the other end, and go with their ends as in the closed form",
        arguments: ["dsbm", "sf2m"])
    func pairs(_ algorithm: String) throws {
        let folder = try Self.run(algorithm)
        // No step at all is not to be had, but one of the flow back from its end leads near the start: here by the SDE's pairs.
        let ends = try samples(folder, 1500, "{name: sde, steps: 30}").values.to(.float64)
        let data = try #require(try TrainedModel(folder).settings.sourceData)
        let source = try TrainingData(data, seed: Seed(0))
        let rows = (0..<1500).map { Int(Seed(2).child("start").child($0).value % UInt64(source.count)) }
        let starts = try source.examples(rows, on: .cpu).to(.float64)
        assertClose(covariance(starts, ends), Self.oracle.crossCovariance, relative: 0, absolute: 0.1)
    }

    @Test(
        "costs are counted: a drift is one pass of DSBM and two of [SF]²M, a velocity the other way round",
        arguments: [("dsbm", "sde", 5, 5), ("sf2m", "sde", 5, 10), ("dsbm", "ode", 10, 20), ("sf2m", "ode", 10, 10)])
    func costs(_ algorithm: String, _ sampler: String, _ evaluations: Int, _ passes: Int) throws {
        let samples = try samples(Self.run(algorithm), 3, "{name: \(sampler), steps: 5}")
        #expect(samples.evaluations == [evaluations, evaluations, evaluations])
        #expect(samples.passes == [passes, passes, passes])
    }

    @Test("a sample is the same bits whatever is drawn beside it", arguments: ["sde", "ode"])
    func independent(_ sampler: String) throws {
        let model = try TrainedModel(Self.run("dsbm"), setting: ["sampling={name: \(sampler), steps: 3}"])
        let labels = [Int](repeating: 0, count: 80)
        let all = try model.samples(of: labels, seed: Seed(3))
        for (count, batch) in [(12, 1), (80, 7), (65, 64)] {
            let some = try model.samples(of: Array(labels.prefix(count)), seed: Seed(3), batch: batch)
            assertEqual(some.values, all.values.slice(0, 0, count))
        }
    }

    @Test(
        "path energies are reported, above the optimal cost and below that of independent pairs",
        arguments: ["dsbm", "sf2m"])
    func energies(_ algorithm: String) throws {
        struct Record: Decodable {
            struct Energies: Decodable { let flow, equation: Double }
            let forward, backward: Energies
            let optimalCost, independentCost: Double
        }
        let folder = try Self.run(algorithm)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let record = try decoder.decode(
            Record.self, from: Data(contentsOf: folder.url.appending(path: "bridge.json")))
        for flow in [record.forward.flow, record.backward.flow] {
            #expect(flow > 0.8 * record.optimalCost && flow < record.independentCost)
        }
        assertClose(record.forward.flow, record.backward.flow, relative: 0.2)
        assertClose(record.optimalCost, Self.oracle.squaredWasserstein, relative: 0.25)
        #expect(try names(in: folder.plots).contains("bridge.png"))
        #expect(try text(of: folder.metrics).contains("\"energy\""))
    }

    @Test(
        "stopped in any stage, a run goes on to the same bits",
        arguments: ["forward-1", "model"])
    func resumes(_ stage: String) throws {
        try withTemporaryFolder { url in
            let settings = try Self.gaussians(
                url.appending(path: "data"),
                [
                    "training.steps=4", "training.warmup_steps=1", "method.stage_steps=4", "method.refresh=3",
                    "method.batch=16", "method.pool=32",
                    "training.checkpoint_every=2",
                ], count: 100)
            let (whole, parts) = (url.appending(path: "whole"), url.appending(path: "parts"))
            #expect(try SmallRuns.train(whole, settings) == .finished)
            var begun = 0
            let wanted = ["backward-1", "forward-1", "backward-2", "model"].firstIndex(of: stage) ?? 0
            try SmallRuns.train(parts, settings) { text in
                if text.contains("step 1/4") { begun += 1 }
                return text.contains("step 1/4") && begun > wanted
            }
            #expect(try SmallRuns.train(parts, settings, resuming: true) == .finished)
            let (a, b) = (try files(below: whole), try files(below: parts))
            #expect(a.keys.contains { $0.hasPrefix("forward-1/") } && a.keys.contains { $0.hasPrefix("backward-2/") })
            for (path, content) in a where !path.hasSuffix("metrics.jsonl") {
                #expect(b[path] == content, "\(path) differs")
            }
        }
    }

    @Test("pictures of two classes: a U-Net learns a bridge between them, in both directions")
    func images() throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "data")
            try SmallMNIST.write(to: data, perClass: 6)
            let settings = try RunSettings().reading(
                yaml: """
                    data: {name: mnist, path: "\(data.path)", only: ["3"]}
                    source_data: {name: mnist, path: "\(data.path)", only: ["7"]}
                    network: {name: unet, width: 8, multipliers: [1, 2], condition: 16, attention_size: 0}
                    method: {name: bridge, batch: 4, iterations: 1, stage_steps: 2, pool: 4, simulation_steps: 2}
                    sampling: {steps: 2, preview_steps: 1}
                    training: {steps: 2, warmup_steps: 1, checkpoint_every: 2, averages: [0.9], precision: float32}
                    evaluation: {every: 2, per_class: 1, samples: 0}
                    """)
            #expect(try SmallRuns.train(url.appending(path: "run"), settings) == .finished)
            let model = try TrainedModel(
                RunFolder(url.appending(path: "run")), setting: ["sampling.direction=backward"])
            #expect(model.layout.classNames == ["3"] && model.resembled.chosenClasses == ["7"])
            #expect(try model.samples(of: [0, 0], seed: Seed(1)).values.shape == [2, 1, 28, 28])
            #expect(try names(in: url.appending(path: "run/plots")).contains("bridge.png"))
        }
    }

    @Test(
        "mistakes are named before anything is computed",
        arguments: [
            (["source_data=null"], "source_data: is the other end of a bridge"),
            (
                ["source_data={name: mnist}"],
                "source_data: has examples of shape [1, 32, 32], but those of data have [2]"
            ),
            (["method.sigma=0"], "method.sigma: must be"),
            (["method.algorithm=drift"], "method.algorithm"),
            (["method.pool=16"], "method.pool: is smaller than a batch (256)"),
            (["method.algorithm=sf2m", "method.pool=300"], "method.pool: unknown key"),
            (["sampling={direction: sideways}"], "sampling.direction"),
            (["sampling={name: ode, guidance: {}}"], "sampling.guidance: unknown key"),
        ])
    func mistakes(_ changes: [String], _ message: String) {
        let yaml = """
            data: {name: toy}
            source_data: {name: toy, distribution: two_moons}
            network: {name: mlp}
            method: {name: bridge}
            """
        let error = #expect(throws: SettingsError.self) { try RunSettings().reading(yaml: yaml, setting: changes) }
        #expect(error.map { "\($0)".contains(message) } == true, "\(error as Any)")
    }

    @Test("a class that does not exist is named, with those that do")
    func classes() throws {
        let error = #expect(throws: DatasetError.self) {
            try DataLayout(
                RunSettings().reading(yaml: "data: {name: fashion_mnist, only: [Sneakers]}").data)
        }
        #expect(error?.message.contains("'Sneakers'. There are T-shirt/top") == true)
    }
}
