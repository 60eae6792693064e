internal import Foundation

/// A file that is written aside and takes its place only when it is complete and on disk, so that a reader, also after a
/// crash, sees the old content or the new one, never a part.
struct ReplacingFile {
    private let path: String
    private let aside: String
    private let descriptor: Int32

    /// Runs `body` with the file that will replace the one at `path`.
    static func write(to path: String, _ body: (ReplacingFile) throws -> Void) throws {
        let file = try ReplacingFile(path)
        do {
            try body(file)
            try file.finish()
        } catch {
            close(file.descriptor)
            unlink(file.aside)
            throw error
        }
    }

    private init(_ path: String) throws {
        self.path = path
        aside = "\(path).\(getpid())-\(UInt32.random(in: 0 ... .max)).partial"
        descriptor = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure("create") }
    }

    /// Appends bytes.
    func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let written = Foundation.write(descriptor, rest.baseAddress, rest.count)
            guard written >= 0 || errno == EINTR else { throw failure("write") }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(max(written, 0)))
        }
    }

    private func finish() throws {
        guard fsync(descriptor) == 0 else { throw failure("write") }
        guard rename(aside, path) == 0 else { throw failure("replace") }
        close(descriptor)
        // The new name is on disk once the folder is; a file system that cannot do that has done what it can.
        let folder = open((path as NSString).deletingLastPathComponent + "/.", O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { return }
        _ = fsync(folder)
        close(folder)
    }

    private func failure(_ action: String) -> TorchError {
        let reason = String(cString: strerror(errno))
        return TorchError(
            .invalidFile,
            """
            \(path): cannot \(action) the file: \(reason). Check that the folder exists, may be written to and has room; \
            what was there before is unchanged.
            """)
    }
}
