package import FileFormats
internal import Foundation

/// Everything below a folder, with names as bytes.
///
/// Symbolic links are followed, but never back into a folder that leads to them.
package struct FolderTree {
    /// Paths of the files relative to the root, in the order of their bytes.
    package private(set) var files: [PathBytes] = []
    /// Paths of the folders relative to the root, in the order of their bytes.
    private(set) var folders: [PathBytes] = []
    /// What is neither, such as pipes, by path, in words.
    private(set) var special: [PathBytes: String] = [:]
    private let root: PathBytes

    /// Looks through a folder.
    ///
    /// - Throws: `FileError` that names the folder that cannot be read.
    package init(_ root: PathBytes) throws {
        self.root = root
        try walk(PathBytes(""), [])
        files.sort()
        folders.sort()
    }

    /// Identity of a folder, whatever links lead to it.
    private struct Identity: Hashable {
        let device: dev_t
        let number: ino_t
    }

    private mutating func walk(_ path: PathBytes, _ ancestors: Set<Identity>) throws {
        let whole = path.isEmpty ? root : root.appending(path)
        let text = Self.text(whole)
        var status = stat()
        guard stat(text, &status) == 0, let stream = opendir(text) else {
            throw FileError(errno: errno, whole.description, "read the folder")
        }
        defer { closedir(stream) }
        let identity = Identity(device: status.st_dev, number: status.st_ino)
        guard !ancestors.contains(identity) else { return }
        while let entry = readdir(stream) {
            let name = Self.name(of: entry)
            guard name.bytes != [0x2E], name.bytes != [0x2E, 0x2E] else { continue }
            let inner = path.appending(name)
            switch Self.kind(of: entry, root.appending(inner)) {
            case .folder?:
                folders.append(inner)
                try walk(inner, ancestors.union([identity]))
            case .file?: files.append(inner)
            case .other(let words)?: special[inner] = words
            case nil: continue
            }
        }
    }

    private static func text(_ path: PathBytes) -> [CChar] { path.bytes.map { CChar(bitPattern: $0) } + [0] }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> PathBytes {
        withUnsafeBytes(of: &entry.pointee.d_name) { PathBytes($0.prefix { $0 != 0 }) }
    }

    /// Nil for a link that leads in circles.
    private static func kind(of entry: UnsafeMutablePointer<dirent>, _ path: PathBytes) -> FileKind? {
        switch Int32(entry.pointee.d_type) {
        case Int32(DT_DIR): return .folder
        case Int32(DT_REG): return .file
        default:
            var status = stat()
            // A link without an end stays in the list: reading it is an error.
            guard stat(text(path), &status) == 0 else { return errno == ELOOP ? nil : .file }
            return FileKind(status.st_mode)
        }
    }
}
