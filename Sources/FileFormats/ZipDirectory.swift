internal import CZlib
internal import Foundation

/// The names in a zip archive as they are stored: libarchive, which reads the rest, composes their characters.
enum ZipDirectory {
    /// The names in the order in which libarchive hands out entries: that of their places in the file.
    ///
    /// - Returns: None if the file is no zip archive, or its directory cannot be found.
    /// - Throws: ``FileError`` if two entries share a content, as only damaged archives and bombs have it.
    static func names(in file: borrowing FileDescriptor) throws -> [PathBytes] {
        try entries(in: file).map(\.name)
    }

    /// The files of an archive with their places, for readers that need no decompression.
    static func members(in file: FileBytes) throws -> [ZipMember] {
        try file.withDescriptor { try entries(in: $0) }.map { entry in
            ZipMember(
                name: String(decoding: entry.name.bytes, as: UTF8.self), place: entry.place, size: entry.size,
                isStored: entry.isStored)
        }
    }

    /// The entries in the order of their places in the file.
    private static func entries(in file: borrowing FileDescriptor) throws -> [Entry] {
        guard let directory = try find(in: file) else { return [] }
        var entries: [Entry] = []
        var rest = directory[...]
        while let entry = Entry(&rest) { entries.append(entry) }
        entries.sort { $0.place < $1.place }
        if let twin = zip(entries, entries.dropFirst()).first(where: { $0.place == $1.place }) {
            throw FileError.corrupt(file.path, "\(twin.0.name) and \(twin.1.name) lie at the same place")
        }
        return entries
    }

    /// One entry of the directory: 46 bytes, then name, extra fields and comment.
    private struct Entry {
        let place: UInt64
        let name: PathBytes
        /// Bytes in the archive.
        let size: UInt64
        /// True if they are those of the file.
        let isStored: Bool

        init?(_ rest: inout ArraySlice<UInt8>) {
            guard rest.starts(with: [0x50, 0x4B, 1, 2]), rest.count >= 46 else { return nil }
            let head = Array(rest.prefix(46))
            let lengths = [28, 30, 32].map { Int(ZipDirectory.number(head, $0, 2)) }
            guard rest.count >= 46 + lengths.reduce(0, +) else { return nil }
            let stored = Array(rest.dropFirst(46).prefix(lengths[0]))
            let extras = Array(rest.dropFirst(46 + lengths[0]).prefix(lengths[1]))
            rest = rest.dropFirst(46 + lengths.reduce(0, +))
            var (place, name) = (ZipDirectory.number(head, 42, 4), stored)
            var packed = ZipDirectory.number(head, 20, 4)
            var index = 0
            while index + 4 <= extras.count {
                let (kind, size) = (
                    ZipDirectory.number(extras, index, 2), Int(ZipDirectory.number(extras, index + 2, 2))
                )
                guard index + 4 + size <= extras.count else { break }
                let field = Array(extras[(index + 4)..<(index + 4 + size)])
                if kind == 1 {
                    place = Self.place(head, field) ?? place
                    packed = Self.size(head, field) ?? packed
                }
                if kind == 0x7075 { name = Self.unicodeName(field, stored) ?? name }
                index += 4 + size
            }
            (self.place, self.name, self.size) = (place, PathBytes(name), packed)
            isStored = ZipDirectory.number(head, 10, 2) == 0
        }

        /// The size in the archive, which stands behind that of the file if both are 0xFFFFFFFF.
        private static func size(_ head: [UInt8], _ field: [UInt8]) -> UInt64? {
            guard ZipDirectory.number(head, 20, 4) == 0xFFFF_FFFF else { return nil }
            let before = ZipDirectory.number(head, 24, 4) == 0xFFFF_FFFF ? 8 : 0
            return field.count >= before + 8 ? ZipDirectory.number(field, before, 8) : nil
        }

