internal import FileFormats
internal import Foundation
public import Torch

/// PNG and JPEG images of a folder or an archive, decoded when they are read.
///
/// A folder per class: `cat/1.png` and `cat/indoors/2.jpg` are both of the class `cat`. Images that lie directly in the
/// folder have no labels.
public struct ImageCollection: Dataset {
    /// The way in which images become examples of one shape.
    public struct Configuration: Sendable, Hashable {
        /// Height and width, by `Image8.centreCropped(to:)`; nil takes images as they are, all of one size.
        public var size: Int?
        /// 1 for gray or 3 for RGB; nil for RGB if any image has colours, else gray.
        public var channels: Int?
        /// True if images of other channels become gray or RGB; if not, they are errors.
        public var convertsChannels = true

        /// Images as they are.
        public init(size: Int? = nil, channels: Int? = nil) {
            self.size = size
            self.channels = channels
        }
    }

    /// Entries beside the images in the folder or archive, which are not read.
    public struct Aside: Sendable, Hashable {
        /// Number of other files by their endings, in lower case; those without an ending under "".
        public internal(set) var files: [String: Int] = [:]
        /// Folders beside those of the classes that hold no image.
        public internal(set) var emptyFolders: [String] = []
        /// Files in each of these folders by their endings.
        var inEmptyFolders: [[String: Int]] = []
        /// What is no file, such as pipes and, in archives, symbolic links, with its kind in brackets.
        public internal(set) var special: [String] = []
        /// Paths that an archive holds several times, with their number in brackets; all of them are read.
        public internal(set) var repeated: [String] = []
        /// Names that are different and look the same, as accents may be written in two ways; all of them are read.
        public internal(set) var twins: [[String]] = []
    }

    /// One image that has not been decoded.
    struct Item: Sendable {
        enum Content: Sendable {
            case file(PathBytes)
            case bytes([UInt8])
        }

        /// Name within the folder or archive.
        let short: String
        /// Name in errors.
        let name: String
        let content: Content
        let label: Int?

        init(root: String, name: String, content: Content, label: Int?) {
            (short, self.name, self.content, self.label) = (name, "\(root)/\(name)", content, label)
        }

        func open(in decoder: ImageDecoder) throws -> Image8.Extent {
            switch content {
            case .file(let path): try decoder.open(path, name: name)
            case .bytes(let bytes): try decoder.open(copying: bytes, name: name)
            }
        }

        /// Facts that stand before the pixels; nil if they cannot be read.
        func header() -> ImageHeader? {
            switch content {
            case .file(let path): (try? ImageHeader(of: path, name: name)) ?? nil
            case .bytes(let bytes): ImageHeader(of: bytes)
            }
        }
    }

    /// The folder or archive.
    public let root: String
    let items: [Item]
    /// Names of the classes in alphabetical order.
    public let classNames: [String]
    /// Class of each image, nil if they lie in no folders.
    public let labels: [Int]?
    /// Shape of all examples, [C, H, W].
    public let shape: [Int]
    /// Entries beside the images.
    public let aside: Aside
    /// The part that the images are of; nil for all, or if they lie in no parts.
    public let part: Split?
    /// The parts that lie beside each other in the folder or archive; none if it is in no parts.
    public let parts: [Split]
    /// Threads that decode a batch; one by default, since a ``Prefetcher`` reads several batches side by side.
    public var threads = 1
    private let isCropped: Bool
    private let convertsChannels: Bool
    /// True if the channels were given, and not found.
    let hasGivenChannels: Bool
    /// Headers of all images, if they had to be read to find the channels.
    let known: Survey?

    /// A collection whose size is that of the first image that can be read, and whose channels are the most that any image
    /// has, where the configuration leaves them open.
    init(
        _ items: [Item], at root: String, classNames: [String], aside: Aside, _ part: Split?, of parts: [Split],
        _ configuration: Configuration
    ) throws {
        self.items = items
        self.part = part
        self.parts = parts
        hasGivenChannels = configuration.channels != nil
        self.root = root
        self.classNames = classNames
        self.aside = aside
        labels = classNames.isEmpty ? nil : items.map { $0.label ?? 0 }
        convertsChannels = configuration.convertsChannels
        isCropped = configuration.size != nil
        known = configuration.channels == nil ? Survey(items) : nil
        let first = configuration.size == nil || known?.channels == nil ? try Self.firstExtent(of: items) : nil
        shape = [
            configuration.channels ?? known?.channels ?? first?.channels ?? 3,
            configuration.size ?? first?.height ?? 1, configuration.size ?? first?.width ?? 1,
        ]
    }

