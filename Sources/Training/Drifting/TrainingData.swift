internal import Datasets
public import Torch

/// The data of a run, and how they become what networks see.
public struct TrainingData: Sendable {
    private let dataset: any Dataset
    /// Class of each example.
    public let labels: [Int]
    /// Sizes and names.
    public let layout: DataLayout
    /// The settings, with what the files say where they leave it open: with these, a run needs no files to be sampled from.
    public let settings: DataSettings

    /// Reads the training split of what the settings name.
    ///
    /// - Parameters:
    ///   - settings: Which data.
    ///   - seed: Where toys are drawn from.
    /// - Throws: What is wrong with the files.
    public init(_ settings: DataSettings, seed: Seed) throws {
        (dataset, self.settings) = try settings.read(seed: seed)
        layout = try DataLayout(self.settings)
        labels = dataset.labels ?? [Int](repeating: 0, count: dataset.count)
    }

    /// Number of examples, N.
    public var count: Int { labels.count }

    /// Examples as they lie in their files: images [B, C, h, w], uint8, latents as they are, or points [B, 2].
    ///
    /// - Throws: `FileError` if a file has become unreadable; only data that are too large for memory are read again.
    public func values(at indices: [Int]) throws -> Tensor { try dataset.examples(at: indices).values }

    /// Examples as networks see them: [B, C, size, size] in [-1, 1], latents as they are, or points [B, 2].
    ///
    /// - Throws: As ``values(at:)``.
    public func examples(_ indices: [Int], on device: Device) throws -> Tensor {
        let chosen = try values(at: indices).to(device)
        guard layout.isImage else { return layout.isSpatial ? chosen.contiguous(.channelsLast) : chosen }
        return Pixels.padded(Pixels.floats(chosen), to: Size2D(layout.size)).contiguous(.channelsLast)
    }
}
