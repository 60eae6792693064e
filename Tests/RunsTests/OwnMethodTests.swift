import Foundation
import Pushforward
import TestSupport
import Testing

// MARK: A method, in one file

/// Regression of the data from nothing: the network learns the mean of each class, and a sample is that mean plus noise.
struct MeanMethod: Method {
    static let name = "class_mean"
    static var samplings: [SettingsKind<any SamplingSettings>] {
        [SettingsKind("around_mean", AroundMean()) { $0 }]
    }

    var batch = 64

    mutating func bind(_ key: SettingsKeys) { key("batch", &batch, .in(1...), about: "Examples per step.") }

    func interface(for data: DataLayout) -> NetworkInterface {
        NetworkInterface(shape: data.networkShape, classes: data.classes)
    }

    func plan(_ context: RunContext) throws -> any RunPlan {
        MeanPlan(stages: [MeanStage(method: self, context: context)])
    }

    func source(
        _ networks: [String: any ConditionalNetwork], _ sampling: any SamplingSettings, for data: DataLayout,
        on device: Device
    ) throws -> any SampleSource {
        MeanSource(
            network: try #require(networks["model"]), spread: (sampling as? AroundMean)?.spread ?? 0, device: device)
    }
}

struct AroundMean: SamplingSettings {
    var spread = 0.0

    mutating func bind(_ key: SettingsKeys) { key("spread", &spread, .in(0...), about: "Deviation of the noise.") }
}

private struct MeanPlan: RunPlan { let stages: [any Stage] }

private struct MeanStage: Stage {
    let method: MeanMethod
    let context: RunContext

    var name: String { "model" }
    var training: TrainingSettings { context.settings.training }
    var announcement: String { "Means of the classes." }
    var samplesPerStep: Int { method.batch }

    func trainer(after finished: [String: ParameterStore]) throws -> any Trainable {
        let store = ParameterStore(seed: context.seed.child(name), device: context.device)
        return Trainer(
            model: try context.network(in: store), objective: MeanSquare(),
            batches: try LabelledBatches(
                context.data, size: method.batch, device: context.device, seed: context.seed.child("batches")),
            store: store, settings: training, seed: context.seed.child("loss"), identity: context.identity(of: name))
    }
}

private struct MeanSquare: Objective {
    func loss(of model: any ConditionalNetwork, on batch: LabelledExamples, using source: RandomSource) -> Loss {
        let guess = model(NetworkInput(values: batch.values.zerosLike(), labels: batch.labels))[0]
        return Loss(perExample: (guess - batch.values).square().flatten(1).mean(1))
    }
}

private struct MeanSource: SampleSource {
    let network: any ConditionalNetwork
    let spread: Double
    let device: Device

    var description: String { "means of classes" }

    func samples(_ request: SampleRequest, observing: ((StepReport) throws -> Void)?) throws -> Samples {
        let noise = request.noise.normal(request.indices, shape: network.inputShape).to(device)
        let means = network(NetworkInput(values: noise.zerosLike(), labels: Tensor(request.labels, device: device)))[0]
        return Samples(values: means + noise * spread, evaluations: 1, stopped: .completed)
    }
}

// MARK: Its registration, and all that follows

@Suite("A method of one's own", .serialized)
struct OwnMethodTests {
    private let methods = MethodCatalog.all.adding(MeanMethod())

    private func settings(_ data: URL, steps: Int) throws -> RunSettings {
        try RunSettings(methods).reading(
            yaml: """
                data: {name: points, path: "\(data.path)"}
                network: {name: mlp, width: 16, depth: 1}
                method: {name: class_mean, batch: 60}
                training: {steps: \(steps), warmup_steps: 0, learning_rate: 0.03, weight_decay: 0, averages: [0.5]}
                evaluation: {every: 100}
                """)
    }

    /// Points of three classes around (k, 2 k, -k), 100 of each.
    private func write(to url: URL) throws {
        let noise = Tensor.randn([300, 3], using: RandomSource(Seed(1))) * 0.1
        let labels = (0..<300).map { $0 % 3 }
        let centres = Tensor(labels.map(Double.init)).to(.float32).unsqueeze(1) * Tensor([1, 2, -1] as [Float])
        try NumpyArchive([
            "points": NumpyArray((centres + noise).scalars(as: Float.self), shape: [300, 3]),
            "labels": NumpyArray(labels.map(Int64.init)),
        ]).write(to: url)
    }

