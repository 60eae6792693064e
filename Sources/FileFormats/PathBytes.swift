internal import AtomicFiles

/// A path as file systems and archives hold it: bytes, which may be no UTF-8.
///
/// Two paths are the same only if all bytes are. `String` takes U+00E9 and e + U+0301 for the same, and replaces what is no
/// UTF-8; so names of files are never compared as strings.
public struct PathBytes: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The bytes, without a final zero.
    public let bytes: [UInt8]

    /// A path of bytes.
    public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// A path in UTF-8.
    public init(_ text: String) { self.init(text.utf8) }

    /// The path that ``description`` writes: `\xE9` stands for a byte.
    ///
    /// - Parameter text: The text; a backslash without `x` and two hexadecimal digits stands for itself.
    public init(escaped text: String) { self.init(SystemPath.unescaped(text)) }

    /// The path that a text names: as it is, or, where nothing of that name exists, with `\xE9` in it standing for a byte.
    package init(existing text: String) { self.init(SystemPath.existing(text)) }

    /// The working folder of the process.
    package static var workingFolder: PathBytes { PathBytes(SystemPath.workingFolder) }

    /// A path that Foundation can be given: from the root where the working folder is no UTF-8, which it would mistake.
    package static func reachable(_ text: String) -> String {
        let folder = SystemPath.workingFolder
        guard !text.hasPrefix("/"), String(validating: folder, as: UTF8.self) == nil else { return text }
        return "\(PathBytes(folder))/\(text)"
    }

    /// Order by bytes, the same in every locale.
    public static func < (one: PathBytes, other: PathBytes) -> Bool { one.bytes.lexicographicallyPrecedes(other.bytes) }

    /// The path as text: UTF-8 as it is; bytes that are none, and control characters, as `\xE9`.
    public var description: String { escaped { _ in false } }

    /// True if there are no bytes.
    public var isEmpty: Bool { bytes.isEmpty }

    /// The parts between slashes, without empty ones.
    public var components: [PathBytes] { bytes.split(separator: UInt8(ascii: "/")).map { PathBytes($0) } }

    /// Parts with slashes between them.
    public init(components: some Sequence<PathBytes>) { self.init(components.map(\.bytes).joined(separator: [0x2F])) }

    /// The path with another behind it.
    public func appending(_ other: PathBytes) -> PathBytes {
        if isEmpty { return other }
        return PathBytes(bytes + (bytes.last == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]) + other.bytes)
    }

    /// True if the path ends with the text.
    public func hasSuffix(_ text: String) -> Bool {
        bytes.count >= text.utf8.count && bytes.suffix(text.utf8.count).elementsEqual(text.utf8)
    }

    /// True if the path begins with the text.
    public func hasPrefix(_ text: String) -> Bool { bytes.starts(with: text.utf8) }

    /// The ending of the last part in lower case, without the dot; empty if there is none.
    public var ending: String {
        let name = bytes.suffix(from: bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return "" }
        return PathBytes(name.suffix(from: dot + 1)).description.lowercased()
    }

    /// Texts of paths, different for different paths: where `String` would take two for the same, as it takes U+00E9 and
    /// e + U+0301, all bytes of both that are not ASCII are written out.
    ///
    /// ``init(escaped:)`` reads each back.
    public static func texts(of paths: [PathBytes]) -> [String] {
        let plain = paths.map(\.description)
        var owners: [String: PathBytes] = [:]
        var ambiguous: Set<String> = []
        for (path, text) in zip(paths, plain) where owners.updateValue(path, forKey: text).map({ $0 != path }) ?? false
        {
            ambiguous.insert(text)
        }
        guard !ambiguous.isEmpty else { return plain }
        return zip(paths, plain).map { path, text in ambiguous.contains(text) ? path.escaped { $0 >= 0x80 } : text }
    }

    private func escaped(where isEscaped: (UInt8) -> Bool) -> String {
        // Nearly all paths are plain.
        if bytes.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\\") }) {
            return String(decoding: bytes, as: UTF8.self)
        }
        var text = ""
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            let length =
                isEscaped(byte) || SystemPath.escapedByte(bytes[index...]) != nil ? nil : Self.scalar(bytes[index...])
            text += length.map { String(decoding: bytes[index..<(index + $0)], as: UTF8.self) } ?? Self.escape(byte)
            index += length ?? 1
        }
        return text
    }

    private static func escape(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "\\x" + (digits.count == 1 ? "0" : "") + digits
    }

    /// Bytes of the character in UTF-8 that begins there; nil for a control character or what is no UTF-8.
    private static func scalar(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = bytes.first else { return nil }
        if first < 0x80 { return first < 0x20 || first == 0x7F ? nil : 1 }
        for length in 2...4 where bytes.count >= length {
            let part = bytes.prefix(length)
            let scalars = Array(String(validating: part, as: UTF8.self)?.unicodeScalars ?? "".unicodeScalars)
            // U+0080 to U+009F are control characters too.
            if scalars.count == 1 { return scalars[0].value < 0xA0 ? nil : length }
        }
        return nil
    }
}
