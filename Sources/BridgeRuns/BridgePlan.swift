internal import Backbones
internal import Bridges
internal import Foundation
internal import Generative
internal import RunData
internal import Runs
internal import Torch
internal import TorchNN
internal import Training

/// The stages of a bridge.
struct BridgePlan: RunPlan {
    private let method: BridgeMethod
    private let context: RunContext
    private let ends: BridgeEnds
    private let latest = LatestStores()

    init(_ method: BridgeMethod, _ context: RunContext) throws {
        guard let sourceData = context.sourceData else { fatalError("settings of a bridge have source_data") }
        guard sourceData.layout.shape == context.data.layout.shape else {
            throw TrainingError(
                """
                source_data: its examples have the shape \(sourceData.layout.shape), but those of data \
                \(context.data.layout.shape). A bridge joins equal shapes.
                """)
        }
        self.method = method
        self.context = context
        ends = BridgeEnds(source: sourceData, data: context.data)
        // A batch that is too large is found before anything is trained.
        _ = try IndependentPairs(method, context, ends, .forward, paired: false, seed: context.seed)
    }

    var stages: [any Stage] {
        method.stagePlans.indices.map { BridgeStage(number: $0, method, context, ends, latest) }
    }

    var collapseAdvice: String {
        "more steps per stage, a larger method.sigma or a smaller training.learning_rate may."
    }

    func observers(in folder: RunFolder) -> [any RunObserver] {
        [BridgeReport(folder, method, context, ends, latest)]
    }
}

/// Both data sets.
struct BridgeEnds: Sendable {
    let source: TrainingData
    let data: TrainingData

    /// The data at which a direction starts.
    func start(of direction: BridgeDirection) -> TrainingData { direction == .forward ? source : data }

    /// The data at which a direction ends.
    func end(of direction: BridgeDirection) -> TrainingData { direction == .forward ? data : source }
}

/// The weights of the sampled stages once the last one trains, which observers look at.
final class LatestStores {
    var all: [String: ParameterStore] = [:]
}

/// One training of a bridge.
private struct BridgeStage: Stage {
    private let number: Int
    private let plans: [BridgeMethod.StagePlan]
    private let method: BridgeMethod
    private let context: RunContext
    private let ends: BridgeEnds
    private let latest: LatestStores

    init(
        number: Int, _ method: BridgeMethod, _ context: RunContext, _ ends: BridgeEnds, _ latest: LatestStores
    ) {
        (self.number, self.method, self.context, self.ends, self.latest) = (number, method, context, ends, latest)
        plans = method.stagePlans
    }

    private var plan: BridgeMethod.StagePlan { plans[number] }
    private var isLast: Bool { number == plans.count - 1 }

    var name: String { plan.name }

    var training: TrainingSettings {
        var training = context.settings.training
        guard !isLast else { return training }
        training.limit(toSteps: method.stageSteps)
        // Time is counted from the start of the run.
        training.minutes = method.stageMinutes.map { $0 * Double(number + 1) }
        return training
    }

    var announcement: String {
        let quantity =
            switch plan.target {
            case .drift: "the drift \(plan.direction.rawValue)"
            case .velocity: "the velocity"
            case .score: "the score"
            }
        return "Stage \(number + 1) of \(plans.count), \(name): \(quantity), \(training.lengthForPeople)."
    }

    var shown: [String] { plan.target == .score ? [] : ["energy"] }
    var samplesPerStep: Int { method.batch }

    func trainer(after finished: [String: ParameterStore]) throws -> any Trainable {
        let store = ParameterStore(seed: context.seed.child(name), device: context.device)
        let network = BridgeNetwork(network: try context.network(in: store))
        warmStart(store, finished)
        let trainer = Trainer(
            model: network, objective: BridgeMatching(plan.target, of: method.reference, for: BridgeNetwork.self),
            batches: try batches(after: finished), store: store, settings: training,
            seed: context.seed.child("loss"), identity: context.identity(of: name))
        if isLast {
            var stores = finished.filter { method.sampledStages.contains($0.key) }
            stores[name] = trainer.averages.store
            latest.all = stores
        }
        return trainer
    }

    /// The weights of the same direction's stage before, from which DSBM goes on.
    private func warmStart(_ store: ParameterStore, _ finished: [String: ParameterStore]) {
        guard method.algorithm == .dsbm, number >= 2, let former = finished[plans[number - 2].name] else { return }
        withoutGradients {
            for (target, source) in zip(store.state, former.state) { target.tensor.copy(from: source.tensor) }
        }
    }

    private func batches(after finished: [String: ParameterStore]) throws -> any BatchSource<BridgeBatch> {
        let seed = context.seed.child("batches").child(name)
        guard method.algorithm == .dsbm, number > 0 else {
            return try IndependentPairs(
                method, context, ends, plan.direction, paired: method.algorithm == .sf2m, seed: seed)
        }
        guard let weights = finished[plans[number - 1].name] else { fatalError("stages are trained in order") }
        let frozen = BridgeNetwork(network: try context.network(in: ParameterStore(copying: weights)))
        return SimulatedPairs(
            method, by: frozen, from: ends.end(of: plan.direction), on: context.device, seed: seed)
    }
}
