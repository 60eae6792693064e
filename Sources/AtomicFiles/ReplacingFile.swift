internal import Foundation

/// A file that is written aside and takes its place only when it is complete and on disk, so that a reader, also after a
/// crash, sees the old content or the new one, never a part.
///
/// Symbolic links stay: the file that they lead to is replaced. Devices, pipes and open descriptors such as `/dev/stdout`
/// have no content to replace and are written to as they are.
package struct ReplacingFile: ~Copyable {
    private let descriptor: Int32
    /// The name that the user knows.
    private let path: String

    /// Gives `body` the file that will replace the one at `path`.
    ///
    /// - Throws: ``WritingFailure``, or what `body` throws; then a former file is as it was.
    package static func write(to path: String, _ body: (borrowing ReplacingFile) throws -> Void) throws {
        let place = try Destination(path)
        switch place.kind {
        case .stream:
            try body(ReplacingFile(descriptor: try place.openStream(), path: path))
        case .file(let target, let mode):
            try replace(target, of: path, mode) { aside in
                let descriptor = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
                guard descriptor >= 0 else { throw WritingFailure(path, "create the file") }
                try body(ReplacingFile(descriptor: descriptor, path: path))
            }
        }
    }

    /// Lets `body` make the file under another name, for writers that open the file themselves.
    ///
    /// - Throws: ``WritingFailure``, or what `body` throws; then a former file is as it was.
    package static func write(to path: String, makingAside body: (_ aside: String) throws -> Void) throws {
        let place = try Destination(path)
        switch place.kind {
        case .stream:
            let aside = Leftover.path(in: FileManager.default.temporaryDirectory.path)
            defer { unlink(aside) }
            try body(aside)
            let stream = ReplacingFile(descriptor: try place.openStream(), path: path)
            try stream.append(contentsOf: aside)
        case .file(let target, let mode):
            try replace(target, of: path, mode, body)
        }
    }

    /// Finds out before any work whether a file can be written, and leaves everything as it is.
    ///
    /// - Throws: ``WritingFailure``: a missing or protected folder, a folder or a read-only file in the way, a name that is too
    ///   long, a disk that is full already.
    package static func check(_ path: String) throws {
        let place = try Destination(path)
        guard case .file(let target, _) = place.kind else { return try place.checkStream() }
        let folder = Destination.folder(of: target)
        Leftover.removeAbandoned(in: folder)
        let aside = Leftover.path(in: folder)
        let descriptor = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw WritingFailure(path, "create the file") }
        defer { unlink(aside) }
        let probe = ReplacingFile(descriptor: descriptor, path: path)
        try [UInt8](repeating: 0, count: 4096).withUnsafeBytes { try probe.append($0) }
    }

    /// Makes a symbolic link, or lets one lead elsewhere in one step.
    ///
    /// - Parameters:
    ///   - path: The place of the link itself.
    ///   - destination: The text of the link: a path, relative to the folder of the link unless it starts with a slash.
    package static func link(_ path: String, to destination: String) throws {
        try replace(path, of: path, nil) { aside in
            guard symlink(destination, aside) == 0 else { throw WritingFailure(path, "create the link") }
        }
    }

    /// Appends bytes.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(WritingFailure) {
        var rest = bytes
        while !rest.isEmpty {
            let written = Foundation.write(descriptor, rest.baseAddress, rest.count)
            guard written >= 0 || errno == EINTR else { throw WritingFailure(path, "write the file") }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(max(written, 0)))
        }
    }

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    private func append(contentsOf file: String) throws {
        let content = try FileHandle(forReadingFrom: URL(filePath: file))
        while let piece = try content.read(upToCount: 1 << 20), !piece.isEmpty {
            try piece.withUnsafeBytes { try append($0) }
        }
    }

    /// `target` is where the file lies, `path` what the user calls it.
    private static func replace(
        _ target: String, of path: String, _ mode: mode_t?, _ body: (_ aside: String) throws -> Void
    ) throws {
        let folder = Destination.folder(of: target)
        Leftover.removeAbandoned(in: folder)
        let aside = Leftover.path(in: folder)
        do {
            try body(aside)
            if let mode { chmod(aside, mode) }
            if !Destination.isLink(aside) { try synchronize(aside, of: path) }
            guard rename(aside, SystemPath.terminated(SystemPath.bytes(target))) == 0 else {
                throw WritingFailure(path, "replace the file")
            }
        } catch {
            unlink(aside)
            throw error
        }
        // The new name is on disk once the folder is.
        try synchronize(folder, of: path)
    }

    private static func synchronize(_ file: String, of path: String) throws {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        // A folder that may be written to, but not read, has done what it can; so has a file made without permissions.
        guard descriptor >= 0 else {
            guard errno == EACCES else { throw WritingFailure(path, "write the file") }
            return
        }
        defer { close(descriptor) }
        #if canImport(Darwin)
            // On Apple's systems fsync leaves the data in the drive's cache.
            if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
        #endif
        // Some file systems cannot synchronise a folder, and say so with EINVAL.
        guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else {
            throw WritingFailure(path, "write the file")
        }
    }
}
