public import Foundation

/// Files that are either there in full or not at all, whenever the program, the machine or the disk fails.
///
/// The content goes to a hidden file in the same folder, is brought to the disk, and takes the destination's name in one
/// step; then the folder is brought to the disk as well. Until that step a former file stays as it was, and when
/// something fails nothing is left behind, unless the process is killed outright: see ``removeLeftovers(in:)``.
public enum AtomicFile {
    /// Writes bytes, replacing what was there.
    ///
    /// - Parameters:
    ///   - bytes: The whole content.
    ///   - url: The destination; its folder must exist.
    /// - Throws: ``FileError``: a full disk, a missing or protected folder.
    public static func write(_ bytes: some ContiguousBytes, to url: URL) throws {
        try replace(url) { aside in
            let file = try FileDescriptor(opening: aside.filePath, O_WRONLY | O_CREAT | O_EXCL)
            try bytes.withUnsafeBytes { try file.write($0) }
        }
    }

    /// Writes text as UTF-8, replacing what was there.
    ///
    /// - Parameters:
    ///   - text: The whole content.
    ///   - url: The destination; its folder must exist.
    /// - Throws: ``FileError``: a full disk, a missing or protected folder.
    public static func write(_ text: String, to url: URL) throws { try write(Array(text.utf8), to: url) }

    /// Lets `body` make the file under another name, for writers that open the file themselves.
    ///
    /// - Parameters:
    ///   - url: The destination; its folder must exist.
    ///   - body: Gets the name aside, where nothing is yet, and leaves the whole file there.
    /// - Throws: What `body` throws, or ``FileError``.
    public static func replace(_ url: URL, with body: (_ aside: URL) throws -> Void) throws {
        let aside = Leftover.name(for: url)
        do {
            try body(aside)
            try FileDescriptor(opening: aside.filePath, O_RDONLY).synchronize()
            guard rename(aside.filePath, url.filePath) == 0 else {
                throw FileError(errno: errno, url.filePath, "replace")
            }
        } catch {
            unlink(aside.filePath)
            throw (error as? FileError)?.renaming(aside.filePath, to: url.filePath) ?? error
        }
        try FileDescriptor(opening: url.deletingLastPathComponent().filePath, O_RDONLY).synchronize()
    }

    /// Removes what processes that no longer run have left aside in a folder, here or by ``AtomicFolder``.
    ///
    /// - Parameter folder: The folder of the destinations, not searched deeper.
    /// - Throws: ``FileError`` when the folder cannot be read or a leftover not be removed.
    public static func removeLeftovers(in folder: URL) throws {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder.filePath)
        } catch {
            throw FileError(errno: ENOENT, folder.filePath, "read")
        }
        for name in names where Leftover.isAbandoned(name) {
            try FileManager.default.removeItem(at: folder.appending(path: name))
        }
    }
}

/// Names of files and folders that are not finished: `.NAME.PROCESS-RANDOM.partial`.
enum Leftover {
    static func name(for url: URL) -> URL {
        let unique = "\(getpid())-" + String(UInt32.random(in: 0...(.max)), radix: 16)
        return url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).\(unique).partial")
    }

    /// Whether this is such a name, and its process has ended.
    static func isAbandoned(_ name: String) -> Bool {
        let parts = name.split(separator: ".")
        guard name.hasPrefix("."), parts.count >= 3, parts.last == "partial",
            let process = parts[parts.count - 2].split(separator: "-").first.flatMap({ Int32($0) })
        else { return false }
        return process != getpid() && kill(process, 0) != 0 && errno == ESRCH
    }
}

extension FileError {
    /// The same error about the file that the user knows.
    func renaming(_ path: String, to known: String) -> FileError {
        file == path ? FileError(code, known, problem, remedy: remedy) : self
    }
}
