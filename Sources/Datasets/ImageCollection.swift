public import FileFormats
internal import Foundation
public import Torch

/// PNG and JPEG images of a folder or an archive, decoded when they are read.
///
/// A folder per class: `cat/1.png` and `cat/indoors/2.jpg` are both of the class `cat`. Images that lie directly in the
/// folder have no labels.
public struct ImageCollection: Dataset {
    /// How images become examples of one shape.
    public struct Configuration: Sendable, Hashable {
        /// Height and width, by ``FileFormats/Image8/centreCropped(to:)``; nil takes images as they are, all of one size.
        public var size: Int?
        /// 1 for gray or 3 for RGB; nil takes what the first image has.
        public var channels: Int?
        /// Whether images of other channels become gray or RGB; if not, they are errors.
        public var convertsChannels = true

        /// Images as they are.
        public init(size: Int? = nil, channels: Int? = nil) {
            self.size = size
            self.channels = channels
        }
    }

    /// One image that has not been decoded.
    struct Item: Sendable {
        enum Content: Sendable {
            case file(URL)
            case bytes([UInt8])
        }

        /// What errors call it.
        let name: String
        let content: Content
        let label: Int?

        func decoded() throws -> Image8 {
            switch content {
            case .file(let url): try Image8(contentsOf: url)
            case .bytes(let bytes): try Image8(decoding: bytes, name: name)
            }
        }
    }

    let items: [Item]
    /// Names of the classes in alphabetical order.
    public let classNames: [String]
    /// Class of each image, nil if they lie in no folders.
    public let labels: [Int]?
    /// Shape of all examples, [C, H, W].
    public let shape: [Int]

    /// A collection whose shape is that of the first image, where the configuration leaves it open.
    init(_ items: [Item], classNames: [String], _ configuration: Configuration) throws {
        self.items = items
        self.classNames = classNames
        labels = classNames.isEmpty ? nil : items.map { $0.label ?? 0 }
        convertsChannels = configuration.convertsChannels
        if let size = configuration.size, let channels = configuration.channels {
            shape = [channels, size, size]
            isCropped = true
            return
        }
        guard let first = try items.lazy.compactMap({ try? $0.decoded() }).first ?? items.first?.decoded() else {
            preconditionFailure("a collection has at least one image")
        }
        let channels = configuration.channels ?? first.channels
        shape = [channels, configuration.size ?? first.height, configuration.size ?? first.width]
        isCropped = configuration.size != nil
    }

    private let isCropped: Bool
    private let convertsChannels: Bool

    /// Number of images.
    public var count: Int { items.count }

    /// Name of an image within the folder or archive.
    public func name(of index: Int) -> String { items[index].name }

    /// One image [C, H, W], uint8.
    ///
    /// - Throws: `FileError` that names the file if it is damaged or of another size.
    public func example(at index: Int) throws -> Tensor {
        try examples(at: [index]).values[0]
    }

    /// Images [B, C, H, W], uint8, decoded straight into the batch.
    ///
    /// - Throws: As ``example(at:)``.
    public func examples(at indices: [Int]) throws -> Examples {
        let values = Tensor.empty([indices.count] + shape, dtype: .uint8)
        let size = shape.reduce(1, *)
        try values.withUnsafeMutableBytes { bytes in
            for (place, index) in indices.enumerated() {
                let part = UnsafeMutableRawBufferPointer(rebasing: bytes[(place * size)..<((place + 1) * size)])
                Self.planes(try image(index), into: part)
            }
        }
        return Examples(values: values, labels: labels(at: indices))
    }

    /// The decoded image in the collection's shape.
    func image(_ index: Int) throws -> Image8 {
        var image = try items[index].decoded()
        if image.channels != shape[0] {
            guard convertsChannels else {
                throw FileError(
                    .mismatch, items[index].name,
                    "it is \(image.channels == 1 ? "gray" : "RGB"), others are \(shape[0] == 1 ? "gray" : "RGB")",
                    remedy: "Give the channels, 1 or 3, that all images are brought to.")
            }
            image = shape[0] == 1 ? image.gray : image.rgb
        }
        if isCropped { image = image.centreCropped(to: shape[1]) }
        guard image.height == shape[1], image.width == shape[2] else {
            throw FileError(
                .mismatch, items[index].name,
                "it has \(image.width) x \(image.height) pixels, others \(shape[2]) x \(shape[1])",
                remedy: "Give a size that all images are cropped and resized to.")
        }
        return image
    }

