public import Datasets
public import Generative
internal import Synchronization
public import Torch

/// Examples and their classes.
public struct LabelledExamples: RecordableBatch, Sendable {
    /// Images or latents [B, C, H, W], or points [B, D].
    public var values: Tensor
    /// Classes [B], int64.
    public var labels: Tensor
    /// Step of the training that sees them.
    public var step: Int

    /// A batch.
    public init(values: Tensor, labels: Tensor, step: Int = 0) {
        self.values = values
        self.labels = labels
        self.step = step
    }

    /// The batch with its tensors replaced.
    public func mapTensors(_ transform: (Tensor) -> Tensor) -> LabelledExamples {
        LabelledExamples(values: transform(values), labels: transform(labels), step: step)
    }
}

/// Batches of labelled examples in a new order each epoch: a pure function of seed and step.
public struct LabelledBatches: BatchSource {
    private let data: TrainingData
    private let size: Int
    private let flipping: Bool
    private let crop: RandomCrop?
    private let device: Device
    private let seed: Seed
    private let orders = EpochOrders()

    /// Batches of `size` examples of the data; the last few of an epoch are left out.
    ///
    /// - Parameters:
    ///   - data: The examples.
    ///   - size: Examples per batch.
    ///   - key: Key of the setting that decides the size, for errors.
    ///   - flipping: True to mirror each image with probability 1 / 2.
    ///   - crop: Part of each image that is seen; the middle if nil.
    ///   - device: Destination of batches.
    ///   - seed: Origin of orders and draws.
    /// - Throws: `DatasetError` if there are fewer examples than a batch takes.
    public init(
        _ data: TrainingData, size: Int, key: String = "batch", flipping: Bool = false, crop: RandomCrop? = nil,
        device: Device, seed: Seed
    ) throws {
        guard size <= data.count else {
            throw DatasetError(
                .classTooSmall,
                """
                \(key): a batch of \(size) examples is more than the \(data.count) of \(data.settings.reference.name). Write \(key): \
                \(data.count) or less.
                """)
        }
        self.data = data
        self.flipping = flipping
        self.crop = crop
        self.size = size
        self.device = device
        self.seed = seed
    }

    /// The batch of a step; that of the next begins to be read.
    public func batch(at step: Int) throws -> LabelledExamples {
        let indices = indices(at: step)
        let values = try data.examples(indices, on: device, drawing: pixels(step), crop: crop)
        if data.isOnDisk || crop != nil {
            data.prepare(self.indices(at: step + 1), drawing: pixels(step + 1), crop: crop)
        }
        let labels = Tensor(indices.map { data.labels[$0] }, device: device)
        let seen = flipping ? RandomFlips(seed: seed.child("flip")).flipped(values, at: step) : values
        return LabelledExamples(values: seen, labels: labels, step: step)
    }

    private func indices(at step: Int) -> [Int] {
        let perEpoch = data.count / size
        let order = orders.order(of: step / perEpoch, count: data.count, seed)
        return Array(order[(step % perEpoch * size)..<((step % perEpoch + 1) * size)])
    }

    /// Origin of crops and noise of a step.
    private func pixels(_ step: Int) -> Seed { seed.child("pixels").child(step) }
}

/// The orders of the present epoch and the next, drawn once each.
private final class EpochOrders: Sendable {
    private let known = Mutex<[Int: [Int]]>([:])

    func order(of epoch: Int, count: Int, _ seed: Seed) -> [Int] {
        known.withLock { known in
            if let order = known[epoch] { return order }
            let order = Tensor.randperm(count, using: RandomSource(seed.child(epoch))).scalars(as: Int.self)
            known = known.filter { $0.key == epoch - 1 }
            known[epoch] = order
            return order
        }
    }
}
