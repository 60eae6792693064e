internal import Datasets
public import Drifting
public import Torch

/// Batches of a drifting model: labels, real samples of each, noise, guidance.
///
/// Real samples are drawn from the whole data set, without replacement within a label, or from queues that follow a stream
/// of the data, as in the release.
public struct DriftingBatches: BatchSource {
    private let data: TrainingData
    private let settings: DriftingSettings
    private let sampler: ClassSampler
    private let real: any ExampleSampler
    private let latent: Int
    private let device: Device
    private let seed: Seed

    /// Batches of a run.
    ///
    /// - Parameters:
    ///   - data: What is learned.
    ///   - settings: Sizes of a batch.
    ///   - latent: Size of the noise.
    ///   - device: Where batches go.
    ///   - seed: Where draws come from.
    /// - Throws: If a class has fewer examples than a step needs.
    public init(_ data: TrainingData, _ settings: DriftingSettings, latent: Int, device: Device, seed: Seed) throws {
        self.data = data
        self.settings = settings
        self.latent = latent
        self.device = device
        self.seed = seed
        let sampler = ClassSampler(labels: data.labels, classes: data.layout.classes, seed: seed.child("real"))
        self.sampler = sampler
        real =
            settings.queue.map {
                QueueSampler(
                    labels: data.labels, classes: data.layout.classes, $0.configuration, seed: seed.child("queue"))
            } ?? sampler
        // Ask for everything once, so that a class that is too small is found before hours of work.
        _ = try real.indices(of: Array(0..<data.layout.classes), perLabel: settings.positives, step: 0)
        guard settings.negatives > 0 else { return }
        _ = try real.indicesOfAnyClass(rows: 1, perRow: settings.negatives, step: 0)
    }

    /// The batch of a step.
    public func batch(at step: Int) throws -> DriftingBatch<ClassCondition> {
        let labels = settings.labels.map { sampler.balancedLabels($0, step: step) } ?? Array(0..<data.layout.classes)
        let source = RandomSource(seed.child("noise").child(step))
        let strengths = settings.guidance.map { $0.law.strengths(labels.count, using: source).to(device) }
        let perSample = Tensor(labels, device: device).repeatInterleave(settings.generated, 0)
        let condition = ClassCondition(
            labels: perSample, guidance: strengths?.repeatInterleave(settings.generated, 0))
        var batch = DriftingBatch(
            noise: Tensor.randn([labels.count * settings.generated, latent], using: source).to(device),
            condition: condition, positives: try positives(of: labels, step),
            negatives: try negatives(labels.count, step),
            guidance: strengths)
        batch.width = settings.annealing?.width(at: step) ?? 1
        if settings.field.field.needsIndependentPoints {
            let source = RandomSource(seed.child("independent noise").child(step))
            batch.independentNoise = Tensor.randn(batch.noise.shape, using: source).to(device)
        }
        return batch
    }

    private func positives(of labels: [Int], _ step: Int) throws -> Tensor {
        let indices = try real.indices(of: labels, perLabel: settings.positives, step: step)
        return try grouped(indices, labels.count, "positives", step)
    }

    private func negatives(_ labels: Int, _ step: Int) throws -> Tensor? {
        guard settings.negatives > 0 else { return nil }
        let indices = try real.indicesOfAnyClass(rows: labels, perRow: settings.negatives, step: step)
        return try grouped(indices, labels, "negatives", step)
    }

    private func grouped(_ indices: [Int], _ labels: Int, _ purpose: String, _ step: Int) throws -> Tensor {
        var values = try data.examples(indices, on: device, drawing: seed.child("pixels of \(purpose)").child(step))
        if data.settings.isFlipped {
            values = RandomFlips(seed: seed.child("flip \(purpose)")).flipped(values, at: step)
        }
        return values.reshape([labels, indices.count / labels] + values.shape.dropFirst())
    }
}
