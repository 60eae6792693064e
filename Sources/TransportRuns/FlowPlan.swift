internal import Generative
internal import RunData
internal import Runs
internal import Torch
internal import TorchNN
internal import Training
internal import Transport

/// The only stage of a run of flow matching.
struct FlowPlan: RunPlan {
    private let stage: FlowStage

    init(_ method: FlowMethod, _ context: RunContext) throws {
        stage = try FlowStage(method, context)
    }

    var stages: [any Stage] { [stage] }
}

/// The training of the velocity.
private struct FlowStage: Stage {
    private let method: FlowMethod
    private let context: RunContext
    private let batches: FlowBatches

    init(_ method: FlowMethod, _ context: RunContext) throws {
        self.method = method
        self.context = context
        batches = try FlowBatches(method, context)
    }

    var name: String { "model" }
    var training: TrainingSettings { context.settings.training }
    var announcement: String { "Model: flow matching, \(training.lengthForPeople)." }
    var samplesPerStep: Int { method.batch }

    func trainer(after finished: [String: ParameterStore]) throws -> any Trainable {
        let store = ParameterStore(seed: context.seed.child(name), device: context.device)
        let model = FlowNetwork(network: try context.network(in: store))
        return method.alongPath { trainer(of: model, store, along: $0) }
    }

    private func trainer(of model: FlowNetwork, _ store: ParameterStore, along path: some AffinePath) -> any Trainable {
        Trainer(
            model: model, objective: FlowMatching(along: path, predicting: method.prediction, for: FlowNetwork.self),
            batches: batches, store: store, settings: training, seed: context.seed.child("loss"),
            identity: context.identity(of: name))
    }
}

/// Examples with noise and times: a pure function of seed and step.
private struct FlowBatches: BatchSource {
    private let examples: LabelledBatches
    private let times: any TimeDistribution
    private let dropout: LabelDropout?
    private let coupling: (any Coupling)?
    private let device: Device
    private let seed: Seed

    init(_ method: FlowMethod, _ context: RunContext) throws {
        seed = context.seed.child("batches")
        device = context.device
        examples = try LabelledBatches(
            context.data, size: method.batch, key: "method.batch", flipping: context.data.settings.isFlipped,
            device: device,
            seed: seed.child("examples"))
        times = method.timeDistribution
        coupling = method.coupling.coupling(
            epsilon: method.couplingEpsilon, of: context.data.layout.shape.reduce(1, *))
        dropout =
            method.dropLabels > 0
            ? LabelDropout(probability: method.dropLabels, nullClass: context.data.layout.classes) : nil
    }

    func batch(at step: Int) throws -> LabelledBatch {
        let examples = try examples.batch(at: step)
        // Noise in the memory order of plain arrays; channels last comes with the network.
        let source = RandomSource(seed.child("noise").child(step), device: device)
        return LabelledBatch(
            data: examples.values.contiguous(), labels: examples.labels, times: times, dropout: dropout, using: source
        ).coupled(by: coupling, within: examples, source)
    }
}