    /// The same collection with some of its images.
    private init(_ whole: ImageCollection, _ indices: [Int]) {
        root = whole.root
        items = indices.map { whole.items[$0] }
        classNames = whole.classNames
        labels = whole.labels.map { labels in indices.map { labels[$0] } }
        shape = whole.shape
        aside = whole.aside
        threads = whole.threads
        isCropped = whole.isCropped
        convertsChannels = whole.convertsChannels
        hasGivenChannels = whole.hasGivenChannels
        part = whole.part
        parts = whole.parts
        known = nil
    }

    /// The images at `indices`; the classes stay.
    func selecting(_ indices: [Int]) -> ImageCollection { ImageCollection(self, indices) }

    /// The extent of the first image that can be decoded.
    private static func firstExtent(of items: [Item]) throws -> Image8.Extent {
        let decoder = ImageDecoder.overWhite()
        var failure: (any Error)?
        for item in items {
            do {
                let extent = try item.open(in: decoder)
                _ = try decoder.image()
                return extent
            } catch {
                failure = failure ?? error
            }
        }
        guard let failure else { preconditionFailure("a collection has at least one image") }
        throw failure
    }

    /// Number of images.
    public var count: Int { items.count }

    /// Path of an image within the folder or archive.
    public func name(of index: Int) -> String { items[index].short }

    /// One image [C, H, W], uint8.
    ///
    /// - Throws: `FileError` that names the file if it is damaged or of another size.
    public func example(at index: Int) throws -> Tensor {
        try examples(at: [index]).values[0]
    }

    /// Images [B, C, H, W], uint8, decoded straight into the batch.
    ///
    /// A pixel's channels lie side by side, as in the memory format channels last.
    ///
    /// - Throws: As ``example(at:)``.
    public func examples(at indices: [Int]) throws -> Examples {
        try Memory.require(shape.reduce(indices.count, *), for: "\(root) (\(indices.count) images at once)")
        let values = Tensor.empty([indices.count, shape[1], shape[2], shape[0]], dtype: .uint8)
        try values.withUnsafeMutableBytes { try decode(indices, into: $0) }
        return Examples(values: values.permute(0, 3, 1, 2), labels: labels(at: indices))
    }

    private func decode(_ indices: [Int], into batch: UnsafeMutableRawBufferPointer) throws {
        let size = shape.reduce(1, *)
        // Every image has a place of its own.
        nonisolated(unsafe) let batch = batch
        let parts = max(1, min(threads, indices.count))
        let failure = Locked<(any Error)?>(nil)
        DispatchQueue.concurrentPerform(iterations: parts) { part in
            let decoder = ImageDecoder.overWhite()
            do {
                for place in (part * indices.count / parts)..<((part + 1) * indices.count / parts) {
                    let bytes = batch[(place * size)..<((place + 1) * size)]
                    try decode(indices[place], with: decoder, into: UnsafeMutableRawBufferPointer(rebasing: bytes))
                }
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }

    /// Writes an image [H, W, C] of the collection's shape.
    func decode(_ index: Int, with decoder: ImageDecoder, into place: UnsafeMutableRawBufferPointer) throws {
        let extent = try items[index].open(in: decoder)
        if extent == Image8.Extent(width: shape[2], height: shape[1], channels: shape[0]) {
            return try decoder.read(into: place)
        }
        place.copyBytes(from: try fitted(decoder.image(), index).pixels)
    }

    /// An image at its own size, with the collection's channels.
    func original(_ index: Int) throws -> Image8 {
        let decoder = ImageDecoder.overWhite()
        _ = try items[index].open(in: decoder)
        return try coloured(decoder.image(), index)
    }

    /// An image with the collection's channels.
    private func coloured(_ image: Image8, _ index: Int) throws -> Image8 {
        guard image.channels != shape[0] else { return image }
        guard convertsChannels else {
            throw FileError(
                .mismatch, items[index].name,
                "it is \(image.channels == 1 ? "gray" : "RGB"), others are \(shape[0] == 1 ? "gray" : "RGB")",
                remedy: "Give the channels, 1 or 3, that all images are brought to.")
        }
        return shape[0] == 1 ? image.gray : image.rgb
    }

    /// An image brought to the collection's shape.
    private func fitted(_ whole: Image8, _ index: Int) throws -> Image8 {
        var image = try coloured(whole, index)
        if isCropped { image = image.centreCropped(to: shape[1]) }
        guard image.height == shape[1], image.width == shape[2] else {
            throw FileError(
                .mismatch, items[index].name,
                "it has \(image.width) x \(image.height) pixels, others \(shape[2]) x \(shape[1])",
                remedy: "Give a size that all images are cropped and resized to.")
        }
        return image
    }
}

extension ImageDecoder {
    /// A decoder that lays transparent images over white, so that colours that nobody has seen stay hidden.
    static func overWhite() -> ImageDecoder {
        var options = Image8.Decoding()
        options.alpha = .over(255)
        return ImageDecoder(options: options)
    }
}