        /// In large archives sizes and place are 0xFFFFFFFF, and stand in an extra field, in this order.
        private static func place(_ head: [UInt8], _ field: [UInt8]) -> UInt64? {
            guard ZipDirectory.number(head, 42, 4) == 0xFFFF_FFFF else { return nil }
            let before = [24, 20].count { ZipDirectory.number(head, $0, 4) == 0xFFFF_FFFF }
            return field.count >= 8 * before + 8 ? ZipDirectory.number(field, 8 * before, 8) : nil
        }

        /// Info-ZIP's name in UTF-8, valid while the checksum of the other name is right.
        private static func unicodeName(_ field: [UInt8], _ stored: [UInt8]) -> [UInt8]? {
            guard field.count > 5, field[0] == 1,
                ZipDirectory.number(field, 1, 4) == UInt64(crc32(0, stored, UInt32(stored.count)))
            else { return nil }
            return Array(field.dropFirst(5))
        }
    }

    /// The directory, which the end record, within the last 64 KiB, tells of.
    private static func find(in file: borrowing FileDescriptor) throws -> [UInt8]? {
        let size = try file.size()
        guard try file.bytes(at: 0, 2) == [0x50, 0x4B] else { return nil }
        let tail = try file.bytes(at: max(0, size - 65_557), min(size, 65_557))
        guard tail.count >= 22,
            let start = (0...(tail.count - 22)).reversed().first(where: {
                tail[$0...].starts(with: [0x50, 0x4B, 5, 6])
            })
        else { return nil }
        var (length, place) = (number(tail, start + 12, 4), number(tail, start + 16, 4))
        let end = size - tail.count + start
        if length == 0xFFFF_FFFF || place == 0xFFFF_FFFF || number(tail, start + 10, 2) == 0xFFFF {
            let locator = try file.bytes(at: max(0, end - 20), 20)
            guard locator.starts(with: [0x50, 0x4B, 6, 7]), locator.count == 20 else { return nil }
            let record = try file.bytes(at: Int(clamping: number(locator, 8, 8)), 56)
            guard record.starts(with: [0x50, 0x4B, 6, 6]), record.count == 56 else { return nil }
            (length, place) = (number(record, 40, 8), number(record, 48, 8))
        }
        guard length <= size, place <= size, Int(place) + Int(length) <= size else { return nil }
        try Memory.require(Int(length), for: file.path)
        let directory = try file.bytes(at: Int(place), Int(length))
        // Archives behind a program, which unpacks them, have it further behind.
        return directory.starts(with: [0x50, 0x4B, 1, 2])
            ? directory : try file.bytes(at: max(0, end - Int(length)), Int(length))
    }

    fileprivate static func number(_ bytes: [UInt8], _ place: Int, _ size: Int) -> UInt64 {
        bytes[place..<(place + size)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// A file in a zip archive.
struct ZipMember {
    let name: String
    let place: UInt64
    let size: UInt64
    let isStored: Bool

    /// The places of its bytes in the archive.
    ///
    /// - Throws: ``FileError`` if it is compressed, or does not lie within the archive.
    func content(in file: FileBytes, _ path: String) throws -> Range<Int> {
        guard isStored else {
            throw FileError(
                .unsupported, path, "has the member '\(name)' compressed, which torch.save never does",
                remedy: "Load it in PyTorch and save it again.")
        }
        guard let start = Int(exactly: place), let count = Int(exactly: size), start <= file.count - 30 else {
            throw FileError.truncated(path, "'\(name)' lies beyond its end")
        }
        // The name and the extra fields here are others than in the directory.
        let head = try file.bytes(at: start, 30)
        guard head.count == 30, head.starts(with: [0x50, 0x4B, 3, 4]) else {
            throw FileError.corrupt(path, "'\(name)' is not where the directory says")
        }
        let begin = start + 30 + Int(head[26]) + Int(head[27]) << 8 + Int(head[28]) + Int(head[29]) << 8
        guard begin <= file.count, count <= file.count - begin else {
            throw FileError.truncated(path, "'\(name)' ends early")
        }
        return begin..<(begin + count)
    }
}
