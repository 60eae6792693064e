public import Datasets
public import FileFormats
public import Torch

/// The data of a run, and the way from files to networks.
public struct TrainingData: Sendable {
    private let dataset: any Dataset
    private let originals: ImageCollection?
    private let holdsMoments: Bool
    private let ahead: ReadAhead<Request, Tensor>
    /// Class of each example.
    public let labels: [Int]
    /// Sizes and names.
    public let layout: DataLayout
    /// The settings, completed from the files: a run with these can be sampled without them.
    public let settings: DataSettings
    /// Faults of images that are left out.
    public let leftOut: [FileError]
    /// Facts about the data worth knowing, a sentence each: those that `data inspect` tells.
    public let remarks: [String]

    /// Reads the training split.
    ///
    /// - Parameters:
    ///   - settings: Settings of the data.
    ///   - seed: Origin of toys.
    /// - Throws: An error of the files.
    public init(_ settings: DataSettings, seed: Seed) throws {
        let read = try settings.read(seed: seed)
        (dataset, originals, leftOut, self.settings) = (read.dataset, read.originals, read.leftOut, read.resolved)
        holdsMoments = read.holdsMoments
        remarks = read.remarks
        layout = try DataLayout(self.settings)
        labels = dataset.labels ?? [Int](repeating: 0, count: dataset.count)
        let (dataset, originals, layout) = (dataset, originals, layout)
        // Positives and negatives of the next step.
        ahead = ReadAhead(limit: 2) { try Self.read($0, of: dataset, originals, layout) }
    }

    /// True if examples lie on disk, so that they are better read ahead.
    public var isOnDisk: Bool { !(dataset is TensorDataset) }

    /// Number of examples, N.
    public var count: Int { labels.count }

    /// True if no example is seen twice, as noise is part of it.
    public var isDrawnAnew: Bool {
        if case .latents(let latents) = settings { return holdsMoments && latents.posterior == .sample }
        return settings.isDequantised
    }

    /// Examples as they lie in their files: images [B, C, h, w], uint8, latents or their moments, or points [B, 2].
    ///
    /// - Throws: `DatasetError` if a file has become unreadable; only data that are too large for memory are read again.
    public func values(at indices: [Int]) throws -> Tensor {
        try namingRemedy { try dataset.examples(at: indices).values }
    }

    /// The examples of a batch that lie on disk.
    private struct Request: Hashable, Sendable {
        let indices: [Int]
        let seed: Seed?
        let crop: RandomCrop?
    }

    /// Examples as networks see them: [B, C, size, size] in [-1, 1], scaled latents, or points [B, 2].
    ///
    /// - Parameters:
    ///   - indices: Indices of the examples.
    ///   - device: Destination of the examples.
    ///   - seed: Origin of crops, the noise of dequantisation and latents of moments; nil for images without either
    ///     and means.
    ///   - crop: Part of each image that is seen, if there is a seed; the middle if nil. Of images only.
    /// - Throws: As ``values(at:)``.
    public func examples(
        _ indices: [Int], on device: Device, drawing seed: Seed? = nil, crop: RandomCrop? = nil
    ) throws -> Tensor {
        let stored = try namingRemedy { try ahead.value(Request(indices: indices, seed: seed, crop: crop)) }
        guard layout.isImage else {
            return layout.isSpatial ? latents(stored, seed).to(device).contiguous(.channelsLast) : stored.to(device)
        }
        return Pixels.padded(floats(stored, seed, device), to: Size2D(layout.size)).contiguous(.channelsLast)
    }

    /// Starts to read, in the background, the examples that ``examples(_:on:drawing:crop:)`` will be asked for with the same arguments.
    ///
    /// Of data in memory there is nothing to read, unless parts of the files are wanted.
    public func prepare(_ indices: [Int], drawing seed: Seed? = nil, crop: RandomCrop? = nil) {
        guard isOnDisk || crop != nil && originals != nil else { return }
        ahead.prepare(Request(indices: indices, seed: seed, crop: crop))
    }

    private static func read(
        _ request: Request, of dataset: any Dataset, _ originals: ImageCollection?, _ layout: DataLayout
    ) throws -> Tensor {
        guard layout.isImage, let seed = request.seed, let crop = request.crop else {
            return try dataset.examples(at: request.indices).values
        }
        let source = RandomSource(seed.child("crop"))
        let images: any Dataset = originals ?? dataset
        return try crop.crops(of: images, at: request.indices, to: layout.height, using: source)
    }

    private func latents(_ stored: Tensor, _ seed: Seed?) -> Tensor {
        guard holdsMoments else { return layout.scaling.model(stored) }
        let source = isDrawnAnew ? seed.map { RandomSource($0.child("posterior")) } : nil
        return layout.scaling.model(LatentMoments.latents(stored, using: source))
    }

    private func floats(_ bytes: Tensor, _ seed: Seed?, _ device: Device) -> Tensor {
        guard let seed, settings.isDequantised else { return Pixels.floats(bytes.to(device)) }
        return Pixels.dequantised(bytes, using: RandomSource(seed.child("dequantise"))).to(device)
    }

    private func namingRemedy(_ body: () throws -> Tensor) throws -> Tensor {
        do {
            return try body()
        } catch let error as FileError {
            throw DatasetError(
                .invalidFile,
                """
                \(error) Once it is fixed, go on with --resume; or start again with data.skip_unreadable=true, which \
                leaves out whatever cannot be read.
                """)
        }
    }
}
