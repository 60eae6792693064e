internal import AtomicFiles
internal import CLibArchive
public import Foundation

/// Reads the files inside a tar or zip archive one after the other, without writing anything to the disk.
///
/// Tar archives may be compressed by gzip, bzip2, xz or zstd. Folders are passed over; so is what is no file, such as a
/// symbolic link, but ``passedOver`` tells of it. Names are bytes as they are stored: two that differ in a byte are two.
///
/// ```swift
/// let archive = try ArchiveReader(url)
/// while let member = try archive.next() {
///     if member.path.hasSuffix(".png") { images.append(try Image8(decoding: archive.contents(), name: member.path)) }
/// }
/// ```
public final class ArchiveReader {
    /// A file inside an archive.
    public struct Member: Sendable, Hashable {
        /// Its path inside the archive, as it is stored.
        public let name: PathBytes
        /// The path as text.
        public var path: String { name.description }
        /// Its size in bytes; `nil` when the archive states it only after the content.
        public let size: Int?
    }

    /// An entry that is neither file nor folder.
    public struct Special: Sendable, Hashable {
        /// Its path inside the archive.
        public let name: PathBytes
        /// What it is, in words: "a symbolic link".
        public let kind: String
    }

    /// Entries so far that are neither files nor folders, whose content is not in the archive.
    public private(set) var passedOver: [Special] = []

    private let name: String
    private let handle: OpaquePointer
    private var current: Member?
    private var isFinished = false
    /// Names of a zip archive's entries as they are stored, the next one last; libarchive changes them.
    private var zipNames: [PathBytes]

    /// Opens an archive, told apart by content.
    ///
    /// - Parameter url: The file.
    /// - Throws: ``FileError``: absent, empty, or not an archive.
    public init(_ url: URL) throws {
        name = url.filePath
        // libarchive takes a folder for a file that fails later.
        let file = try FileDescriptor(opening: name, O_RDONLY)
        guard try file.size() > 0 else { throw FileError.empty(name) }
        zipNames = try ZipDirectory.names(in: file).reversed()
        guard let handle = archive_read_new() else { throw FileError(errno: ENOMEM, name, "open") }
        self.handle = handle
        archive_read_support_filter_all(handle)
        archive_read_support_format_tar(handle)
        // The reader of whole files, by their directory; the one for streams takes a cut archive for a short one.
        archive_read_support_format_zip_seekable(handle)
        let path = SystemPath.terminated(SystemPath.existing(name))
        guard archive_read_open_filename(handle, path, 1 << 16) == ARCHIVE_OK else { throw failure(in: name) }
    }

    deinit { archive_read_free(handle) }

    /// Goes to the next file.
    ///
    /// - Returns: What the archive says of it; `nil` after the last.
    /// - Throws: ``FileError``: the archive is damaged, cut short or not an archive.
    public func next() throws -> Member? {
        current = nil
        var entry: OpaquePointer?
        while !isFinished {
            // In the C locale libarchive leaves the bytes of names as they are.
            switch withPlainNames({ archive_read_next_header(handle, &entry) }) {
            case ARCHIVE_EOF:
                isFinished = true
                return nil
            // Only the attributes of the entry or the encoding of its name are in doubt.
            case ARCHIVE_OK, ARCHIVE_WARN: break
            default: throw failure(in: name)
            }
            guard let entry, let member = try member(entry) else { continue }
            current = member
            return member
        }
        return nil
    }

    /// An entry's facts, or `nil` if it is a folder or is passed over.
    private func member(_ entry: OpaquePointer) throws -> Member? {
        let member = Member(name: path(of: entry), size: size(of: entry))
        guard archive_entry_hardlink(entry) == nil else {
            throw FileError(
                .unsupported, "\(name):\(member.path)", "is a hard link to another member",
                remedy: "Pack the archive again with `tar --hard-dereference`.")
        }
        guard archive_entry_is_data_encrypted(entry) == 0 else {
            throw FileError(
                .unsupported, "\(name):\(member.path)", "is encrypted",
                remedy: "Pack the archive again without a password.")
        }
        switch FileKind(archive_entry_filetype(entry)) {
        case .file: return member.name.hasSuffix("/") ? nil : member
        case .folder: return nil
        case .other(let kind):
            passedOver.append(Special(name: member.name, kind: kind))
            return nil
        }
    }

