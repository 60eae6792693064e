package import FileFormats
package import Foundation

extension URL {
    /// Makes the folder, and those around it, unless they are there.
    ///
    /// FileManager does the same, but its errors do not say which folder it was, nor why.
    package func makeFolder() throws(FileError) {
        if mkdir(path, 0o777) == 0 || isFolder { return }
        let parent = deletingLastPathComponent()
        guard errno == ENOENT, parent.path != path else { throw FileError(errno: errno, path, "create") }
        try parent.makeFolder()
        guard mkdir(path, 0o777) == 0 || isFolder else { throw FileError(errno: errno, path, "create") }
    }

    private var isFolder: Bool {
        let reason = errno
        defer { errno = reason }
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
