internal import Backbones
internal import Generative
internal import RunData
internal import Runs
internal import Torch
internal import TorchNN
internal import Training
internal import Transport

/// The stages of a distillation.
struct DistillationPlan: RunPlan {
    let stages: [any Stage]

    init(_ method: DistillationMethod, _ context: RunContext) throws {
        let teacher = try Teacher(method.teacher, for: context, as: method.process)
        let asksGuidance = method.isGuided || method.technique != .progressive && method.scale != 1
        guard !asksGuidance || teacher.nullClass != nil else {
            throw TrainingError(
                """
                method.\(method.isGuided ? "scales" : "scale"): the teacher \(method.teacher) learned no label for "no class" \
                (its method.drop_labels is 0), so it cannot be guided. Write \(method.isGuided ? "[1, 1]" : "1").
                """)
        }
        guard method.technique == .progressive else {
            stages = [try MatchingStage(method, context, teacher)]
            return
        }
        var tasks: [ProgressiveStage.Task] = method.isGuided ? [.guidance] : []
        tasks += method.studentSteps.map { .halving(to: $0) }
        stages = try tasks.enumerated().map { index, task in
            try ProgressiveStage(
                method, context, teacher, task, after: index > 0 ? tasks[index - 1].name : nil,
                isLast: index == tasks.count - 1)
        }
    }
}

/// One stage of guided distillation.
private struct ProgressiveStage: Stage {
    enum Task {
        case guidance
        case halving(to: Int)

        var name: String {
            switch self {
            case .guidance: "guided"
            case .halving(let steps): "steps-\(steps)"
            }
        }
    }

    let name: String
    let training: TrainingSettings
    private let method: DistillationMethod
    private let context: RunContext
    private let teacher: Teacher
    private let task: Task
    private let former: String?
    private let batches: GuidedBatches

    init(
        _ method: DistillationMethod, _ context: RunContext, _ teacher: Teacher, _ task: Task,
        after former: String?,
        isLast: Bool
    ) throws {
        (self.method, self.context, self.teacher, self.task, self.former) = (
            method, context, teacher, task, former
        )
        name = isLast ? "model" : task.name
        var training = context.settings.training
        if !isLast { (training.steps, training.minutes) = (method.stageSteps, method.stageMinutes) }
        self.training = training
        let count: Int? = if case .halving(let steps) = task { steps } else { nil }
        batches = try GuidedBatches(
            method, context, steps: count, seed: context.seed.child("batches").child(task.name))
    }

    var announcement: String {
        let what =
            switch task {
            case .guidance: "guidance becomes an input"
            case .halving(let steps): "\(2 * steps) steps become \(steps)"
            }
        return "Student: \(what), \(training.lengthForPeople)."
    }

    var samplesPerStep: Int { method.batch }

    func trainer(after finished: [String: ParameterStore]) throws -> any Trainable {
        let store = ParameterStore(seed: context.seed.child(name), device: context.device)
        let student = StudentNetwork(network: try context.network(in: store), isGuided: method.isGuided)
        let guided = GuidedTeacher(teacher.model, nullClass: method.isGuided ? teacher.nullClass : nil)
        guard let former, let weights = finished[former] else {
            Teacher.start(store.state, from: teacher.weights)
            return trainer(of: student, store, taughtBy: guided)
        }
        let copy = ParameterStore(copying: weights)
        Teacher.start(
            store.state, from: Dictionary(uniqueKeysWithValues: copy.state.map { ($0.name, $0.tensor) }))
        let earlier = StudentNetwork(network: try context.network(in: copy), isGuided: method.isGuided)
        return trainer(of: student, store, taughtBy: earlier)
    }

    private func trainer<Model: PredictionModel>(
        of student: StudentNetwork, _ store: ParameterStore, taughtBy teacher: Model
    ) -> any Trainable where Model.Condition == GuidedCondition {
        func trainer<Objective: Generative.Objective>(_ objective: Objective) -> any Trainable
        where Objective.Model == StudentNetwork, Objective.Batch == GuidedBatch {
            Trainer(
                model: student, objective: objective, batches: batches, store: store, settings: training,
                seed: context.seed.child("loss"), identity: context.identity(of: name))
        }
        switch task {
        case .guidance:
            return trainer(
                GuidedDistillation(of: teacher, along: method.noisePath, for: StudentNetwork.self))
        case .halving(let steps):
            return trainer(
                ProgressiveDistillation(
                    of: teacher, along: method.noisePath, predicting: self.teacher.prediction, steps: steps,
                    for: StudentNetwork.self))
        }
    }
}

/// Distribution matching in a single stage.
private struct MatchingStage: Stage {
    private let method: DistillationMethod
    private let context: RunContext
    private let teacher: Teacher
    private let batches: MatchingBatches

    init(_ method: DistillationMethod, _ context: RunContext, _ teacher: Teacher) throws {
        (self.method, self.context, self.teacher) = (method, context, teacher)
        batches = try MatchingBatches(method, context, teacher)
    }

    var name: String { "model" }
    var training: TrainingSettings { context.settings.training }
    var shown: [String] { ["loss_matching", "loss_critic"] }
    var announcement: String { "Student: \(method.technique.rawValue), \(training.lengthForPeople)." }
    var samplesPerStep: Int { method.batch }

    func trainer(after finished: [String: ParameterStore]) throws -> any Trainable {
        let store = ParameterStore(seed: context.seed.child(name), device: context.device)
        let interface = method.interface(for: context.data.layout)
        let network = context.settings.network
        let student = FlowNetwork(network: try network.network(for: interface, in: store.root))
        let scope = store.root / DistillationMethod.critic
        let critic = FlowNetwork(network: try network.network(for: interface, in: scope))
        Teacher.start(store.state, from: teacher.weights)
        Teacher.start(store.state, prefix: DistillationMethod.critic + ".", from: teacher.weights)
        let objective = DistributionMatching(
            of: teacher.guided(by: method.scale), along: method.noisePath, predicting: teacher.prediction,
            weights: method.weights, for: FlowNetwork.self)
        return Trainer(
            model: StudentAndCritic(student: student, critic: critic), objective: objective,
            batches: batches,
            store: store, settings: training, seed: context.seed.child("loss"),
            identity: context.identity(of: name))
    }
}

extension Teacher {
    /// The model under guidance of one scale.
    func guided(by scale: Double) -> AnyPrediction {
        guard scale != 1, let nullClass else { return model }
        let guided = GuidedTeacher(model, nullClass: nullClass)
        return AnyPrediction(FixedScale(model: guided, scale: scale))
    }
}

/// A guided model whose scale is always the same.
private struct FixedScale: PredictionModel, Sendable {
    let model: GuidedTeacher<AnyPrediction>
    let scale: Double

    func predict(_ x: Tensor, time: Tensor, given labels: Tensor) -> Tensor {
        let scales = Tensor.full(labels.shape, scale, device: labels.device)
        return model.predict(x, time: time, given: GuidedCondition(labels: labels, scale: scales))
    }
}
