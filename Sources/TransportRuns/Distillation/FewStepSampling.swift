internal import Backbones
internal import Foundation
internal import Generative
public import Runs
public import Settings
internal import Torch
internal import Transport

/// Samples of a distilled student.
public struct FewStepSampling: SamplingSettings, Hashable {
    /// Steps; those that the student learned if 0.
    public var steps = 0
    /// Guidance scale, an input of students that were trained with several.
    public var scale = 1.0

    /// As the student learned, without guidance.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key(
            "steps", &steps, .in(0...1024),
            about: "0 for those that were learned; technique idempotent: times that the map is applied.")
        key("scale", &scale, .in(0...100), about: "Guidance scale, within method.scales.")
    }
}

/// Draws samples of a student.
struct StudentSource: SampleSource {
    let student: StudentNetwork
    let technique: DistillationMethod.Technique
    let sampling: FewStepSampling
    let steps: Int
    let path: AnyPath
    let prediction: Prediction
    let device: Device

    var description: String {
        let noun = steps == 1 ? "one step" : "\(steps) steps"
        return "\(technique.rawValue) student, \(noun)"
            + (student.isGuided ? ", guidance scale \(sampling.scale.formatted())" : "")
    }

    func samples(_ request: SampleRequest, observing: ((StepReport) throws -> Void)?) throws
        -> Samples
    {
        let start = request.noise.normal(request.indices, shape: student.network.inputShape).to(device)
        let labels = Tensor(request.labels, device: device)
        let condition = GuidedCondition(
            labels: labels, scale: .full([request.labels.count], sampling.scale, device: device))
        guard technique == .idempotent else {
            let grid = NoiseGrid(along: path, over: .uniform(steps: steps))
            let model = PathPrediction(of: student, predicting: prediction, along: path)
            return try DiffusionSampler(DDIM(), over: grid).sample(
                model, from: start, given: condition, using: RandomSource(request.seed, device: device)
            ) { try observing?($0) }
        }
        var x = start
        for step in 0..<steps {
            x = withoutGradients {
                let time = Tensor.zeros([x.shape[0]], device: device)
                let predicted = student.predict(x, time: time, given: condition)
                return prediction.convert(predicted, to: .data, at: x, time: time, along: path)
            }
            let here = x
            try observing?(
                StepReport(
                    step: step + 1, steps: steps, fraction: Double(step + 1) / Double(steps),
                    evaluations: step + 1,
                    running: step + 1 < steps ? x.shape[0] : 0, values: here))
        }
        return Samples(values: x, evaluations: steps, stopped: .completed)
    }
}

/// A network with or without a guidance scale as an input.
struct StudentNetwork: PredictionModel, Sendable {
    typealias Condition = GuidedCondition

    let network: any ConditionalNetwork
    let isGuided: Bool

    func predict(_ x: Tensor, time: Tensor, given condition: GuidedCondition) -> Tensor {
        network(
            NetworkInput(
                values: x, labels: condition.labels, time: time.to(.float32),
                scalars: isGuided ? [condition.scale] : []))[0]
    }

    static func select(_ indices: Tensor, from condition: GuidedCondition) -> GuidedCondition {
        condition.selecting(indices)
    }
}
