internal import Datasets
internal import Evaluation
internal import Foundation
internal import Generative
internal import Metrics
internal import RunData
internal import Torch
internal import Training

/// Examines a model, always with the same noise, labels and real samples.
struct Examiner {
    private let model: TrainedModel
    let measures: [ExaminationMeasure]
    private let data: TrainingData
    private let judge: Judge
    private let labels: [Int]
    private let seed: Seed
    private let examination: Examination
    /// The Fréchet distance between real samples: smaller ones cannot be distinguished from none.
    let noise: Double

    /// An examiner of a run; nil if the run wants none, or has too few data.
    init?(
        _ model: TrainedModel, _ data: TrainingData, judge own: FeatureJudge?, measures: [ExaminationMeasure],
        seed: Seed
    ) throws {
        let settings = model.settings.evaluation
        // Samples, as many real ones to compare with, and four times as many for neighbours.
        let count = min(settings.samples, data.count / 5)
        guard count >= 10 else { return nil }
        let judge = try Judge(settings.judge, own, model.settings.data, data.layout, on: model.device)
        let order = Tensor.randperm(data.count, using: RandomSource(seed.child("real"))).scalars(as: Int.self)
        func features(_ range: Range<Int>) throws -> Tensor {
            try judge.features(range.count) { try data.examples($0.map { order[range.lowerBound + $0] }, on: .cpu) }
        }
        self.model = model
        self.measures = measures
        self.data = data
        self.judge = judge
        self.seed = seed
        labels = data.layout.balancedLabels(count)
        let examination = try Examination(
            against: features(0..<count), reference: features(count..<min(count * 5, data.count)),
            measures: measures)
        self.examination = examination
        noise = examination.noise
    }

    /// The numbers of the model now.
    func examine() throws -> [String: Double] { try examine(model).values }

    /// The numbers of a model, and the mean of its evaluations per sample.
    func examine(_ model: TrainedModel) throws -> (values: [String: Double], evaluations: Double) {
        let drawn = try model.samples(of: labels, seed: seed.child("noise"))
        let samples = data.layout.seen(drawn.values)
        let seen = data.layout.isImage ? Pixels.padded(samples, to: Size2D(data.layout.size)) : samples
        let values = try examination.values(
            of: judge.features(labels.count) { seen.slice(0, $0.lowerBound, $0.upperBound) })
        return (values, drawn.meanEvaluations)
    }
}

/// The origin of the features of an examination.
private struct Judge {
    private let features: (Tensor) throws -> Tensor

    /// Numbers of an example beyond which plain values are averaged over patches: their covariance would not fit.
    private static let mostValues = 4096

    init(
        _ choice: EvaluationSettings.Judge, _ own: FeatureJudge?, _ settings: DataSettings, _ layout: DataLayout,
        on device: Device
    ) throws {
        switch choice {
        case .own where own != nil: features = { try own?.features($0.to(device)) ?? $0.flatten(1) }
        case .classifier where layout.isImage:
            let images = ImageCollection.Configuration(size: layout.height, channels: layout.channels)
            let classifier = try ExtractorChoice.classifier.make(
                for: settings.reference, images,
                warn: {
                    ProgressOutput.standardError.write("Warning: \($0)\n")
                })
            features = { try classifier.features(of: layout.cropped($0)) }
        default: features = Self.plainValues
        }
    }

    private static func plainValues(_ examples: Tensor) -> Tensor {
        let values = examples.shape.dropFirst().reduce(1, *)
        guard examples.rank == 4, values > mostValues else { return examples.flatten(1) }
        let side = max(1, Int(Double(mostValues / examples.shape[1]).squareRoot()))
        return examples.adaptiveAvgPool2d(Size2D(side)).flatten(1)
    }

    /// Features [N, D] of examples that come in ranges.
    func features(_ count: Int, _ examples: (Range<Int>) throws -> Tensor) throws -> Tensor {
        let parts = try stride(from: 0, to: count, by: 250).map { start in
            try withoutGradients { try features(try examples(start..<min(start + 250, count))).to(.cpu, .float32) }
        }
        return Tensor.cat(parts)
    }
}
