public import Backbones
public import Foundation
internal import Generative
public import RunData
public import Runs
public import Settings
public import Torch
public import TorchNN
internal import Transport

/// Distillation: a trained run teaches a student that draws samples in one or a few evaluations.
public struct DistillationMethod: Method, Hashable {
    /// The value of `method.name`.
    public static let name = "distillation"

    /// The folder of the teacher's run.
    public var teacher = ""
    /// The way of teaching.
    public var technique = Technique.progressive
    /// The path of the teacher.
    public var path = FlowMethod.PathChoice.linear
    /// The quantity that the teacher predicts.
    public var predict = FlowMethod.PredictionChoice.velocity
    /// Examples per step.
    public var batch = 128
    /// Guidance scales that a progressive student knows, from and to.
    public var scales = [1.0, 1.0]
    /// Steps of the first progressive student.
    public var firstSteps = 4
    /// Steps of the last one.
    public var steps = 1
    /// Steps of training of each earlier stage.
    public var stageSteps = 500
    /// Minutes of each earlier stage.
    var stageMinutes: Double?
    /// Guidance scale of the teacher of other techniques.
    public var scale = 1.0
    /// Stored trajectories of the teacher.
    public var pairs = 512
    /// Heun steps of a stored trajectory.
    public var pairSteps = 16
    /// Weight of the regression onto them.
    public var regression = 0.25
    /// Weight of keeping real data as they are.
    public var reconstruction = 1.0
    /// Weight of keeping samples as they are.
    public var idempotence = 1.0

    /// A way of teaching.
    public enum Technique: String, Sendable, Hashable, CaseIterable, SettingsValue {
        /// Guided distillation: guidance becomes an input, then steps are halved.
        case progressive
        /// Distribution matching: one step, by the difference of two scores.
        case matching
        /// A map that keeps data as they are, by the difference of two scores.
        case idempotent
    }

    /// Progressive, from four steps to one.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("teacher", &teacher, about: "Folder of the teacher's run, such as runs/toy-flow.")
        key(
            "technique", &technique,
            about:
                "progressive (halved steps), matching (distribution matching, one step) or idempotent (one step or more)."
        )
        key("path", &path, about: "The teacher's path: linear or trigonometric.")
        key(
            "predict", &predict,
            about: "What the teacher predicts, and so the student: velocity, noise, data or v.")
        key("batch", &batch, .in(1...65_536), about: "Examples per step.")
        guard technique != .progressive else { return bindProgressive(key) }
        key("scale", &scale, .in(0...100), about: "Guidance scale of the teacher; 1 is none.")
        key(
            "pairs", &pairs, .in(0...1_000_000),
            about: "Trajectories of the teacher that are computed before training."
        )
        if pairs > 0 {
            key("pair_steps", &pairSteps, .in(1...10_000), about: "Heun steps of a trajectory.")
            key(
                "regression", &regression, .in(0...1e6), about: "Weight of the regression onto their ends.")
        }
        if technique == .idempotent {
            key(
                "reconstruction", &reconstruction, .in(0...1e6), about: "Weight of |f(y) - y|² for data y.")
            key(
                "idempotence", &idempotence, .in(0...1e6), about: "Weight of |f(f(e)) - f(e)|² for noise e."
            )
        }
    }

    private mutating func bindProgressive(_ key: SettingsKeys) {
        key(
            "scales", &scales, .count(.in(2...2)), .each(.in(0...100)),
            Requirement("ascend") { $0 == $0.sorted() },
            about:
                "Guidance scales of the student, from and to; [1, 1] for a teacher without dropped labels.")
        key(
            "first_steps", &firstSteps, .in(1...1024),
            about: "Steps of the first student, whose teacher takes twice as many.")
        key(
            "steps", &steps, .in(1...1024),
            about: "Steps of the last student: first_steps halved some times.")
        key(
            "stage_steps", &stageSteps, .in(1...100_000_000),
            about: "Training steps of each stage but the last.")
    }

    /// Position, time and, with guidance, its scale in; a prediction out.
    public func interface(for data: DataLayout) -> NetworkInterface {
        NetworkInterface(
            shape: data.networkShape, time: .unit, scalars: isGuided ? ["guidance"] : [],
            classes: data.classes)
    }

    /// Names combinations that cannot run.
    public func requireAgreement(_ key: SettingsKeys, with run: RunSettings, data: DataLayout?) {
        key.require(
            !teacher.isEmpty, "method", "needs a teacher: write teacher: FOLDER of a trained run",
            blaming: "method.teacher")
        if technique == .progressive {
            key.require(
                studentSteps.last == steps, "method",
                "cannot get from first_steps: \(firstSteps) to steps: \(steps) by halving",
                blaming: "method.steps")
        }
        guard let sampling = run.sampling as? FewStepSampling else { return }
        key.require(
            sampling.steps == 0 || technique == .idempotent || sampling.steps == sampledSteps, "sampling",
            "takes other steps than the student learned: write steps: \(sampledSteps)",
            blaming: "sampling.steps")
        key.require(
            isGuided ? (scales[0]...scales[1]).contains(sampling.scale) : sampling.scale == 1, "sampling",
            isGuided
                ? "has a guidance scale outside of method.scales: write one from \(scales[0]) to \(scales[1])"
                : "has a guidance scale, which is no input of this student: write scale: 1",
            blaming: "sampling.scale")
        key.require(
            run.sourceData == nil, "source_data", "is not used by the method distillation: write null")
    }

    /// Stages of one after the other, or a single one.
    public func plan(_ context: RunContext) throws -> any RunPlan {
        try DistillationPlan(self, context)
    }

    /// The critic of techniques that have one.
    public func buildCompanions(
        of network: NetworkSettings, for data: DataLayout, in store: ParameterStore
    ) throws {
        guard technique != .progressive else { return }
        _ = try network.network(for: interface(for: data), in: store.root / Self.critic)
    }

    /// The teacher's averaged weights.
    public var weightFiles: [String: URL] { ["method.teacher": Teacher.weightFile(of: teacher)] }

    /// Replaces the teacher's folder.
    public mutating func changePaths(_ change: (_ key: String, _ path: String) -> String) {
        if !teacher.isEmpty { teacher = change("teacher", teacher) }
    }

    /// At most as many steps of each earlier stage.
    public mutating func limit(toSteps steps: Int) { stageSteps = min(stageSteps, steps) }

    /// Equal shares of the time for all stages.
    public mutating func limit(toMinutes minutes: Double) {
        stageMinutes = minutes / Double(max(stageCount, 1))
    }
}

