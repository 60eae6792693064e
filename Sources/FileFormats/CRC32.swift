internal import CZlib
public import Foundation

/// The checksum CRC-32 of zip and PNG: it finds accidental changes of large contents as fast as they are read.
public struct CRC32: Sendable, Hashable {
    private var sum: UInt = 0
    /// Number of bytes so far.
    public private(set) var count = 0

    /// The checksum of nothing so far.
    public init() {}

    /// The checksum of a file's content.
    ///
    /// - Throws: ``FileError`` if the file cannot be read.
    public init(contentsOf file: URL) throws {
        let descriptor = try FileDescriptor(opening: file.filePath, O_RDONLY)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = try buffer.withUnsafeMutableBytes { try descriptor.read(into: $0) }
            if count == 0 { return }
            buffer.withUnsafeBytes { update(UnsafeRawBufferPointer(rebasing: $0.prefix(count))) }
        }
    }

    /// Adds bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        // crc32 begins again where it is given no address.
        guard !bytes.isEmpty else { return }
        sum = UInt(crc32_z(numericCast(sum), bytes.bindMemory(to: UInt8.self).baseAddress, numericCast(bytes.count)))
        count += bytes.count
    }

    /// Adds text as UTF-8.
    public mutating func update(_ text: String) { Array(text.utf8).withUnsafeBytes { update($0) } }

    /// Eight hexadecimal digits, as `crc32` prints them.
    public var hexadecimal: String {
        let digits = String(sum, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
