internal import CCodecs
internal import Foundation

/// Decodes PNG and JPEG files one after the other.
///
/// What decoding needs stays between them, the bytes' memory and libjpeg's state, so that readers of many small files
/// spend less time and no memory per file.
///
/// ```swift
/// let decoder = ImageDecoder()
/// for path in paths {
///     let extent = try decoder.open(path)
///     if extent == wanted { try decoder.read(into: place) } else { try use(decoder.image()) }
/// }
/// ```
///
/// For one thread at a time: each has its own.
public final class ImageDecoder {
    /// Transparency, scale and limits of every image.
    public let options: Image8.Decoding
    private let jpeg: OpaquePointer?
    private var bytes: UnsafeMutableRawBufferPointer
    private var opened: Opened?

    /// A decoder with the same options for all images.
    public init(options: Image8.Decoding = .init()) {
        self.options = options
        jpeg = ccodecs_jpeg_create()
        bytes = .allocate(byteCount: 1 << 16, alignment: 16)
    }

    deinit {
        ccodecs_jpeg_destroy(jpeg)
        bytes.deallocate()
    }

    /// An image whose header has been read.
    private struct Opened {
        let format: ImageFormat
        let name: String
        let source: UnsafeRawBufferPointer
        /// As the library delivers it, transparency and four inks included, before it is turned.
        let raw: Image8.Extent
        let isInverted: Bool
        let orientation: ImageOrientation
        let extent: Image8.Extent

        /// True if the library's pixels are the image's.
        var isReady: Bool { raw == extent && orientation == .upright }
    }

    /// Reads a file and its header.
    ///
    /// - Parameter path: The file, told apart by content.
    /// - Returns: The extent of the image once it is decoded.
    /// - Throws: ``FileError`` that names the file: absent, empty, with a damaged header, too large or of another format.
    @discardableResult
    public func open(_ path: String) throws -> Image8.Extent { try open(PathBytes(path), name: path) }

    /// Reads a file, whose path may be no UTF-8, and its header.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - name: What errors call it.
    /// - Returns: The extent of the image once it is decoded.
    /// - Throws: As ``open(_:)``.
    @discardableResult
    public func open(_ path: PathBytes, name: String) throws -> Image8.Extent {
        opened = nil
        let file = try FileDescriptor(opening: path, named: name, O_RDONLY)
        let size = try file.size()
        try Memory.require(size, for: name)
        reserve(size)
        let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<size]))
        return try open(UnsafeRawBufferPointer(rebasing: bytes[..<count]), name: name)
    }

    /// Reads the header of an image in memory; the decoder takes a copy.
    ///
    /// - Parameters:
    ///   - content: The content of a file.
    ///   - name: What errors call it.
    /// - Returns: The extent of the image once it is decoded.
    /// - Throws: As ``open(_:)``.
    @discardableResult
    public func open(copying content: [UInt8], name: String) throws -> Image8.Extent {
        opened = nil
        reserve(content.count)
        bytes.copyBytes(from: content)
        return try open(UnsafeRawBufferPointer(rebasing: bytes[..<content.count]), name: name)
    }

    /// Decodes the image that was opened last.
    ///
    /// - Parameter pixels: Where its samples go, as ``Image8`` orders them; just as many bytes.
    /// - Throws: ``FileError`` that names the file if it is damaged or cut short.
    public func read(into pixels: UnsafeMutableRawBufferPointer) throws {
        guard let image = opened else { fatalError("FileFormats: no image has been opened, or it has been read") }
        demand(pixels.count == image.extent.samples, "\(image.extent) does not fit into \(pixels.count) bytes")
        guard !image.isReady else { return try decode(into: pixels) }
        let whole = try [UInt8](unsafeUninitializedCapacity: image.raw.samples) { buffer, count in
            try decode(into: UnsafeMutableRawBufferPointer(buffer))
            count = buffer.count
        }
        let coloured = self.coloured(whole, image)
        guard image.orientation != .upright else { return pixels.copyBytes(from: coloured) }
        let (width, height) = (image.raw.width, image.raw.height)
        image.orientation.apply(
            to: coloured, width: width, height: height, channels: image.extent.channels, into: pixels)
    }

    /// Pixels of the library in the channels of the image.
    private func coloured(_ pixels: [UInt8], _ image: Opened) -> [UInt8] {
        guard image.raw.channels != image.extent.channels else { return pixels }
        return image.format == .jpeg
            ? Self.rgb(fromCMYK: pixels, isInverted: image.isInverted) : blended(pixels, image.raw)
    }

    /// Decodes the image that was opened last.
    ///
    /// - Throws: As ``read(into:)``.
    public func image() throws -> Image8 {
        guard let extent = opened?.extent else {
            fatalError("FileFormats: no image has been opened, or it has been read")
        }
        let pixels = try [UInt8](unsafeUninitializedCapacity: extent.samples) { buffer, count in
            try read(into: UnsafeMutableRawBufferPointer(buffer))
            count = buffer.count
        }
        return Image8(width: extent.width, height: extent.height, channels: extent.channels, pixels: pixels)
    }

    private func reserve(_ count: Int) {
        guard bytes.count < count else { return }
        bytes.deallocate()
        bytes = .allocate(byteCount: max(count, 2 * bytes.count), alignment: 16)
    }
}

// MARK: - The libraries