    @Test("trains, stops and resumes to the same bits, and samples, without a line elsewhere")
    func whole() throws {
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let data = url.appending(path: "points.npz")
            try write(to: data)
            let settings = try settings(data, steps: 300)
            let (whole, halves) = (url.appending(path: "whole"), url.appending(path: "halves"))
            try SmallRuns.train(whole, settings)
            let stopped = try SmallRuns.train(halves, settings) { $0.contains("step 1/300") }
            #expect(stopped == .interrupted(stage: "model", step: 1))
            try SmallRuns.train(halves, settings, resuming: true)
            let weights = try [whole, halves].map {
                try Data(contentsOf: RunFolder($0).checkpoints.appending(path: "step-000300/model.safetensors"))
            }
            #expect(weights[0] == weights[1])
            let model = try TrainedModel(RunFolder(whole), methods: methods)
            let samples = try model.samples(of: [0, 1, 2], seed: Seed(1))
            // The mean of 100 points of deviation 0.1, and what 300 steps leave.
            assertClose(samples.values, Tensor([0, 0, 0, 1, 2, -1, 2, 4, -2] as [Float]).reshape(3, 3), absolute: 0.1)
            #expect(samples.passes == [1, 1, 1])
            let spread = try TrainedModel(RunFolder(whole), methods: methods, setting: ["sampling.spread=0.5"])
            #expect(
                (try spread.samples(of: [0], seed: Seed(1)).values - samples.values[0..<1]).abs().amax().item() > 0.01)
            #expect(try text(of: RunFolder(whole).configuration).contains("name: around_mean"))
        }
    }

    @Test("a second data set is read, written with its sizes into the settings, and handed to the method")
    func sourceData() throws {
        try withTemporaryFolder { url in
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let data = url.appending(path: "points.npz")
            try write(to: data)
            let source = ["source_data={name: points, path: \"\(data.path)\"}"]
            let settings = try settings(data, steps: 1).reading(file: nil, setting: source)
            let context = try RunContext(settings)
            let second = try #require(context.sourceData)
            #expect(second.count == 300 && second.layout.shape == [3] && second.layout.classes == 3)
            #expect(context.settings.yaml(comments: false).contains("source_data:\n  name: points"))
            assertEqual(try second.values(at: [0, 7]), try context.data.values(at: [0, 7]))
            let error = #expect(throws: SettingsError.self) { try RunSettings().reading(yaml: "{}", setting: source) }
            #expect(error.map { "\($0)".contains("source_data: is not used by the method drifting") } == true)
        }
    }

    @Test("labels of points beyond what classes can be are refused, the largest integer included")
    func absurdLabels() throws {
        try withTemporaryFolder { url in
            let data = url.appending(path: "points.npz")
            for label in [Int64.max, 1_000_000_000_000, -1] {
                try NumpyArchive([
                    "points": NumpyArray([0, 1] as [Float], shape: [2, 1]), "labels": NumpyArray([0, label]),
                ]).write(to: data)
                var points = PointSettings()
                points.path = data.path
                let error = #expect(throws: DatasetError.self) { try TrainingData(.points(points), seed: Seed(0)) }
                #expect(
                    error?.description.contains("there is the label \(label) (number 1)") == true,
                    "\(String(describing: error))")
            }
        }
    }

    @Test("settings of the built-in methods only do not know it, and say which there are")
    func unknown() throws {
        let error = #expect(throws: SettingsError.self) {
            try RunSettings().reading(yaml: "method: {name: class_mean}")
        }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains("method.name") && text.contains("drifting") && text.contains("flow"), "\(text)")
    }

    @Test("a network that cannot serve it is refused with a reason, before data are read")
    func interface() {
        let error = #expect(throws: SettingsError.self) {
            try RunSettings(methods).reading(yaml: "method: {name: class_mean}")
        }
        #expect(error.map { "\($0)".contains("network: takes latent vectors, not samples: use unet or dit") } == true)
    }
}
