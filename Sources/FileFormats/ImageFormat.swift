internal import Foundation

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
        let start = bytes.prefix(12)
        if start.starts(with: "RIFF".utf8), start.dropFirst(8).elementsEqual("WEBP".utf8) {
            self = .webP
        } else if let match = Self.signatures.first(where: { start.starts(with: $0.bytes) }) {
            self = match.format
        } else {
            return nil
        }
    }

    private static let signatures: [(format: ImageFormat, bytes: [UInt8])] = [
        (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]), (.jpeg, [0xFF, 0xD8, 0xFF]),
        (.gif, Array("GIF8".utf8)), (.bmp, Array("BM".utf8)),
        (.tiff, [0x49, 0x49, 0x2A, 0x00]), (.tiff, [0x4D, 0x4D, 0x00, 0x2A]),
    ]

    /// Whether images of this format can be decoded here.
    public var isReadable: Bool { self == .png || self == .jpeg }

    /// The format of a file by its first bytes; nil if it is none of these, or cannot be read.
    package static func format(of path: PathBytes) -> ImageFormat? {
        guard let file = try? FileDescriptor(opening: path, named: path.description, O_RDONLY) else { return nil }
        return (try? file.bytes(at: 0, 12)).flatMap { ImageFormat(of: $0) }
    }

    /// Whether a file begins as a PNG or JPEG image and ends as one.
    ///
    /// A look at some bytes, which finds files that are cut short. Images with much behind their end have no such end, and
    /// yet can be read.
    ///
    /// - Throws: ``FileError`` if the file is absent, empty or cannot be read.
    package static func hasBothEnds(_ path: PathBytes, name: String) throws -> Bool {
        let file = try FileDescriptor(opening: path, named: name, O_RDONLY)
        let size = try file.size()
        guard size > 0 else { throw FileError.empty(name) }
        let most = min(size, endSize)
        return hasBothEnds(start: try file.bytes(at: 0, most), end: try file.bytes(at: size - most, most))
    }

    /// The same for a part of each end.
    package static func hasBothEnds(start: some Collection<UInt8>, end: some Collection<UInt8>) -> Bool {
        let end = Array(end)
        func holds(_ mark: [UInt8]) -> Bool { end.indices.contains { end[$0...].starts(with: mark) } }
        switch ImageFormat(of: start) {
        case .png: return holds(Array("IEND".utf8) + [0xAE, 0x42, 0x60, 0x82])
        case .jpeg: return holds([0xFF, 0xD9])
        default: return false
        }
    }

    /// Bytes of each end that are looked at.
    package static let endSize = 16
}
