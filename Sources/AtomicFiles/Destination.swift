internal import Foundation

/// The thing that a path leads to, as far as writing goes.
struct Destination {
    enum Kind {
        /// A regular file, or none yet, at the end of all links, with the permissions of the one that is there.
        case file(path: String, mode: mode_t?)
        /// Something without content of its own: a device, a pipe, an open descriptor.
        case stream
    }

    let kind: Kind
    private let path: String
    private let descriptor: Int32?

    init(_ path: String) throws(WritingFailure) {
        self.path = path
        let target = try Self.followingLinks(path)
        descriptor = Self.openDescriptor(named: target)
        var status = stat()
        if descriptor != nil {
            kind = .stream
        } else if stat(Self.native(target), &status) != 0 {
            guard errno == ENOENT else { throw WritingFailure(path, "create the file") }
            kind = .file(path: target, mode: nil)
        } else {
            kind = try Self.kind(of: target, status, path)
        }
    }

    private static func kind(of target: String, _ status: stat, _ path: String) throws(WritingFailure) -> Kind {
        switch status.st_mode & S_IFMT {
        case S_IFDIR: throw WritingFailure(path, "replace the folder", EISDIR)
        case S_IFREG:
            // The superuser may write anyway; but who made a file read-only did not mean it to be replaced.
            guard status.st_mode & 0o222 != 0, access(native(target), W_OK) == 0 else {
                throw WritingFailure(path, "replace the read-only file", EACCES)
            }
            return .file(path: target, mode: status.st_mode & 0o7777)
        default: return .stream
        }
    }

    /// Opens a stream as it is: at its place, if it is open already.
    func openStream() throws(WritingFailure) -> Int32 {
        let opened = descriptor.map { dup($0) } ?? open(Self.native(path), O_WRONLY | O_CLOEXEC)
        guard opened >= 0 else { throw WritingFailure(path, "open the file") }
        return opened
    }

    /// Refuses a stream that cannot be written to, as far as that can be known without writing.
    func checkStream() throws(WritingFailure) {
        if let descriptor {
            let flags = fcntl(descriptor, F_GETFL)
            guard flags >= 0, flags & O_ACCMODE != O_RDONLY else { throw WritingFailure(path, "write to", EBADF) }
            return try Self.probe(descriptor, path)
        }
        guard access(Self.native(path), W_OK) == 0 else { throw WritingFailure(path, "open the file") }
        var status = stat()
        // To open a pipe would wait for its reader.
        guard stat(Self.native(path), &status) == 0, status.st_mode & S_IFMT == S_IFCHR else { return }
        let opened = open(Self.native(path), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard opened >= 0 else { throw WritingFailure(path, "open the file") }
        defer { close(opened) }
        try Self.probe(opened, path)
    }

    /// Writes nothing, which a device that takes nothing, such as /dev/full, refuses.
    private static func probe(_ descriptor: Int32, _ path: String) throws(WritingFailure) {
        guard write(descriptor, "", 0) >= 0 || errno != ENOSPC && errno != EIO else {
            throw WritingFailure(path, "write the file")
        }
    }

    static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(native(path), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// The folder that a name lies in, as text that may be followed by a slash and a name.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/." : String(path[..<slash])
    }

    /// The path at the end of symbolic links; there need not be anything yet.
    ///
    /// Descriptors in /proc are not followed, as their links are only descriptions.
    private static func followingLinks(_ path: String) throws(WritingFailure) -> String {
        var path = path
        for _ in 0..<40 {
            guard isLink(path), openDescriptor(named: path) == nil else { return path }
            guard let next = linked(path) else { return path }
            path = next.hasPrefix("/") ? next : "\(folder(of: path))/\(next)"
        }
        throw WritingFailure(path, "follow the links of", ELOOP)
    }

    /// The text of a link; one that is no UTF-8 is remembered by its bytes.
    private static func linked(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.bindMemory(to: CChar.self).baseAddress.map { readlink(native(path), $0, bytes.count) } ?? 0
        }
        guard count > 0 else { return nil }
        let target = Array(buffer[..<count])
        if let text = String(validating: target, as: UTF8.self) { return text }
        let text = target.map { byte in
            (0x20..<0x7F).contains(byte)
                ? String(UnicodeScalar(byte)) : "\\x" + String(byte, radix: 16, uppercase: true)
        }.joined()
        let folder = SystemPath.bytes(folder(of: path)) + [UInt8(ascii: "/")]
        SystemPath.remember(text, as: target)
        SystemPath.remember("\(Self.folder(of: path))/\(text)", as: folder + target)
        return text
    }

    private static func native(_ path: String) -> [CChar] { SystemPath.terminated(SystemPath.bytes(path)) }

    /// The number in `/proc/self/fd/1`, to which `/dev/stdout` and `/dev/fd/1` lead on Linux.
    private static func openDescriptor(named path: String) -> Int32? {
        let folders = ["/proc/self/fd/", "/proc/\(getpid())/fd/", "/dev/fd/"]
        guard let folder = folders.first(where: { path.hasPrefix($0) }) else { return nil }
        return Int32(path.dropFirst(folder.count))
    }
}
