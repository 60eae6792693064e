public import Datasets
public import FileFormats
public import Torch

/// The data of a run, and how they become what networks see.
public struct TrainingData: Sendable {
    private let dataset: any Dataset
    private let originals: ImageCollection?
    private let holdsMoments: Bool
    /// Class of each example.
    public let labels: [Int]
    /// Sizes and names.
    public let layout: DataLayout
    /// The settings, with what the files say where they leave it open: with these, a run needs no files to be sampled from.
    public let settings: DataSettings
    /// What was found wrong with images that are left out.
    public let leftOut: [FileError]

    /// Reads the training split of what the settings name.
    ///
    /// - Parameters:
    ///   - settings: Which data.
    ///   - seed: Where toys are drawn from.
    /// - Throws: What is wrong with the files.
    public init(_ settings: DataSettings, seed: Seed) throws {
        let read = try settings.read(seed: seed)
        (dataset, originals, leftOut, self.settings) = (read.dataset, read.originals, read.leftOut, read.resolved)
        holdsMoments = read.holdsMoments
        layout = try DataLayout(self.settings)
        labels = dataset.labels ?? [Int](repeating: 0, count: dataset.count)
    }

    /// Number of examples, N.
    public var count: Int { labels.count }

    /// Whether the same example is never seen twice, as noise is part of it.
    public var isDrawnAnew: Bool {
        if case .latents(let latents) = settings { return holdsMoments && latents.posterior == .sample }
        return settings.isDequantised
    }

    /// Examples as they lie in their files: images [B, C, h, w], uint8, latents or their moments, or points [B, 2].
    ///
    /// - Throws: ``TrainingError`` if a file has become unreadable; only data that are too large for memory are read again.
    public func values(at indices: [Int]) throws -> Tensor {
        try namingRemedy { try dataset.examples(at: indices).values }
    }

    /// Examples as networks see them: [B, C, size, size] in [-1, 1], scaled latents, or points [B, 2].
    ///
    /// - Parameters:
    ///   - indices: Which examples.
    ///   - device: Where they go.
    ///   - seed: Where crops, the noise of dequantisation and latents of moments come from; nil for images without either
    ///     and means.
    ///   - crop: Which part of each image is seen, if there is a seed; the middle if nil. Of images only.
    /// - Throws: As ``values(at:)``.
    public func examples(
        _ indices: [Int], on device: Device, drawing seed: Seed? = nil, crop: RandomCrop? = nil
    ) throws -> Tensor {
        guard layout.isImage else {
            let chosen = try values(at: indices)
            return layout.isSpatial ? latents(chosen, seed).to(device).contiguous(.channelsLast) : chosen.to(device)
        }
        let bytes = try seed.flatMap { seed in try crop.map { try crops(indices, $0, seed) } } ?? values(at: indices)
        return Pixels.padded(floats(bytes, seed, device), to: Size2D(layout.size)).contiguous(.channelsLast)
    }

    private func latents(_ stored: Tensor, _ seed: Seed?) -> Tensor {
        guard holdsMoments else { return layout.scaling.model(stored) }
        let source = isDrawnAnew ? seed.map { RandomSource($0.child("posterior")) } : nil
        return layout.scaling.model(LatentMoments.latents(stored, using: source))
    }

    private func crops(_ indices: [Int], _ crop: RandomCrop, _ seed: Seed) throws -> Tensor {
        let source = RandomSource(seed.child("crop"))
        let images: any Dataset = originals ?? dataset
        return try namingRemedy { try crop.crops(of: images, at: indices, to: layout.height, using: source) }
    }

    private func floats(_ bytes: Tensor, _ seed: Seed?, _ device: Device) -> Tensor {
        guard let seed, settings.isDequantised else { return Pixels.floats(bytes.to(device)) }
        return Pixels.dequantised(bytes, using: RandomSource(seed.child("dequantise"))).to(device)
    }

    private func namingRemedy(_ body: () throws -> Tensor) throws -> Tensor {
        do {
            return try body()
        } catch let error as FileError {
            throw TrainingError(
                """
                \(error) Once it is mended, go on with --resume; or start again with data.skip_unreadable=true, which \
                leaves out whatever cannot be read.
                """)
        }
    }
}
