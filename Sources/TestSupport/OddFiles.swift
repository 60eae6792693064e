/// Files as other programs may write them, byte by byte: names that are no UTF-8, links, odd headers.
public enum OddFiles {
    /// A file, or link, of an archive.
    public struct Member {
        /// Its name, as it is stored.
        public var name: [UInt8]
        /// Its content; of a link, nothing.
        public var content: [UInt8]
        /// Its kind in a tar archive: "0" a file, "1" a hard link, "2" a symbolic link, "6" a pipe.
        public var kind: Character

        /// A member.
        public init(_ name: some Sequence<UInt8>, _ content: [UInt8], kind: Character = "0") {
            (self.name, self.content, self.kind) = (Array(name), content, kind)
        }
    }

    /// A zip archive of stored members, whose names go in as they are; marked as UTF-8 if asked.
    public static func zip(_ members: [Member], isUTF8: Bool = false) -> [UInt8] {
        var (file, directory): ([UInt8], [UInt8]) = ([], [])
        for member in members {
            let place = file.count
            let flags = little(isUTF8 ? 0x800 : 0, 2)
            let size = little(member.content.count, 4)
            let head =
                little(20, 2) + flags + little(0, 2) + little(0, 2) + little(0x21, 2)
                + little(Int(crc32(member.content)), 4)
                + size + size + little(member.name.count, 2) + little(0, 2)
            file += Array("PK\u{3}\u{4}".utf8) + head + member.name + member.content
            directory +=
                Array("PK\u{1}\u{2}".utf8) + little(0x14, 2) + head + little(0, 2) + little(0, 2) + little(0, 2)
            directory += little(0, 4) + little(place, 4) + member.name
        }
        let count = little(members.count, 2)
        return file + directory + Array("PK\u{5}\u{6}".utf8) + little(0, 4) + count + count
            + little(directory.count, 4) + little(file.count, 4) + little(0, 2)
    }

    /// A tar archive, whose names, of at most 100 bytes, go in as they are.
    public static func tar(_ members: [Member]) -> [UInt8] {
        var file: [UInt8] = []
        for member in members {
            var head = [UInt8](repeating: 0, count: 512)
            func put(_ bytes: some Sequence<UInt8>, at place: Int) {
                for (index, byte) in bytes.enumerated() { head[place + index] = byte }
            }
            put(member.name, at: 0)
            put("0000644\0".utf8, at: 100)
            put(octal(member.content.count, 11), at: 124)
            put("00000000000".utf8, at: 136)
            put("        ".utf8, at: 148)
            put(member.kind.utf8, at: 156)
            if member.kind == "1" || member.kind == "2" { put("elsewhere.png".utf8, at: 157) }
            put("ustar\u{0}00".utf8, at: 257)
            put(octal(head.reduce(0) { $0 + Int($1) }, 6) + [0], at: 148)
            file += head + member.content + [UInt8](repeating: 0, count: (512 - member.content.count % 512) % 512)
        }
        return file + [UInt8](repeating: 0, count: 1024)
    }

    /// A PNG image.
    ///
    /// - Parameters:
    ///   - width: Pixels per row.
    ///   - height: Rows; fewer may be given, as in a file that claims more than it has.
    ///   - depth: Bits per sample.
    ///   - colours: 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGB and alpha.
    ///   - rows: Bytes of each row.
    ///   - before: Chunks before the pixels.
    ///   - after: Chunks behind them.
    public static func png(
        width: Int, height: Int, depth: UInt8 = 8, colours: UInt8, rows: [[UInt8]],
        before: [(String, [UInt8])] = [], after: [(String, [UInt8])] = []
    ) -> [UInt8] {
        let header = big(width, 4) + big(height, 4) + [depth, colours, 0, 0, 0]
        let chunks =
            [("IHDR", header)] + before + [("IDAT", deflated(rows.flatMap { [0] + $0 }))] + after + [("IEND", [])]
        return [0x89] + Array("PNG\r\n\u{1A}\n".utf8)
            + chunks.flatMap { kind, data in
                let content = Array(kind.utf8) + data
                return big(data.count, 4) + content + big(Int(crc32(content)), 4)
            }
    }

    /// EXIF data with nothing but an orientation.
    public static func exif(orientation: Int, isLittleEndian: Bool = false) -> [UInt8] {
        let number = isLittleEndian ? little : big
        return Array((isLittleEndian ? "II" : "MM").utf8) + number(42, 2) + number(8, 4) + number(1, 2)
            + number(0x0112, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) + [0, 0] + number(0, 4)
    }

    /// A JPEG file with another segment behind its first two bytes.
    public static func jpeg(_ file: [UInt8], inserting marker: UInt8, _ content: [UInt8]) -> [UInt8] {
        Array(file[..<2]) + [0xFF, marker] + big(content.count + 2, 2) + content + file[2...]
    }

    /// A JPEG file whose first scan claims another last coefficient.
    public static func jpeg(_ file: [UInt8], lastCoefficient: UInt8) -> [UInt8] {
        var file = file
        let start = file.indices.dropLast().first { file[$0] == 0xFF && file[$0 + 1] == 0xDA } ?? 0
        file[start + 2 + Int(file[start + 2]) << 8 + Int(file[start + 3]) - 2] = lastCoefficient
        return file
    }

    /// A `.npy` file of any header.
    public static func npy(_ type: String, _ shape: String, _ content: [UInt8]) -> [UInt8] {
        let text = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }\n".utf8)
        return [0x93] + Array("NUMPY".utf8) + [1, 0] + little(text.count, 2) + text + content
    }

    /// Little-endian bytes of a number.
    public static func little(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    private static func big(_ number: Int, _ count: Int) -> [UInt8] { little(number, count).reversed() }

    private static func octal(_ number: Int, _ digits: Int) -> [UInt8] {
        let text = String(number, radix: 8)
        return Array((String(repeating: "0", count: digits - text.count) + text).utf8)
    }

    /// CRC-32 of the PNG specification, annex D.
    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = .max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
        }
        return ~crc
    }

    /// Stored blocks in zlib's frame (RFC 1950 and 1951).
    private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var (a, b) = (1, 0)
        for byte in bytes {
            a = (a + Int(byte)) % 65_521
            b = (b + a) % 65_521
        }
        var stream: [UInt8] = [0x78, 0x01]
        var rest = bytes[...]
        repeat {
            let piece = rest.prefix(65_535)
            rest = rest.dropFirst(piece.count)
            stream += [rest.isEmpty ? 1 : 0] + little(piece.count, 2) + little(~piece.count, 2) + piece
        } while !rest.isEmpty
        return stream + big(b << 16 | a, 4)
    }
}