extension DistillationMethod {
    /// Chapters of techniques, and the sources of their values.
    public static var options: MethodOptions {
        MethodOptions(
            examples: [
                (
                    "Distillation into one step by distribution matching",
                    "network: {name: unet}\nmethod: {name: distillation, teacher: runs/flow, technique: matching}"
                )
            ],
            sources: [
                ("distillation: `first_steps`, `steps`", "steps of a sample", "arXiv 2202.00512, algorithm 2"),
                ("distillation: `scales`", "guidance scale, an input", "arXiv 2210.03142, section 3"),
                ("distillation: `pairs`, `regression`", "trajectories; weight", "arXiv 2311.18828, equation 9"),
                ("distillation: `reconstruction`, `idempotence`", "weights", "arXiv 2509.21470; 2311.01462"),
            ])
    }

    /// Steps from noise to data.
    public static var samplings: [SettingsKind<any SamplingSettings>] {
        [SettingsKind("few_steps", FewStepSampling()) { $0 }]
    }

    /// The student's samples.
    public func source(
        _ networks: [String: any ConditionalNetwork], _ sampling: any SamplingSettings,
        for data: DataLayout,
        on device: Device
    ) throws -> any SampleSource {
        guard let network = networks["model"], let sampling = sampling as? FewStepSampling else {
            fatalError("the model is the sampled stage, and every sampling is one of students")
        }
        return StudentSource(
            student: StudentNetwork(network: network, isGuided: isGuided), technique: technique,
            sampling: sampling,
            steps: sampling.steps > 0 ? sampling.steps : sampledSteps, path: noisePath,
            prediction: process.prediction,
            device: device)
    }

    /// The flow whose path and prediction the student shares.
    var process: FlowMethod {
        var flow = FlowMethod()
        (flow.path, flow.predict) = (path, predict)
        return flow
    }

    var noisePath: AnyPath { AnyPath(process.noisePath) }

    static let critic = "critic"

    var isGuided: Bool { technique == .progressive && scales != [1, 1] }

    /// Numbers of steps of the students of progressive distillation.
    var studentSteps: [Int] {
        var counts = [firstSteps]
        while let last = counts.last, last > steps, last % 2 == 0 { counts.append(last / 2) }
        return counts
    }

    private var stageCount: Int {
        technique == .progressive ? studentSteps.count + (isGuided ? 1 : 0) : 1
    }

    /// Steps of a sample.
    var sampledSteps: Int { technique == .progressive ? steps : 1 }

    var weights: MatchingWeights {
        var weights = MatchingWeights()
        weights.regression = pairs > 0 ? regression : 0
        if technique == .idempotent {
            (weights.reconstruction, weights.idempotence) = (reconstruction, idempotence)
        }
        return weights
    }
}
