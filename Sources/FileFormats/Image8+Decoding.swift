internal import CCodecs
public import Foundation

extension Image8 {
    /// How image files become images.
    public struct Decoding: Sendable, Hashable {
        /// What becomes of transparency.
        public enum Alpha: Sendable, Hashable {
            /// The alpha channel is left out, whatever colours it hid; so do Pillow's `convert("RGB")` and the loaders
            /// of torchvision and ADM.
            case dropped
            /// The image is laid over a background of one shade.
            case over(UInt8)
        }

        /// What becomes of transparency; dropped unless stated.
        public var alpha = Alpha.dropped
        /// The pixels that the shorter side needs at least; `nil`, the default, decodes at full size.
        ///
        /// JPEG images are then decoded at the smallest of the scales 1/8, 2/8, ... 8/8 that leaves so many, which is
        /// faster and averages over pixels. PNG images always come at full size.
        public var minimumSide: Int?
        /// Images that claim more pixels are refused before memory is taken.
        ///
        /// The default is where Pillow refuses: twice its `MAX_IMAGE_PIXELS`.
        public var maximumPixels = 178_956_970

        /// Creates options with the defaults.
        public init() {}
    }

    /// Reads a PNG or JPEG file, told apart by content.
    ///
    /// Palettes are looked up, 1, 2 and 4-bit samples widened, 16-bit samples rounded to 8 bits. CMYK images become RGB
    /// by `R = (255 - C)(255 - K) / 255`, without colour profile, as in Pillow. Gamma, profiles and EXIF orientation are
    /// not applied.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - options: Transparency, scale and limits.
    /// - Throws: ``FileError`` that names the file: absent, empty, damaged, cut short, too large or of another format.
    public init(contentsOf url: URL, options: Decoding = Decoding()) throws {
        try self.init(decoding: readBytes(of: url), name: url.filePath, options: options)
    }

    /// Decodes the content of a PNG or JPEG file; see ``init(contentsOf:options:)``.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - name: What errors call it.
    ///   - options: Transparency, scale and limits.
    /// - Throws: ``FileError``.
    public init(decoding bytes: [UInt8], name: String, options: Decoding = Decoding()) throws {
        guard !bytes.isEmpty else { throw FileError.empty(name) }
        let format = ImageFormat(of: bytes)
        switch format {
        case .png:
            let keepAlpha = options.alpha != .dropped
            self = try Self.decode(
                format: "PNG", name: name, options: options,
                extent: { ccodecs_png_extent(bytes, bytes.count, keepAlpha, $0, $1) },
                pixels: { ccodecs_png_decode(bytes, bytes.count, keepAlpha, $0, $1) })
        case .jpeg:
            let side = Int32(clamping: options.minimumSide ?? 0)
            self = try Self.decode(
                format: "JPEG", name: name, options: options,
                extent: { ccodecs_jpeg_extent(bytes, bytes.count, side, $0, $1) },
                pixels: { ccodecs_jpeg_decode(bytes, bytes.count, side, $0, $1) })
        default:
            let found = format.map { "is a \($0.rawValue) image" } ?? "is not an image that can be recognised"
            throw FileError(.unsupported, name, found, remedy: "Convert it to PNG or JPEG, or remove it.")
        }
    }

    private static func decode(
        format: String, name: String, options: Decoding,
        extent measure: (UnsafeMutablePointer<ccodecs_extent>, UnsafeMutablePointer<CChar>) -> Int32,
        pixels decode: (UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<CChar>) -> Int32
    ) throws -> Image8 {
        var extent = ccodecs_extent()
        try check(format, name) { measure(&extent, $0) }
        let (width, height, channels) = (Int(extent.width), Int(extent.height), Int(extent.channels))
        guard width * height <= options.maximumPixels else {
            throw FileError.tooLarge(name, "the image claims \(width) x \(height) pixels")
        }
        let pixels = try [UInt8](unsafeUninitializedCapacity: width * height * channels) { buffer, count in
            try check(format, name) { decode(buffer.baseAddress, $0) }
            count = buffer.count
        }
        if format == "JPEG", channels == 4 {
            return Image8(width: width, height: height, channels: 3, pixels: rgb(fromInvertedCMYK: pixels))
        }
        guard case .over(let shade) = options.alpha, channels == 2 || channels == 4 else {
            return Image8(width: width, height: height, channels: channels, pixels: pixels)
        }
        let visible = blend(pixels, channels: channels, over: shade)
        return Image8(width: width, height: height, channels: channels - 1, pixels: visible)
    }

    /// Runs a call of CCodecs and throws what it reports.
    private static func check(_ format: String, _ name: String, _ call: (UnsafeMutablePointer<CChar>) -> Int32) throws {
        let (status, text) = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CCODECS_MESSAGE_SIZE)) {
            $0.initialize(repeating: 0)
            guard let start = $0.baseAddress else { return (Int32(CCODECS_NO_MEMORY), "") }
            let status = call(start)
            return (status, Int(status) == CCODECS_OK ? "" : String(cString: start))
        }
        switch Int(status) {
        case CCODECS_OK: return
        case CCODECS_TRUNCATED: throw FileError.truncated(name, "the \(format) data end early")
        case CCODECS_UNSUPPORTED:
            throw FileError(
                .unsupported, name, "this kind of \(format) is not read (\(text))",
                remedy: "Convert it to an ordinary PNG or JPEG.")
        case CCODECS_NO_MEMORY: throw FileError.tooLarge(name, "there is not enough memory to decode it")
        default: throw FileError.corrupt(name, "the \(format) data are damaged (\(text))")
        }
    }

    /// Adobe's JPEG files hold 255 minus the ink.
    private static func rgb(fromInvertedCMYK pixels: [UInt8]) -> [UInt8] {
        var result = [UInt8]()
        result.reserveCapacity(pixels.count / 4 * 3)
        for i in stride(from: 0, to: pixels.count, by: 4) {
            let white = Int(pixels[i + 3])
            // Pillow's order of rounding: the ink's share of what black leaves is taken away.
            for channel in 0..<3 { result.append(UInt8(white - over255(Int(255 - pixels[i + channel]) * white))) }
        }
        return result
    }

    private static func blend(_ pixels: [UInt8], channels: Int, over shade: UInt8) -> [UInt8] {
        var result = [UInt8]()
        result.reserveCapacity(pixels.count / channels * (channels - 1))
        for i in stride(from: 0, to: pixels.count, by: channels) {
            let alpha = Int(pixels[i + channels - 1])
            for channel in 0..<channels - 1 {
                result.append(UInt8(over255(Int(pixels[i + channel]) * alpha + Int(shade) * (255 - alpha))))
            }
        }
        return result
    }

    /// `value / 255`, rounded to the nearest.
    private static func over255(_ value: Int) -> Int { (value + 127) / 255 }
}
