package import Foundation

/// An open file of the system, closed when it goes out of scope.
package struct FileDescriptor: ~Copyable {
    let raw: Int32
    let path: String

    /// Opens a file by the flags of the system's `open`.
    package init(opening path: String, _ flags: Int32) throws(FileError) {
        raw = open(path, flags | O_CLOEXEC, 0o666)
        self.path = path
        guard raw >= 0 else {
            throw FileError(errno: errno, path, flags & (O_WRONLY | O_RDWR) == 0 ? "open" : "create")
        }
    }

    deinit { close(raw) }

    /// The size in bytes; 0 for pipes and devices.
    func size() throws(FileError) -> Int {
        var status = stat()
        guard fstat(raw, &status) == 0 else { throw FileError(errno: errno, path, "examine") }
        return Int(status.st_size)
    }

    /// Fills as much of `buffer` as the file still has; 0 at its end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = Foundation.read(raw, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            if count == 0 { break }
            if count > 0 { filled += count } else if errno != EINTR { throw FileError(errno: errno, path, "read") }
        }
        return filled
    }

    /// So many bytes at a place; fewer if the file ends before.
    func bytes(at place: Int, _ count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let read = pread(raw, buffer.baseAddress, count, off_t(place))
            guard read >= 0 else { throw FileError(errno: errno, path, "read") }
            filled = read
        }
    }

    /// Reads what is left.
    func readToEnd() throws -> [UInt8] {
        let size = try size()
        var content = try [UInt8](unsafeUninitializedCapacity: size + 1) { buffer, count in
            count = try read(into: UnsafeMutableRawBufferPointer(buffer))
        }
        // Only what has no size, such as a pipe, and what has grown since goes on here.
        var more = content.count > size
        while more {
            let piece = try [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, count in
                count = try read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            content += piece
            more = piece.count == 1 << 20
        }
        return content
    }

    /// Writes all bytes where the file stands, or at its end when it was opened to append.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = Foundation.write(raw, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            if count >= 0 { written += count } else if errno != EINTR { throw FileError(errno: errno, path, "write") }
        }
    }

    /// Cuts the file to a size in bytes.
    package func truncate(to size: Int) throws(FileError) {
        guard ftruncate(raw, off_t(size)) == 0 else { throw FileError(errno: errno, path, "truncate") }
    }

    /// Waits until the content is on the disk, so that it survives a power failure.
    package func synchronize() throws(FileError) {
        #if canImport(Darwin)
            // On Apple's systems fsync leaves the data in the drive's cache.
            if fcntl(raw, F_FULLFSYNC) == 0 { return }
        #endif
        // Some file systems cannot synchronise a folder, and say so with EINVAL.
        guard fsync(raw) == 0 || errno == EINVAL || errno == ENOTSUP else {
            throw FileError(errno: errno, path, "synchronise")
        }
    }
}

/// Fills as much of a buffer as it can and returns the count of bytes; fewer than fit, or 0, only at the end.
typealias ByteSource = (UnsafeMutableRawBufferPointer) throws -> Int

extension FileDescriptor {
    /// The bytes of a file one after the other.
    static func source(_ url: URL) throws(FileError) -> ByteSource {
        let box = Box(try FileDescriptor(opening: url.filePath, O_RDONLY))
        return { try box.descriptor.read(into: $0) }
    }

    /// Keeps a descriptor alive inside a closure, which cannot own what is not copyable.
    private final class Box {
        let descriptor: FileDescriptor
        init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
    }
}

/// Reads a whole file.
///
/// - Parameter url: A file, or something that can be read like one.
/// - Returns: Its bytes; none for an empty file.
/// - Throws: ``FileError`` when it cannot be opened or read.
package func readBytes(of url: URL) throws -> [UInt8] {
    try FileDescriptor(opening: url.filePath, O_RDONLY).readToEnd()
}

extension URL {
    /// The path as the system's calls take it.
    var filePath: String { path(percentEncoded: false) }
}
