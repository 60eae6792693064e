internal import AtomicFiles
internal import CCodecs
public import Foundation

/// Folders that are either there in full or not at all, such as a checkpoint of several files.
public enum AtomicFolder {
    /// Lets `body` fill a folder aside, brings all of it to the disk, and gives it its name in one step.
    ///
    /// A former folder of that name is replaced in the same step and then removed.
    ///
    /// - Parameters:
    ///   - url: The destination; the folder around it must exist.
    ///   - body: Gets an empty folder, and leaves the whole content there.
    /// - Throws: What `body` throws, or ``FileError``. Then a former folder is as it was.
    public static func replace(_ url: URL, with body: (_ aside: URL) throws -> Void) throws {
        let aside = URL(
            filePath: Leftover.path(in: url.deletingLastPathComponent().filePath), directoryHint: .isDirectory)
        let manager = FileManager.default
        guard mkdir(aside.filePath, 0o777) == 0 else { throw FileError(errno: errno, url.filePath, "create") }
        do {
            try body(aside)
            try synchronize(everythingIn: aside)
            try exchange(aside, url)
        } catch {
            try? manager.removeItem(at: aside)
            throw (error as? FileError)?.renaming(aside.filePath, to: url.filePath) ?? error
        }
        try FileDescriptor(opening: url.deletingLastPathComponent().filePath, O_RDONLY).synchronize()
        // Where there was a former folder, it has the name aside now.
        if manager.fileExists(atPath: aside.filePath) { try manager.removeItem(at: aside) }
    }

    /// Removes a folder, which is there in full until it is gone.
    ///
    /// - Throws: ``FileError`` when it does not exist or cannot be removed.
    public static func remove(_ url: URL) throws {
        let aside = URL(
            filePath: Leftover.path(in: url.deletingLastPathComponent().filePath), directoryHint: .isDirectory)
        guard rename(url.filePath, aside.filePath) == 0 else { throw FileError(errno: errno, url.filePath, "remove") }
        try FileManager.default.removeItem(at: aside)
    }

    private static func synchronize(everythingIn folder: URL) throws {
        let content = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        while let url = content?.nextObject() as? URL {
            try FileDescriptor(opening: url.filePath, O_RDONLY).synchronize()
        }
        try FileDescriptor(opening: folder.filePath, O_RDONLY).synchronize()
    }

    /// Swaps the names of two folders; when there is no second one, the first just takes its name.
    private static func exchange(_ new: URL, _ old: URL) throws(FileError) {
        let place = SystemPath.terminated(SystemPath.bytes(old.filePath))
        if rename(new.filePath, place) == 0 { return }
        let isTaken = errno == ENOTEMPTY || errno == EEXIST
        guard isTaken, ccodecs_swap_names(new.filePath, place) == 0 else {
            throw FileError(errno: errno, old.filePath, "replace")
        }
    }
}