    /// Pixels [H, W, C] as planes [C, H, W].
    private static func planes(_ image: Image8, into planes: UnsafeMutableRawBufferPointer) {
        let (channels, size) = (image.channels, image.width * image.height)
        image.pixels.withUnsafeBytes { pixels in
            if channels == 1 { return planes.copyMemory(from: pixels) }
            for channel in 0..<channels {
                for i in 0..<size { planes[channel * size + i] = pixels[i * channels + channel] }
            }
        }
    }
}

extension ImageCollection {
    /// Decodes every image on several threads and reports those that fail.
    ///
    /// - Returns: Index and error of each image that cannot be read, in order.
    public func problems() -> [(index: Int, error: FileError)] { forEach { _, _ in } }

    /// All images in memory, decoded on several threads.
    ///
    /// - Throws: The error of the image that cannot be read; ``DatasetError`` with the first few names if there are several.
    public func decoded() throws -> TensorDataset {
        let values = Tensor.empty([count] + shape, dtype: .uint8)
        let size = shape.reduce(1, *)
        let problems = values.withUnsafeMutableBytes { bytes in
            // Every image has a place of its own.
            nonisolated(unsafe) let places = bytes
            return forEach { index, image in
                let place = places[(index * size)..<((index + 1) * size)]
                Self.planes(image, into: UnsafeMutableRawBufferPointer(rebasing: place))
            }
        }
        if problems.count == 1 { throw problems[0].error }
        guard problems.isEmpty else {
            let first = problems.prefix(5).map { "\n  \($0.error)" }.joined()
            throw DatasetError(
                .invalidFile, "\(problems.count) of \(count) images cannot be read. The first of them:\(first)")
        }
        return try TensorDataset(values: values, labels: labels.map { Tensor($0) }, classNames: classNames)
    }

    /// Decodes every image on several threads, in any order.
    ///
    /// - Parameter body: Called with each image that can be read, from several threads.
    /// - Returns: Index and error of the others, in order.
    private func forEach(_ body: @Sendable (Int, Image8) -> Void) -> [(index: Int, error: FileError)] {
        let found = Locked([(index: Int, error: FileError)]())
        let chunk = 64
        DispatchQueue.concurrentPerform(iterations: (count + chunk - 1) / chunk) { part in
            for index in (part * chunk)..<min((part + 1) * chunk, count) {
                do {
                    body(index, try image(index))
                } catch let error as FileError {
                    found.withLock { $0.append((index, error)) }
                } catch {
                    let failure = FileError(.failed, items[index].name, "\(error)", remedy: "Check the file.")
                    found.withLock { $0.append((index, failure)) }
                }
            }
        }
        return found.withLock { $0 }.sorted { $0.index < $1.index }
    }

    /// The collection without the images at `indices`, such as those of ``problems()``.
    ///
    /// - Throws: ``DatasetError`` if none are left.
    public func leavingOut(_ indices: [Int]) throws -> ImageCollection {
        let left = Set(indices)
        let kept = items.indices.filter { !left.contains($0) }.map { items[$0] }
        guard !kept.isEmpty else { throw DatasetError(.notFound, "All images were left out: none can be read.") }
        var configuration = Configuration(size: isCropped ? shape[1] : nil, channels: shape[0])
        configuration.convertsChannels = convertsChannels
        return try ImageCollection(kept, classNames: classNames, configuration)
    }
}

/// A value that threads take turns with.
final class Locked<Value>: @unchecked Sendable {
    private var value: Value
    private let lock = NSLock()

    init(_ value: Value) { self.value = value }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
