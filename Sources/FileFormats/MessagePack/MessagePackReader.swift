public import Foundation

/// Reads MessagePack values from a file, whose long texts of bytes it passes over.
///
/// Written here because libraries read a value into memory as a whole, and reserve room for as many elements as five bytes of a
/// file claim. A file of 10 GB of weights takes some kilobytes here. Every length is compared with what is left of the file before
/// anything is reserved; values lie at most 64 deep within each other, and there are at most a million of them.
public struct MessagePackReader {
    /// Values within each other.
    private static let deepest = 64
    /// Values of a file.
    private static let most = 1 << 20
    /// Bytes of a text.
    private static let longestText = 1 << 16
    private static let window = 1 << 16

    private let file: FileBytes
    private let name: String
    private let end: Int
    private var position: Int
    private var loaded: [UInt8] = []
    private var loadedStart = 0
    private var count = 0
    private var depth = 0

    /// A reader of a whole file, or of a part of it.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - name: Path for errors.
    ///   - range: Places of the values; the whole file if nil.
    package init(_ file: FileBytes, name: String, in range: Range<Int>? = nil) {
        (self.file, self.name) = (file, name)
        (position, end) = (range?.lowerBound ?? 0, range?.upperBound ?? file.count)
    }

    /// The one value of a file.
    ///
    /// - Throws: ``FileError`` if the file is absent, damaged, or goes on behind the value.
    public static func value(of url: URL) throws -> MessagePackValue {
        var reader = MessagePackReader(try FileBytes(url), name: url.filePath)
        return try reader.only()
    }

    /// The one value that all bytes are.
    package mutating func only() throws -> MessagePackValue {
        guard end > position else { throw FileError.empty(name) }
        let value = try next()
        guard position == end else { throw damaged("\(end - position) bytes follow the value") }
        return value
    }

    // MARK: Values

    private mutating func next() throws -> MessagePackValue {
        count += 1
        guard count <= Self.most else { throw refused("more than \(Self.most) values") }
        let head = try byte()
        switch head {
        case 0x00...0x7F: return .integer(Int(head))
        case 0x80...0x8F: return try map(Int(head & 0x0F))
        case 0x90...0x9F: return try array(Int(head & 0x0F))
        case 0xA0...0xBF: return .string(try text(Int(head & 0x1F)))
        case 0xC0: return .null
        case 0xC2, 0xC3: return .boolean(head == 0xC3)
        case 0xC4...0xC6: return .binary(try range(length(1 << (head - 0xC4))))
        case 0xC7...0xC9: return try extended(length(1 << (head - 0xC7)))
        case 0xCA: return .float(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try number(4)))))
        case 0xCB: return .float(Double(bitPattern: try number(8)))
        case 0xCC...0xCF: return .integer(try length(1 << (head - 0xCC)))
        case 0xD0...0xD3: return .integer(try signed(1 << (head - 0xD0)))
        case 0xD4...0xD8: return try extended(1 << (head - 0xD4))
        case 0xD9...0xDB: return .string(try text(length(1 << (head - 0xD9))))
        case 0xDC, 0xDD: return try array(length(head == 0xDC ? 2 : 4))
        case 0xDE, 0xDF: return try map(length(head == 0xDE ? 2 : 4))
        case 0xE0...0xFF: return .integer(Int(Int8(bitPattern: head)))
        default: throw damaged("the byte 0xC1, which begins no value")
        }
    }

    private mutating func array(_ length: Int) throws -> MessagePackValue {
        // Each element takes a byte at least.
        guard length <= end - position else { throw short() }
        return try nested { reader in
            var values: [MessagePackValue] = []
            for _ in 0..<length { values.append(try reader.next()) }
            return .array(values)
        }
    }

    private mutating func map(_ length: Int) throws -> MessagePackValue {
        guard length <= (end - position) / 2 else { throw short() }
        return try nested { reader in
            var pairs: [MessagePackValue.Pair] = []
            var keys: Set<String> = []
            for _ in 0..<length {
                guard case .string(let key) = try reader.next() else { throw reader.damaged("a key that is no text") }
                guard keys.insert(key).inserted else { throw reader.damaged("the key '\(key)' twice") }
                pairs.append(.init(key: key, value: try reader.next()))
            }
            return .map(pairs)
        }
    }

    private mutating func nested(_ body: (inout Self) throws -> MessagePackValue) throws -> MessagePackValue {
        depth += 1
        guard depth <= Self.deepest else { throw refused("values more than \(Self.deepest) deep within each other") }
        defer { depth -= 1 }
        return try body(&self)
    }

    private mutating func extended(_ length: Int) throws -> MessagePackValue {
        let type = Int8(bitPattern: try byte())
        return .extended(type: type, try range(length))
    }

    private mutating func range(_ length: Int) throws -> Range<Int> {
        guard length <= end - position else { throw short() }
        defer { position += length }
        return position..<(position + length)
    }

    // MARK: Bytes

    private mutating func take(_ length: Int) throws -> ArraySlice<UInt8> {
        guard length <= end - position else { throw short() }
        if position < loadedStart || position + length > loadedStart + loaded.count {
            loaded = try file.bytes(at: position, min(max(length, Self.window), end - position))
            loadedStart = position
            guard loaded.count >= length else { throw short() }
        }
        defer { position += length }
        return loaded[(position - loadedStart)..<(position - loadedStart + length)]
    }

    private mutating func byte() throws -> UInt8 { try take(1).first ?? 0 }

    private mutating func number(_ size: Int) throws -> UInt64 { try take(size).reduce(0) { $0 << 8 | UInt64($1) } }

    /// A number without sign.
    private mutating func length(_ size: Int) throws -> Int {
        guard let value = Int(exactly: try number(size)) else { throw refused("a number above 2^63") }
        return value
    }

    private mutating func signed(_ size: Int) throws -> Int {
        let shift = Int64(64 - 8 * size)
        return Int(Int64(bitPattern: try number(size) << UInt64(shift)) >> shift)
    }

    private mutating func text(_ length: Int) throws -> String {
        guard length <= Self.longestText else { throw refused("a text of \(length) bytes") }
        guard let text = String(validating: try take(length), as: UTF8.self) else {
            throw damaged("text that is not UTF-8")
        }
        return text
    }

    private func short() -> FileError { .truncated(name, "its MessagePack data end early") }
    private func damaged(_ what: String) -> FileError { .corrupt(name, "its MessagePack data contain \(what)") }
    private func refused(_ what: String) -> FileError {
        FileError(
            .unsupported, name, "its MessagePack data contain \(what), which weights do not need",
            remedy: "Fetch the file again, or name another.")
    }
}
