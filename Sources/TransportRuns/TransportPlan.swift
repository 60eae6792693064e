internal import Backbones
package import Generative
internal import RunData
package import Runs
internal import Torch
internal import TorchNN
internal import Training
internal import Transport

/// The only stage of a run of a ``TransportMethod``.
struct TransportPlan: RunPlan {
    private let stage: TransportStage
    private let method: any TransportMethod

    init(_ method: any TransportMethod, _ context: RunContext) throws {
        self.method = method
        stage = try TransportStage(method, context)
    }

    var stages: [any Stage] { [stage] }

    func observers(in folder: RunFolder) -> [any RunObserver] { [WeightingPlot(folder, method)] }
}

/// The training of a network that undoes noise.
struct TransportStage: Stage {
    private let method: any TransportMethod
    private let context: RunContext
    private let batches: NoisedBatches

    init(_ method: any TransportMethod, _ context: RunContext) throws {
        self.method = method
        self.context = context
        batches = try NoisedBatches(
            context, times: method.timeDistribution, size: method.batch, droppingLabels: method.dropLabels)
    }

    var name: String { "model" }
    var training: TrainingSettings { context.settings.training }
    var announcement: String { "Model: \(method.noun), \(training.lengthForPeople)." }
    var samplesPerStep: Int { method.batch }

    func trainer(after finished: [String: ParameterStore]) throws -> any Trainable {
        let store = ParameterStore(seed: context.seed.child(name), device: context.device)
        let process = method.process
        let model = process.model(of: try context.network(in: store))
        let objective = DenoisingScoreMatching(
            along: process.path, predicting: process.prediction, weighting: method.lossWeighting,
            for: NetworkPrediction.self)
        return Trainer(
            model: model, objective: objective, batches: batches, store: store, settings: training,
            seed: context.seed.child("loss"), identity: context.identity(of: name))
    }
}

/// Examples with noise and times: a pure function of seed and step.
package struct NoisedBatches: BatchSource {
    private let examples: LabelledBatches
    private let times: any TimeDistribution
    private let dropout: LabelDropout?
    private let device: Device
    private let seed: Seed

    /// Batches of a run's data.
    ///
    /// - Parameters:
    ///   - context: The run.
    ///   - times: Distribution of the times.
    ///   - size: Examples per batch, the setting `method.batch`.
    ///   - droppingLabels: Probability that a label is replaced by the null class.
    /// - Throws: `DatasetError` if there are fewer examples than a batch takes.
    package init(_ context: RunContext, times: any TimeDistribution, size: Int, droppingLabels: Double) throws {
        seed = context.seed.child("batches")
        device = context.device
        examples = try LabelledBatches(
            context.data, size: size, key: "method.batch", flipping: context.data.settings.isFlipped, device: device,
            seed: seed.child("examples"))
        self.times = times
        dropout =
            droppingLabels > 0
            ? LabelDropout(probability: droppingLabels, nullClass: context.data.layout.classes) : nil
    }

    /// The batch of a step.
    package func batch(at step: Int) throws -> LabelledBatch {
        let examples = try examples.batch(at: step)
        // Noise in the memory order of plain arrays; channels last comes with the network.
        let source = RandomSource(seed.child("noise").child(step), device: device)
        return LabelledBatch(
            data: examples.values.contiguous(), labels: examples.labels, times: times, dropout: dropout, using: source)
    }
}
