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
        /// True, the default, to turn and mirror images as their EXIF orientation says, so that they stand as viewers show
        /// them.
        ///
        /// Pillow leaves that to its callers.
        public var appliesOrientation = true
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
    /// by `R = (255 - C)(255 - K) / 255`, without colour profile, as in Pillow, but where Adobe's marker is
    /// absent the inks are not stored inverted, and C, M, Y, K take the place of 255 - C and so on. EXIF orientation is
    /// applied (in JPEG's APP1 and PNG's eXIf); gamma and colour profiles are not.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - options: Transparency, scale and limits.
    /// - Throws: ``FileError`` that names the file: absent, empty, damaged, cut short, too large or of another format.
    public init(contentsOf url: URL, options: Decoding = Decoding()) throws {
        let decoder = ImageDecoder(options: options)
        try decoder.open(url.filePath)
        self = try decoder.image()
    }

    /// Decodes the content of a PNG or JPEG file; see ``init(contentsOf:options:)``.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - name: What errors call it.
    ///   - options: Transparency, scale and limits.
    /// - Throws: ``FileError``.
    public init(decoding bytes: [UInt8], name: String, options: Decoding = Decoding()) throws {
        let decoder = ImageDecoder(options: options)
        try decoder.open(copying: bytes, name: name)
        self = try decoder.image()
    }
}
