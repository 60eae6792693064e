/// Limits of YAML text, examined before it is parsed: some kilobytes of aliases can stand for more than any memory holds.
enum YAMLLimits {
    /// Aliases of a text, more than which no settings need.
    static let aliases = 1000
    /// Letters of a text whose aliases are written out.
    static let letters = 16 << 20
    /// Lists and sections within each other.
    static let depth = 64
    /// Values and keys, aliases written out.
    static let nodes = 1_000_000

    /// The reason for which a text is refused, and its line, if it exceeds the limits.
    ///
    /// Anchors and aliases are found by their letters alone, so that those in comments and quotes count too: limits need no
    /// more. An alias counts as all text from its anchor to its first use, between which its node ends.
    static func excess(of text: String) -> (reason: String, line: Int)? {
        var scan = AnchorScan()
        return text.utf8.withContiguousStorageIfAvailable { scan.excess(of: $0) } ?? scan.excess(of: Array(text.utf8))
    }
}

/// Scan for anchors and aliases.
private struct AnchorScan {
    private var line = 1
    /// Letters so far, aliases written out.
    private var letters = 0
    private var separators = 0
    private var aliases = 0
    private var starts: [String: Int] = [:]
    private var sizes: [String: Int] = [:]

    mutating func excess(of bytes: some RandomAccessCollection<UInt8>) -> (reason: String, line: Int)? {
        var previous = UInt8(ascii: "\n")
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            letters += 1
            if byte == UInt8(ascii: "\n") { line += 1 }
            if Self.separating.contains(byte) { separators += 1 }
            if byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*"), Self.beforeName.contains(previous) {
                let name = String(decoding: rest.prefix { !Self.afterName.contains($0) }, as: UTF8.self)
                if let reason = count(name, isAlias: byte == UInt8(ascii: "*")) { return (reason, line) }
            }
            previous = byte
        }
        guard separators <= YAMLLimits.nodes else { return ("has more than \(YAMLLimits.nodes) values", line) }
        return nil
    }

    private mutating func count(_ name: String, isAlias: Bool) -> String? {
        guard !name.isEmpty else { return nil }
        guard isAlias else {
            if sizes[name] != nil { return "the anchor '&\(name.shortened())' is given twice" }
            starts[name] = letters
            return nil
        }
        aliases += 1
        guard aliases <= YAMLLimits.aliases else { return "has more than \(YAMLLimits.aliases) aliases (*name)" }
        guard let start = starts[name] else { return nil }
        let size = sizes[name] ?? (letters - start)
        sizes[name] = size
        letters += size
        return letters <= YAMLLimits.letters ? nil : YAMLLimits.tooMany
    }

    private static let beforeName = Set(" \n\r\t[{,:-?".utf8)
    private static let afterName = Set(" \n\r\t[]{},".utf8)
    private static let separating = Set(",\n-:".utf8)
}

extension YAMLLimits {
    /// The message for aliases that stand for too much.
    static let tooMany = "its aliases (*name) stand for more than \(nodes) values"
}
