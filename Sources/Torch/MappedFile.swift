internal import AtomicFiles
internal import Foundation

/// A file in memory, read page by page when touched.
///
/// Writing to the memory changes private copies of its pages, never the file. The file must not be shortened by others
/// while it is mapped; replacing it by renaming, as this package does, is safe.
final class MappedFile: Sendable {
    nonisolated(unsafe) private let start: UnsafeMutableRawPointer?
    /// Number of bytes.
    let count: Int

    /// Maps the file at `path`.
    init(path: String) throws {
        // Without O_NONBLOCK, a pipe that nobody writes to holds the call for ever.
        let place = SystemPath.terminated(SystemPath.existing(path))
        let descriptor = open(place, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure("open", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure("read", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw TorchError(.invalidFile, "\(path): is not a regular file. Give the path of the file itself.")
        }
        count = Int(status.st_size)
        guard count > 0 else {
            start = nil
            return
        }
        let address = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0)
        guard let address, address != MAP_FAILED else { throw Self.failure("map", path) }
        start = address
    }

    deinit {
        if let start { munmap(start, count) }
    }

    /// The whole content, valid as long as this object lives.
    var bytes: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: start, count: count) }

    private static func failure(_ action: String, _ path: String) -> TorchError {
        let reason = String(cString: strerror(errno))
        return TorchError(
            .invalidFile, "\(path): cannot \(action) the file: \(reason). Check the path and its permissions.")
    }
}
