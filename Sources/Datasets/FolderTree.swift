internal import FileFormats
internal import Foundation

/// Everything below a folder.
///
/// Symbolic links are followed, but never back into a folder that leads to them.
struct FolderTree {
    /// Paths of the files relative to the root, in alphabetical order.
    private(set) var files: [String] = []
    /// Paths of the folders relative to the root, in alphabetical order.
    private(set) var folders: [String] = []

    /// Looks through a folder.
    ///
    /// - Throws: `FileError` that names the folder that cannot be read.
    init(_ root: String) throws {
        try walk(root, "", [])
        files.sort()
        folders.sort()
    }

    /// Identity of a folder, whatever links lead to it.
    private struct Identity: Hashable {
        let device: dev_t
        let number: ino_t
    }

    private mutating func walk(_ root: String, _ path: String, _ ancestors: Set<Identity>) throws {
        let whole = path.isEmpty ? root : "\(root)/\(path)"
        var status = stat()
        guard stat(whole, &status) == 0, let stream = opendir(whole) else {
            throw FileError(errno: errno, whole, "read the folder")
        }
        defer { closedir(stream) }
        let identity = Identity(device: status.st_dev, number: status.st_ino)
        guard !ancestors.contains(identity) else { return }
        while let entry = readdir(stream) {
            let name = Self.name(of: entry)
            guard name != ".", name != ".." else { continue }
            let inner = path.isEmpty ? name : "\(path)/\(name)"
            switch try Self.isFolder(entry, "\(root)/\(inner)") {
            case true?:
                folders.append(inner)
                try walk(root, inner, ancestors.union([identity]))
            case false?: files.append(inner)
            case nil: continue
            }
        }
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
        withUnsafePointer(to: &entry.pointee.d_name) { name in
            name.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: name.pointee)) {
                String(cString: $0)
            }
        }
    }

    /// Nil for what is neither a folder nor a file, such as a link that leads nowhere in circles.
    private static func isFolder(_ entry: UnsafeMutablePointer<dirent>, _ path: String) throws -> Bool? {
        switch Int32(entry.pointee.d_type) {
        case Int32(DT_DIR): return true
        case Int32(DT_REG): return false
        default:
            var status = stat()
            // A link without an end stays in the list: reading it is an error.
            guard stat(path, &status) == 0 else { return errno == ELOOP ? nil : false }
            return status.st_mode & S_IFMT == S_IFDIR
        }
    }
}