    /// Reads what is left of the current file.
    ///
    /// - Parameter limit: More bytes are refused; 16 GiB unless stated.
    /// - Throws: ``FileError``: damaged, cut short, encrypted, larger than the limit.
    public func contents(limit: Int = 1 << 34) throws -> [UInt8] {
        var content = [UInt8]()
        // A damaged header may claim any size, so memory is taken in steps.
        var expected = min(current?.size ?? 1 << 16, limit, 1 << 26)
        while true {
            try Memory.require(2 * content.count + expected, for: place)
            let piece = try [UInt8](unsafeUninitializedCapacity: expected + 1) { buffer, count in
                count = try read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            if content.isEmpty { content = piece } else { content += piece }
            guard content.count <= limit else {
                throw FileError.tooLarge(place, "the content exceeds the limit of \(Memory.text(limit))")
            }
            if piece.count <= expected { return content }
            expected = content.count
        }
    }

    /// Fills the buffer with the next bytes of the current file.
    ///
    /// - Parameter buffer: Where they go.
    /// - Returns: How many there are; fewer than the buffer takes only at the end of the file, 0 after it.
    /// - Throws: ``FileError``: damaged, cut short, encrypted.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        demand(current != nil, "next() has not led to a file")
        var filled = 0
        while filled < buffer.count {
            let start = buffer.baseAddress?.advanced(by: filled)
            let count = archive_read_data(handle, start, buffer.count - filled)
            // A wrong checksum is only a warning to libarchive.
            guard count >= 0 else { throw failure(in: place) }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// Whether ``next()`` has led to a file, and not to the end.
    var isAtFile: Bool { current != nil }

    private var place: String { current.map { "\(name):\($0.path)" } ?? name }

    private func path(of entry: OpaquePointer) -> PathBytes {
        if let stored = zipNames.popLast() { return stored }
        guard let bytes = withPlainNames({ archive_entry_pathname(entry) }) else {
            return PathBytes("(a name that cannot be read)")
        }
        return PathBytes(UnsafeRawBufferPointer(start: bytes, count: strlen(bytes)))
    }

    private func size(of entry: OpaquePointer) -> Int? {
        archive_entry_size_is_set(entry) != 0 ? Int(archive_entry_size(entry)) : nil
    }

    private func starts(with signature: String) -> Bool {
        var start = [UInt8](repeating: 0, count: 4)
        let file = try? FileDescriptor(opening: name, O_RDONLY)
        let count = try? start.withUnsafeMutableBytes { try file?.read(into: $0) }
        return count == 4 && start == Array(signature.utf8)
    }

    private func failure(in place: String) -> FileError {
        let text = archive_error_string(handle).map { String(cString: $0) } ?? "no reason given"
        let lowercase = text.lowercased()
        if lowercase.contains("truncated") { return .truncated(place, "the archive ends early (\(text))") }
        if lowercase.contains("unrecognized archive") {
            if starts(with: "PK\u{5}\u{6}") {
                return FileError(.empty, place, "the archive holds no files", remedy: "Pack it again, or name another.")
            }
            // A zip archive ends with its directory; one that only begins like one has lost it.
            if starts(with: "PK\u{3}\u{4}") { return .truncated(place, "the archive ends early (it has no directory)") }
            return FileError(
                .corrupt, place, "is not a tar or zip archive", remedy: "Check the path; 7z and rar are not read.")
        }
        return .corrupt(place, "the archive is damaged (\(text))")
    }
}
