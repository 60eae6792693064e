internal import Backbones
internal import Generative
internal import Runs
internal import Torch
internal import TorchNN
internal import Training

/// The plan of a run that trains one network on noised examples.
struct OneStagePlan<Objective: Generative.Objective>: RunPlan where Objective.Batch == LabelledBatch {
    private let stage: OneStage<Objective>
    private let watchers: (RunFolder) -> [any RunObserver]

    /// - Parameters:
    ///   - title: For the announcement.
    ///   - options: Of the batches.
    ///   - context: Data and settings.
    ///   - shown: Logged values on the progress line.
    ///   - objective: Loss to minimise.
    ///   - watchers: Observers in the run's folder.
    ///   - model: The role of a network.
    init(
        _ title: String, _ options: NoisedExamples, _ context: RunContext, shown: [String] = [], objective: Objective,
        watchers: @escaping (RunFolder) -> [any RunObserver] = { _ in [] },
        model: @escaping (any ConditionalNetwork) -> Objective.Model
    ) throws {
        stage = OneStage(
            title: title, shown: shown, context: context, samplesPerStep: options.batch, objective: objective,
            batches: try NoisedBatches(options, context), model: model)
        self.watchers = watchers
    }

    var stages: [any Stage] { [stage] }

    func observers(in folder: RunFolder) -> [any RunObserver] { watchers(folder) }
}

private struct OneStage<Objective: Generative.Objective>: Stage where Objective.Batch == LabelledBatch {
    let title: String
    let shown: [String]
    let context: RunContext
    let samplesPerStep: Int
    let objective: Objective
    let batches: NoisedBatches
    let model: (any ConditionalNetwork) -> Objective.Model

    var name: String { "model" }
    var training: TrainingSettings { context.settings.training }
    var announcement: String { "Model: \(title), \(training.lengthForPeople)." }

    func trainer(after finished: [String: ParameterStore]) throws -> any Trainable {
        let store = ParameterStore(seed: context.seed.child(name), device: context.device)
        return Trainer(
            model: model(try context.network(in: store)), objective: objective, batches: batches, store: store,
            settings: training, seed: context.seed.child("loss"), identity: context.identity(of: name))
    }
}
