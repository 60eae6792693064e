internal import Datasets
internal import Foundation
public import Torch

/// What networks need to know of data before any are read: sizes and names.
public struct DataLayout: Sendable, Hashable {
    /// Channels of images; 0 for points.
    public var channels: Int
    /// Height of the images on disk.
    public var height: Int
    /// Width of the images on disk.
    public var width: Int
    /// Height and width that networks see; 0 for points.
    public var size: Int
    /// Names of the classes.
    public var classNames: [String]

    /// The layout of what the settings name.
    public init(_ settings: DataSettings) {
        switch settings {
        case .fashionMNIST(let images): self.init(MNISTFamily.fashionMNIST, images)
        case .mnist(let images): self.init(MNISTFamily.mnist, images)
        case .toy(let toy): self.init(pointsOf: toy.distribution)
        }
    }

    private init(_ family: MNISTFamily, _ settings: ImageDataSettings) {
        (channels, height, width, size) = (1, 28, 28, settings.size)
        classNames = family.classNames
    }

    private init(pointsOf toy: Toy2D) {
        (channels, height, width, size) = (0, 0, 0, 0)
        classNames = [toy.rawValue]
    }

    /// Number of classes, K.
    public var classes: Int { classNames.count }

    /// Whether examples are images.
    public var isImage: Bool { channels > 0 }

    /// Images [B, C, size, size] of a network without the border that brought the data to this size.
    public func cropped(_ images: Tensor) -> Tensor {
        Pixels.cropped(images, to: Size2D(height: height, width: width))
    }
}

/// The data of a run in memory, and how they become what networks see.
public struct TrainingData: Sendable {
    /// Examples: images [N, C, h, w], uint8, or points [N, 2].
    public let values: Tensor
    /// Class of each example.
    public let labels: [Int]
    /// Sizes and names.
    public let layout: DataLayout

    /// Reads the training split of what the settings name.
    ///
    /// - Parameters:
    ///   - settings: Which data.
    ///   - seed: Where toys are drawn from.
    /// - Throws: What is wrong with the files.
    public init(_ settings: DataSettings, seed: Seed) throws {
        layout = DataLayout(settings)
        switch settings {
        case .fashionMNIST(let images): (values, labels) = try Self.read(.fashionMNIST, images, layout)
        case .mnist(let images): (values, labels) = try Self.read(.mnist, images, layout)
        case .toy(let toy):
            values = toy.distribution.examples(toy.count, using: RandomSource(seed.child("toy"))).values
            labels = [Int](repeating: 0, count: toy.count)
        }
    }

    private static func read(
        _ family: MNISTFamily, _ settings: ImageDataSettings, _ layout: DataLayout
    ) throws -> (Tensor, [Int]) {
        let folder = settings.path.map { URL(filePath: $0) }
        if let folder, !FileManager.default.fileExists(atPath: folder.path) {
            throw DatasetError(
                .notFound,
                """
                \(folder.path): there is no such folder. Correct data.path, or leave it out to look in the standard \
                places.
                """)
        }
        let dataset = try family.load(.train, from: folder)
        let size = Array(dataset.values.shape.dropFirst())
        guard size == [layout.channels, layout.height, layout.width] else {
            throw DatasetError(
                .mismatch,
                """
                \(folder?.path ?? family.rawValue): the images are \(size[1]) x \(size[2]), not \(layout.height) x \
                \(layout.width). Correct data.path.
                """)
        }
        return (dataset.values, dataset.labels ?? [])
    }

    /// Number of examples, N.
    public var count: Int { labels.count }

    /// Examples as networks see them: [B, C, size, size] in [-1, 1], or points [B, 2].
    public func examples(_ indices: [Int], on device: Device) -> Tensor {
        let chosen = values.indexSelect(0, Tensor(indices)).to(device)
        guard layout.isImage else { return chosen }
        return Pixels.padded(Pixels.floats(chosen), to: Size2D(layout.size)).contiguous(.channelsLast)
    }
}
