public import Datasets
public import Torch

/// Batches of images in a new order each epoch.
public struct ShuffledImages: BatchSource {
    private let data: TrainingData
    private let size: Int
    private let flipping: Bool
    private let crop: RandomCrop?
    private let device: Device
    private let seed: Seed

    /// Batches of `size` images of the data; the last few of an epoch are left out.
    ///
    /// - Parameters:
    ///   - data: The images.
    ///   - size: Images per batch.
    ///   - flipping: Whether each image is mirrored with probability 1 / 2.
    ///   - crop: Which part of each image is seen; the middle if nil.
    ///   - device: Where batches go.
    ///   - seed: Where orders and draws come from.
    public init(
        _ data: TrainingData, size: Int, flipping: Bool = false, crop: RandomCrop? = nil, device: Device, seed: Seed
    ) {
        self.data = data
        self.flipping = flipping
        self.crop = crop
        self.size = min(size, data.count)
        self.device = device
        self.seed = seed
    }

    /// The batch of a step; that of the next begins to be read.
    public func batch(at step: Int) throws -> LabelledImages {
        let indices = indices(at: step)
        let images = try data.examples(indices, on: device, drawing: pixels(step), crop: crop)
        data.prepare(self.indices(at: step + 1), drawing: pixels(step + 1), crop: crop)
        let labels = Tensor(indices.map { data.labels[$0] }, device: device)
        let seen = flipping ? RandomFlips(seed: seed.child("flip")).flipped(images, at: step) : images
        return LabelledImages(images: seen, labels: labels, step: step)
    }

    private func indices(at step: Int) -> [Int] {
        let perEpoch = data.count / size
        let order = Tensor.randperm(data.count, using: RandomSource(seed.child(step / perEpoch)))
        return order.slice(0, step % perEpoch * size, (step % perEpoch + 1) * size).scalars(as: Int.self)
    }

    /// Where crops and noise of a step come from.
    private func pixels(_ step: Int) -> Seed { seed.child("pixels").child(step) }
}
