internal import CCodecs
public import Foundation

extension Image8 {
    /// The image as the content of a PNG file: 8 bits, gray or RGB, the same bytes for the same image.
    ///
    /// - Parameter compression: zlib's level, from 0, large and fast, to 9, small and slow; 6 is zlib's default.
    public func pngData(compression: Int = 6) -> [UInt8] {
        demand((0...9).contains(compression), "zlib's levels are 0 to 9, not \(compression)")
        return encode { ccodecs_png_encode(pixels, extent, Int32(compression), $0, $1, $2) }
    }

    /// The image as the content of a baseline JPEG file.
    ///
    /// - Parameters:
    ///   - quality: From 1, small, to 100, good; 90 unless stated.
    ///   - subsamplesColour: Whether colours are stored at half the resolution (4:2:0), as is common; else 4:4:4.
    public func jpegData(quality: Int = 90, subsamplesColour: Bool = true) -> [UInt8] {
        demand((1...100).contains(quality), "JPEG qualities are 1 to 100, not \(quality)")
        demand(max(width, height) <= 65_500, "JPEG images have at most 65500 pixels a side")
        return encode { ccodecs_jpeg_encode(pixels, extent, Int32(quality), !subsamplesColour, $0, $1, $2) }
    }

    /// Writes the image as PNG, in full or not at all.
    ///
    /// - Parameter url: The destination; its folder must exist.
    /// - Throws: ``FileError``: a full disk, a missing or protected folder.
    public func writePNG(to url: URL) throws { try AtomicFile.write(pngData(), to: url) }

    private var extent: ccodecs_extent {
        ccodecs_extent(width: Int32(width), height: Int32(height), channels: Int32(channels), inverted: false)
    }

    private typealias Encoder = (
        UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>, UnsafeMutablePointer<Int>, UnsafeMutablePointer<CChar>
    ) -> Int32

    /// Only exhausted memory can make encoding fail, as the image is well formed.
    private func encode(_ call: Encoder) -> [UInt8] {
        var message = [CChar](repeating: 0, count: Int(CCODECS_MESSAGE_SIZE))
        var encoded: UnsafeMutablePointer<UInt8>?
        var count = 0
        let status = call(&encoded, &count, &message)
        guard Int(status) == CCODECS_OK, let encoded else {
            fatalError("FileFormats: encoding failed with status \(status)")
        }
        defer { ccodecs_free(encoded) }
        return Array(UnsafeBufferPointer(start: encoded, count: count))
    }
}