extension ImageDecoder {
    private func open(_ source: UnsafeRawBufferPointer, name: String) throws -> Image8.Extent {
        guard !source.isEmpty else { throw FileError.empty(name) }
        let format = ImageFormat(of: source.prefix(12))
        guard let format, format.isReadable else {
            let found = format.map { "is a \($0.rawValue) image" } ?? "is not an image that can be recognised"
            throw FileError(.unsupported, name, found, remedy: "Convert it to PNG or JPEG, or remove it.")
        }
        var found = ccodecs_extent()
        try Self.check(format, name) { examine(format, source, &found, $0) }
        let raw = Image8.Extent(width: Int(found.width), height: Int(found.height), channels: Int(found.channels))
        guard raw.width * raw.height <= options.maximumPixels else {
            throw FileError.tooLarge(
                name, "the image claims \(raw.width) x \(raw.height) pixels",
                remedy: "If that is right, scale it down; otherwise the file is damaged.")
        }
        try Memory.require(raw.samples, for: name)
        var extent = raw
        if format == .jpeg { extent.channels = min(3, raw.channels) }
        if format == .png, options.alpha != .dropped { extent.channels = raw.channels < 3 ? 1 : 3 }
        let orientation = options.appliesOrientation ? ImageHeader(of: source)?.orientation ?? .upright : .upright
        if orientation.swapsSides { (extent.width, extent.height) = (extent.height, extent.width) }
        opened = Opened(
            format: format, name: name, source: source, raw: raw, isInverted: found.inverted, orientation: orientation,
            extent: extent)
        return extent
    }

    private func examine(
        _ format: ImageFormat, _ source: UnsafeRawBufferPointer, _ extent: inout ccodecs_extent,
        _ message: UnsafeMutablePointer<CChar>
    ) -> Int32 {
        let start = source.baseAddress?.assumingMemoryBound(to: UInt8.self)
        if format == .png {
            return ccodecs_png_extent(start, source.count, options.alpha != .dropped, &extent, message)
        }
        guard let jpeg else { return Int32(CCODECS_NO_MEMORY) }
        return ccodecs_jpeg_open(
            jpeg, start, source.count, Int32(clamping: options.minimumSide ?? 0), &extent, message)
    }

    /// Decodes as the library delivers it.
    private func decode(into pixels: UnsafeMutableRawBufferPointer) throws {
        guard let image = opened else { return }
        opened = nil
        let start = image.source.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let target = pixels.baseAddress?.assumingMemoryBound(to: UInt8.self)
        try Self.check(image.format, image.name) {
            image.format == .png
                ? ccodecs_png_decode(start, image.source.count, options.alpha != .dropped, target, $0)
                : ccodecs_jpeg_read(jpeg, target, $0)
        }
    }

    /// Runs a call of CCodecs and throws what it reports.
    private static func check(
        _ format: ImageFormat, _ name: String, _ call: (UnsafeMutablePointer<CChar>) -> Int32
    ) throws {
        let (status, text) = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CCODECS_MESSAGE_SIZE)) {
            guard let start = $0.baseAddress else { return (Int32(CCODECS_NO_MEMORY), "") }
            start.initialize(to: 0)
            let status = call(start)
            return (status, Int(status) == CCODECS_OK ? "" : String(cString: start))
        }
        switch Int(status) {
        case CCODECS_OK: return
        case CCODECS_TRUNCATED: throw FileError.truncated(name, "the \(format.rawValue) data end early")
        case CCODECS_UNSUPPORTED:
            throw FileError(
                .unsupported, name, "this kind of \(format.rawValue) is not read (\(text))",
                remedy: "Convert it to an ordinary PNG or JPEG.")
        case CCODECS_NO_MEMORY: throw FileError.tooLarge(name, "there is not enough memory to decode it")
        default: throw FileError.corrupt(name, "the \(format.rawValue) data are damaged (\(text))")
        }
    }
}

// MARK: - Colours

extension ImageDecoder {
    /// Adobe's JPEG files hold 255 minus the ink, others the ink.
    private static func rgb(fromCMYK pixels: [UInt8], isInverted: Bool) -> [UInt8] {
        let flip: UInt8 = isInverted ? 0 : 255
        var result = [UInt8]()
        result.reserveCapacity(pixels.count / 4 * 3)
        for i in stride(from: 0, to: pixels.count, by: 4) {
            let white = Int(pixels[i + 3] ^ flip)
            // Pillow's order of rounding: the ink's share of what black leaves is taken away.
            for channel in 0..<3 {
                result.append(UInt8(white - over255(Int(255 - (pixels[i + channel] ^ flip)) * white)))
            }
        }
        return result
    }

    /// The image over the background that the options name.
    private func blended(_ pixels: [UInt8], _ extent: Image8.Extent) -> [UInt8] {
        guard case .over(let shade) = options.alpha else { return pixels }
        let channels = extent.channels
        var result = [UInt8]()
        result.reserveCapacity(pixels.count / channels * (channels - 1))
        for i in stride(from: 0, to: pixels.count, by: channels) {
            let alpha = Int(pixels[i + channels - 1])
            for channel in 0..<channels - 1 {
                let visible = Int(pixels[i + channel]) * alpha + Int(shade) * (255 - alpha)
                result.append(UInt8(Self.over255(visible)))
            }
        }
        return result
    }

    /// `value / 255`, rounded to the nearest.
    private static func over255(_ value: Int) -> Int { (value + 127) / 255 }
}

extension Image8 {
    /// Width, height and channels of an image.
    public struct Extent: Sendable, Hashable {
        /// Pixels per row.
        public var width: Int
        /// Rows.
        public var height: Int
        /// 1 for gray, 3 for RGB.
        public var channels: Int

        /// An extent.
        public init(width: Int, height: Int, channels: Int) {
            (self.width, self.height, self.channels) = (width, height, channels)
        }

        /// Number of samples, width x height x channels.
        public var samples: Int { width * height * channels }
    }
}
