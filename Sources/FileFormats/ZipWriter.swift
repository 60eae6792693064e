internal import CLibArchive
internal import Foundation

/// Writes a zip archive member by member, without the time or the user's name, so that equal content gives equal bytes.
final class ZipWriter {
    private let path: String
    private let handle: OpaquePointer

    init(_ path: String, deflates: Bool) throws {
        guard let handle = archive_write_new() else { throw FileError(errno: ENOMEM, path, "create") }
        self.path = path
        self.handle = handle
        archive_write_set_format_zip(handle)
        archive_write_set_format_option(handle, "zip", "compression", deflates ? "deflate" : "store")
        // The last block is not padded: a zip archive ends with its directory.
        archive_write_set_bytes_in_last_block(handle, 1)
        try check(archive_write_open_filename(handle, path))
    }

    deinit { archive_write_free(handle) }

    /// Adds a file whose content is the pieces one after the other.
    func add(_ name: String, _ pieces: [[UInt8]]) throws {
        guard let entry = archive_entry_new() else { throw FileError(errno: ENOMEM, path, "write") }
        defer { archive_entry_free(entry) }
        archive_entry_set_size(entry, Int64(pieces.reduce(0) { $0 + $1.count }))
        // S_IFREG, a regular file; the C macro is not one thing on every system.
        archive_entry_set_filetype(entry, 0o100000)
        archive_entry_set_perm(entry, 0o644)
        // The name is stored as UTF-8 and marked so.
        let status = withUTF8Names {
            archive_entry_set_pathname(entry, name)
            return archive_write_header(handle, entry)
        }
        try check(status)
        for piece in pieces {
            let written = archive_write_data(handle, piece, piece.count)
            guard written == piece.count else { throw failure }
        }
        try check(archive_write_finish_entry(handle))
    }

    /// Writes the directory and closes the file.
    func finish() throws { try check(archive_write_close(handle)) }

    private func check(_ status: Int32) throws {
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN else { throw failure }
    }

    private var failure: FileError { FileError(errno: archive_errno(handle), path, "write") }
}
