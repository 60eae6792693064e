package import Foundation

/// An open file of the system, closed when it goes out of scope.
package struct FileDescriptor: ~Copyable, Sendable {
    let raw: Int32
    let path: String

    /// Opens a file by the flags of the system's `open`.
    package init(opening path: String, _ flags: Int32) throws(FileError) {
        try self.init(opening: PathBytes(existing: path), named: path, flags)
    }

    /// Opens a file whose path may be no UTF-8.
    ///
    /// To be read, it must be a file or folder: a pipe would wait for ever.
    package init(opening path: PathBytes, named name: String, _ flags: Int32) throws(FileError) {
        raw = try Self.open(path, name, flags)
        self.path = name
    }

    private static func open(_ path: PathBytes, _ name: String, _ flags: Int32) throws(FileError) -> Int32 {
        let isRead = flags & (O_WRONLY | O_RDWR) == 0
        let text = path.bytes.map { CChar(bitPattern: $0) } + [0]
        // Without O_NONBLOCK, a pipe that nobody writes to holds the call for ever.
        let raw = Foundation.open(text, flags | O_CLOEXEC | (isRead ? O_NONBLOCK : 0), 0o666)
        guard raw >= 0 else {
            if errno == ENXIO { throw FileError.special(name, "a socket or device") }
            throw FileError(errno: errno, name, isRead ? "open" : "create")
        }
        var status = stat()
        guard isRead, fstat(raw, &status) == 0, let kind = FileKind(status.st_mode).special else { return raw }
        close(raw)
        throw FileError.special(name, kind)
    }

    deinit { close(raw) }

    /// The size in bytes; 0 for pipes and devices.
    package func size() throws(FileError) -> Int {
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
    package func bytes(at place: Int, _ count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let read = pread(raw, buffer.baseAddress, count, off_t(place))
            guard read >= 0 else { throw FileError(errno: errno, path, "read") }
            filled = read
        }
    }

    /// Fills a buffer from a place on.
    ///
    /// - Throws: ``FileError`` if the file ends before.
    package func read(at place: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
        var filled = 0
        while filled < buffer.count {
            let count = pread(
                raw, buffer.baseAddress?.advanced(by: filled), buffer.count - filled, off_t(place + filled))
            if count == 0 { throw FileError.truncated(path, "it ends early") }
            if count > 0 { filled += count } else if errno != EINTR { throw FileError(errno: errno, path, "read") }
        }
    }

    /// Reads what is left.
    func readToEnd() throws -> [UInt8] {
        let size = try size()
        try Memory.require(size, for: path)
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

/// An open file that is read from its start, and at any place.
package final class FileBytes: Sendable {
    /// Bytes of the file.
    package let count: Int
    private let file: FileDescriptor

    /// Opens a file.
    package init(_ url: URL) throws {
        file = try FileDescriptor(opening: url.filePath, O_RDONLY)
        count = try file.size()
    }

    /// So many bytes at a place; fewer if the file ends before.
    package func bytes(at place: Int, _ count: Int) throws -> [UInt8] { try file.bytes(at: place, count) }

    /// Gives `body` the open file.
    func withDescriptor<Result>(_ body: (borrowing FileDescriptor) throws -> Result) rethrows -> Result {
        try body(file)
    }

    /// Fills a buffer from a place on, or throws if the file ends before.
    package func read(at place: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
        try file.read(at: place, into: buffer)
    }

    /// Fills as much of a buffer as is left.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int { try file.read(into: buffer) }
}

/// The kind of a file that the system tells of.
package enum FileKind: Sendable, Hashable {
    case file
    case folder
    /// Anything else, in words: "a pipe".
    case other(String)

    /// The kind in the mode of a file.
    package init(_ mode: mode_t) {
        switch mode & S_IFMT {
        case S_IFREG: self = .file
        case S_IFDIR: self = .folder
        case S_IFIFO: self = .other("a pipe")
        case S_IFSOCK: self = .other("a socket")
        case S_IFLNK: self = .other("a symbolic link")
        default: self = .other("a device")
        }
    }

    /// The kind of what a path leads to.
    ///
    /// - Returns: nil if there is nothing.
    package init?(at path: PathBytes) {
        var status = stat()
        guard stat(path.bytes.map { CChar(bitPattern: $0) } + [0], &status) == 0 else { return nil }
        self.init(status.st_mode)
    }

    /// Words for a path at which nothing is: "there is no such file", or the link that leads nowhere.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - noun: Noun for what should be there, such as "folder".
    package static func missing(at path: PathBytes, _ noun: String) -> String {
        var status = stat()
        guard lstat(path.bytes.map { CChar(bitPattern: $0) } + [0], &status) == 0, status.st_mode & S_IFMT == S_IFLNK
        else { return "there is no such \(noun)" }
        if stat(path.bytes.map { CChar(bitPattern: $0) } + [0], &status) != 0, errno == ELOOP {
            return "it is a symbolic link that leads back to itself"
        }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.bindMemory(to: CChar.self).baseAddress.map {
                readlink(path.bytes.map { CChar(bitPattern: $0) } + [0], $0, bytes.count)
            } ?? 0
        }
        return "it is a symbolic link to '\(PathBytes(buffer.prefix(max(0, count))))', where nothing is"
    }

    /// Words for what is neither file nor folder.
    package var special: String? {
        if case .other(let words) = self { words } else { nil }
    }
}
