internal import Datasets
public import Drifting
internal import Features
public import Generative
public import RunData
public import Torch

/// Batches of a drifting model: labels, real samples of each, noise, guidance.
///
/// Real samples are drawn from the whole data set, without replacement within a label, or from queues that follow a stream
/// of the data, as in the release.
public struct DriftingBatches: BatchSource {
    private let data: TrainingData
    private let settings: DriftingMethod
    private let sampler: ClassSampler
    private let real: any ExampleSampler
    private var latent = 0
    private let device: Device
    private let seed: Seed
    private var cache: FeatureCache?

    /// Batches of a run.
    ///
    /// - Parameters:
    ///   - data: Data to learn.
    ///   - settings: Sizes of a batch.
    ///   - device: Destination of batches.
    ///   - seed: Origin of draws.
    /// - Throws: If a class has fewer examples than a step needs.
    public init(_ data: TrainingData, _ settings: DriftingMethod, device: Device, seed: Seed) throws {
        self.data = data
        self.settings = settings
        self.device = device
        self.seed = seed
        let names = data.layout.classNames
        let sampler = ClassSampler(labels: data.labels, classes: names.count, names: names, seed: seed.child("real"))
        self.sampler = sampler
        real =
            settings.queue.map {
                QueueSampler(
                    labels: data.labels, classes: names.count, names: names, $0.configuration, seed: seed.child("queue")
                )
            } ?? sampler
        // Ask for everything once, so that a class that is too small is found before hours of work.
        try naming("method.positives", of: data) {
            _ = try real.indices(of: Array(0..<data.layout.classes), perLabel: settings.positives, step: 0)
        }
        guard settings.negatives > 0 else { return }
        try naming("method.negatives", of: data) {
            _ = try real.indicesOfAnyClass(rows: 1, perRow: settings.negatives, step: 0)
        }
    }

    /// Adds the setting and the data to an error about a number of examples.
    private func naming(_ key: String, of data: TrainingData, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as DatasetError {
            throw DatasetError(error.code, "\(key), \(data.settings.reference.name): \(error.message)")
        }
    }

    /// The batch of a step; that of the next begins to be read.
    public func batch(at step: Int) throws -> DriftingBatch<GeneratorCondition> {
        let draw = try draw(at: step)
        let labels = draw.labels
        let source = RandomSource(seed.child("noise").child(step))
        let strengths = settings.guidance.map { $0.law.strengths(labels.count, using: source).to(device) }
        let perSample = Tensor(labels, device: device).repeatInterleave(settings.generated, 0)
        let condition = GeneratorCondition(
            labels: perSample, guidance: strengths?.repeatInterleave(settings.generated, 0))
        let positives = try grouped(draw.positives, labels.count, "positives", step)
        let negatives = try draw.negatives.map { try grouped($0, labels.count, "negatives", step) }
        try prepare(step + 1)
        var batch = DriftingBatch(
            noise: Tensor.randn([labels.count * settings.generated, latent], using: source).to(device),
            condition: condition, positives: positives.values, negatives: negatives?.values, guidance: strengths)
        batch.encoded = try cache?.vectors(of: labels.count, positives, negatives)
        batch.width = settings.annealing?.width(at: step) ?? 1
        if settings.field.field.needsIndependentPoints {
            let source = RandomSource(seed.child("independent noise").child(step))
            batch.independentNoise = Tensor.randn(batch.noise.shape, using: source).to(device)
        }
        return batch
    }

    /// The same batches, with noise of a size.
    public func drawing(latent: Int) -> DriftingBatches {
        var batches = self
        batches.latent = latent
        return batches
    }

    /// The same batches, with the encoder's features of real pictures taken from a cache.
    func caching(in cache: FeatureCache?) -> DriftingBatches {
        var batches = self
        batches.cache = cache
        return batches
    }

    /// The labels of a step, and which real examples it sees.
    private func draw(at step: Int) throws -> (labels: [Int], positives: [Int], negatives: [Int]?) {
        let labels = settings.labels.map { sampler.balancedLabels($0, step: step) } ?? Array(0..<data.layout.classes)
        let positives = try real.indices(of: labels, perLabel: settings.positives, step: step)
        guard settings.negatives > 0 else { return (labels, positives, nil) }
        let negatives = try real.indicesOfAnyClass(rows: labels.count, perRow: settings.negatives, step: step)
        return (labels, positives, negatives)
    }

    private func prepare(_ step: Int) throws {
        guard data.isOnDisk else { return }
        let draw = try draw(at: step)
        data.prepare(draw.positives, drawing: pixels("positives", step))
        if let negatives = draw.negatives { data.prepare(negatives, drawing: pixels("negatives", step)) }
    }

    /// Origin of the noise in pixels or latents of a step.
    private func pixels(_ purpose: String, _ step: Int) -> Seed { seed.child("pixels of \(purpose)").child(step) }

    private func grouped(_ indices: [Int], _ labels: Int, _ purpose: String, _ step: Int) throws -> RealExamples {
        var values = try data.examples(indices, on: device, drawing: pixels(purpose, step))
        var mirrored: [Bool]?
        if data.settings.isFlipped {
            let flips = RandomFlips(seed: seed.child("flip \(purpose)"))
            let mask = flips.mask(indices.count, at: step)
            values = RandomFlips.flipped(values, where: mask)
            if cache != nil { mirrored = mask.scalars(as: Bool.self) }
        }
        return RealExamples(
            values: values.reshape([labels, indices.count / labels] + values.shape.dropFirst()), indices: indices,
            mirrored: mirrored)
    }
}

/// Real examples of a step: [labels, N, ...] and where they come from, label after label.
struct RealExamples {
    let values: Tensor
    let indices: [Int]
    let mirrored: [Bool]?
}

extension FeatureCache {
    /// The vectors of a batch's real examples, for each label the positives before the negatives.
    func vectors(
        of labels: Int, _ positives: RealExamples, _ negatives: RealExamples?
    ) throws -> [FeatureVectors] {
        let parts = [positives] + (negatives.map { [$0] } ?? [])
        let places = (0..<labels).flatMap { label in
            parts.flatMap { part in
                let each = part.indices.count / labels
                return (label * each..<(label + 1) * each).map { (part.indices[$0], part.mirrored?[$0] ?? false) }
            }
        }
        return try vectors(of: places.map(\.0), mirrored: places.map(\.1))
    }
}
