internal import AtomicFiles
public import Foundation

/// Files that are either there in full or not at all, whenever the program, the machine or the disk fails.
///
/// The content goes to a hidden file in the same folder, is brought to the disk, and takes the destination's name in one
/// step; then the folder is brought to the disk as well. Until that step a former file stays as it was, and when
/// something fails nothing is left behind, unless the process is killed outright: see ``removeLeftovers(in:)``.
///
/// Permissions of a former file stay, and a former file that is read-only is an error. A symbolic link stays a link: the file
/// that it leads to is replaced. Devices, pipes and open descriptors such as `/dev/stdout` are written to as they are.
public enum AtomicFile {
    /// Writes bytes, replacing what was there.
    ///
    /// - Parameters:
    ///   - bytes: The whole content.
    ///   - url: The destination; its folder must exist.
    /// - Throws: ``FileError``: a full disk, a missing or protected folder, a read-only file.
    public static func write(_ bytes: some ContiguousBytes, to url: URL) throws {
        try reportingFailures {
            try ReplacingFile.write(to: url.filePath) { file in try bytes.withUnsafeBytes { try file.append($0) } }
        }
    }

    /// Writes text as UTF-8, replacing what was there.
    ///
    /// - Parameters:
    ///   - text: The whole content.
    ///   - url: The destination; its folder must exist.
    /// - Throws: ``FileError``: a full disk, a missing or protected folder, a read-only file.
    public static func write(_ text: String, to url: URL) throws { try write(Array(text.utf8), to: url) }

    /// Lets `body` make the file under another name, for writers that open the file themselves.
    ///
    /// - Parameters:
    ///   - url: The destination; its folder must exist.
    ///   - body: Gets the name aside, where nothing is yet, and leaves the whole file there.
    /// - Throws: What `body` throws, or ``FileError``.
    public static func replace(_ url: URL, with body: (_ aside: URL) throws -> Void) throws {
        try reportingFailures {
            try ReplacingFile.write(to: url.filePath) { (aside: String) in
                do {
                    try body(URL(filePath: aside))
                } catch let error as FileError {
                    throw error.renaming(aside, to: url.filePath)
                }
            }
        }
    }

    /// Finds out before hours of work whether a file can be written, and leaves everything as it is.
    ///
    /// - Parameter url: The destination; its folder must exist.
    /// - Throws: ``FileError``: a missing or protected folder, a folder or a read-only file in the way, a name that is too long,
    ///   a disk that is full already.
    public static func check(_ url: URL) throws {
        try reportingFailures { try ReplacingFile.check(url.filePath) }
    }

    /// Makes a symbolic link, or lets one lead elsewhere in one step.
    ///
    /// - Parameters:
    ///   - url: The place of the link; its folder must exist.
    ///   - destination: The path that it leads to, relative to its folder unless it starts with a slash.
    /// - Throws: ``FileError``: a missing or protected folder, a folder of that name.
    public static func link(_ url: URL, to destination: String) throws {
        try reportingFailures { try ReplacingFile.link(url.filePath, to: destination) }
    }

    /// Removes what processes that no longer run have left aside in a folder: here, by ``AtomicFolder``, or by any other writer
    /// of this package, such as that of weights.
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

    private static func reportingFailures(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let failure as WritingFailure {
            throw FileError(errno: failure.number, failure.path, failure.action)
        }
    }
}

extension FileError {
    /// The same error about the file that the user knows.
    func renaming(_ path: String, to known: String) -> FileError {
        file == path ? FileError(code, known, problem, remedy: remedy) : self
    }
}
