public import FileFormats
internal import Foundation
internal import Torch

extension ImageCollection {
    /// Thoroughness of an examination of images.
    public enum Examination: Sendable, Hashable {
        /// First and last bytes: finds files that are empty, unreadable, cut short or no images, in some microseconds each.
        /// Those that look wrong are decoded, to be sure.
        case ends
        /// Every image is decoded.
        case whole
    }

    /// Examines every image on several threads and reports those that cannot be read.
    ///
    /// - Parameter examination: Thoroughness.
    /// - Returns: Index and error of each image that cannot be read, in order.
    public func problems(_ examination: Examination = .whole) -> [(index: Int, error: FileError)] {
        switch examination {
        case .whole: decodeAll { _, _ in }
        case .ends: forEach { try items[$0].hasBothEnds ? () : withPixels($0, $1) { _ in } }
        }
    }

    /// Number of images of each extent, as their headers say; those without a readable header are not counted.
    public func extents() -> [Image8.Extent: Int] { survey().extents }

    /// All images in memory, decoded on several threads.
    ///
    /// - Throws: The error of the image that cannot be read; ``DatasetError`` with the first few names if there are several.
    public func decoded() throws -> TensorDataset {
        let size = shape.reduce(1, *)
        try Memory.require(count * size, for: root)
        let values = Tensor.empty([count] + shape, dtype: .uint8)
        let problems = values.withUnsafeMutableBytes { bytes in
            // Every image has a place of its own.
            nonisolated(unsafe) let places = bytes
            return decodeAll { index, pixels in
                let place = places[(index * size)..<((index + 1) * size)]
                planes(pixels, into: UnsafeMutableRawBufferPointer(rebasing: place))
            }
        }
        try Self.refuse(problems, of: count)
        return try TensorDataset(values: values, labels: labels.map { Tensor($0) }, classNames: classNames)
    }

    /// Throws if ``problems(_:)`` finds any.
    ///
    /// - Throws: The error itself if there is one; ``DatasetError`` with the first few if there are several.
    public static func refuse(_ problems: [(index: Int, error: FileError)], of count: Int) throws {
        if problems.count == 1 { throw problems[0].error }
        guard !problems.isEmpty else { return }
        let first = problems.prefix(5).map { "\n  \($0.error)" }.joined()
        throw DatasetError(
            .invalidFile, "\(problems.count) of \(count) images cannot be read. The first of them:\(first)")
    }

    /// The collection without the images at `indices`, such as those of ``problems(_:)``.
    ///
    /// Classes stay, also if nothing of them is left.
    ///
    /// - Throws: ``DatasetError`` if no images are left.
    public func leavingOut(_ indices: [Int]) throws -> ImageCollection {
        let left = Set(indices)
        let kept = items.indices.filter { !left.contains($0) }
        guard !kept.isEmpty else { throw DatasetError(.notFound, "All images were left out: none can be read.") }
        return selecting(kept)
    }

    /// The collection without the images of these names, relative to the folder or archive.
    ///
    /// - Throws: ``DatasetError`` if there is no image of such a name, or none are left.
    public func leavingOut(named names: [String]) throws -> ImageCollection {
        let places = Dictionary(items.indices.map { (name(of: $0), $0) }) { first, _ in first }
        return try leavingOut(
            names.map { name in
                guard let index = places[name] else {
                    throw DatasetError(.notFound, "There is no image '\(name)' in \(root) that could be left out.")
                }
                return index
            })
    }

    // MARK: - All images

    func decodeAll(
        _ body: @Sendable (Int, UnsafeRawBufferPointer) -> Void
    ) -> [(index: Int, error: FileError)] {
        forEach { index, decoder in try withPixels(index, decoder) { body(index, $0) } }
    }

    private func withPixels(
        _ index: Int, _ decoder: ImageDecoder, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws {
        let size = shape.reduce(1, *)
        try Memory.require(size, for: items[index].name)
        try withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { pixels in
            try decode(index, with: decoder, into: pixels)
            body(UnsafeRawBufferPointer(pixels))
        }
    }

    /// Visits every image on several threads, in any order.
    ///
    /// - Parameter body: Called with an index and the thread's decoder.
    /// - Returns: Index and error of those that failed, in order.
    func forEach(
        _ body: @Sendable (Int, ImageDecoder) throws -> Void
    ) -> [(index: Int, error: FileError)] {
        let found = Locked([(index: Int, error: FileError)]())
        let chunk = 64
        Parallel.perform((count + chunk - 1) / chunk) { part in
            let decoder = ImageDecoder.overWhite()
            for index in (part * chunk)..<min((part + 1) * chunk, count) {
                do {
                    try body(index, decoder)
                } catch {
                    let failure =
                        error as? FileError
                        ?? FileError(.failed, items[index].name, "\(error)", remedy: "Check the file.")
                    found.withLock { $0.append((index, failure)) }
                }
            }
        }
        return found.withLock { $0 }.sorted { $0.index < $1.index }
    }

    /// Pixels [H, W, C] as planes [C, H, W].
    private func planes(_ pixels: UnsafeRawBufferPointer, into planes: UnsafeMutableRawBufferPointer) {
        let (channels, size) = (shape[0], shape[1] * shape[2])
        if channels == 1 { return planes.copyMemory(from: pixels) }
        for channel in 0..<channels {
            for i in 0..<size { planes[channel * size + i] = pixels[i * channels + channel] }
        }
    }
}

extension ImageCollection.Item {
    /// True if the first bytes are those of a PNG or JPEG file and the last bytes end one.
    fileprivate var hasBothEnds: Bool {
        get throws {
            switch content {
            case .file(let path): try ImageFormat.hasBothEnds(path, name: name)
            case .bytes(let bytes):
                ImageFormat.hasBothEnds(
                    start: bytes.prefix(ImageFormat.endSize), end: bytes.suffix(ImageFormat.endSize))
            }
        }
    }
}
