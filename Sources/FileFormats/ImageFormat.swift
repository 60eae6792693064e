/// The formats of image files, told apart by the first bytes of the content, never by the name.
public enum ImageFormat: String, Sendable, CaseIterable {
    /// Portable Network Graphics, read and written.
    case png = "PNG"
    /// JPEG, baseline and progressive, read and written.
    case jpeg = "JPEG"
    /// Graphics Interchange Format, only recognised.
    case gif = "GIF"
    /// WebP, only recognised.
    case webP = "WebP"
    /// Windows bitmap, only recognised.
    case bmp = "BMP"
    /// TIFF, only recognised.
    case tiff = "TIFF"

    /// Recognises a format.
    ///
    /// - Parameter bytes: The content of a file, or at least its first 12 bytes.
    public init?(of bytes: some Collection<UInt8>) {
        let start = Array(bytes.prefix(12))
        let signatures: [(ImageFormat, [UInt8])] = [
            (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]), (.jpeg, [0xFF, 0xD8, 0xFF]),
            (.gif, Array("GIF8".utf8)), (.bmp, Array("BM".utf8)),
            (.tiff, [0x49, 0x49, 0x2A, 0x00]), (.tiff, [0x4D, 0x4D, 0x00, 0x2A]),
        ]
        if start.starts(with: "RIFF".utf8), start.dropFirst(8).elementsEqual("WEBP".utf8) {
            self = .webP
        } else if let match = signatures.first(where: { start.starts(with: $0.1) }) {
            self = match.0
        } else {
            return nil
        }
    }

    /// Whether images of this format can be decoded here.
    public var isReadable: Bool { self == .png || self == .jpeg }
}
