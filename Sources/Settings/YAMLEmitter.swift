/// Writes sections as block mappings, lists on one line, and comments above their keys.
struct YAMLEmitter {
    let comments: Bool
    /// Comments are broken after this column.
    private let width = 100

    func text(of entries: [SettingsNode.Entry]) -> String {
        entries.isEmpty ? "{}\n" : lines(entries, indent: "").joined(separator: "\n") + "\n"
    }

    private func lines(_ entries: [SettingsNode.Entry], indent: String) -> [String] {
        entries.flatMap { entry in
            commentLines(entry.comment, indent) + self.entry(entry, indent)
        }
    }

    private func entry(_ entry: SettingsNode.Entry, _ indent: String) -> [String] {
        if case .mapping(let children) = entry.value.content, !children.isEmpty {
            return ["\(indent)\(entry.key):"] + lines(children, indent: indent + "  ")
        }
        if case .list(let elements) = entry.value.content, !elements.isEmpty, elements.allSatisfy(\.isSection) {
            return ["\(indent)\(entry.key):"] + elements.flatMap { element($0, indent + "  ") }
        }
        return ["\(indent)\(entry.key): \(entry.value)"]
    }

    /// A section in a list, with a dash before its first line.
    ///
    /// Comments would stand between the elements.
    private func element(_ node: SettingsNode, _ indent: String) -> [String] {
        guard case .mapping(let entries) = node.content else { return [] }
        let lines = YAMLEmitter(comments: false).lines(entries, indent: indent + "  ")
        return ["\(indent)- \(lines[0].dropFirst(indent.count + 2))"] + lines.dropFirst()
    }

    private func commentLines(_ comment: String?, _ indent: String) -> [String] {
        guard comments, let comment else { return [] }
        var lines: [String] = []
        for word in comment.split(whereSeparator: \.isWhitespace) {
            if let line = lines.last, line.count + word.count < width {
                lines[lines.count - 1] = line + " " + word
            } else {
                lines.append("\(indent)# \(word)")
            }
        }
        return lines
    }
}

extension SettingsNode {
    /// True of keys and values, at least one.
    fileprivate var isSection: Bool {
        if case .mapping(let entries) = content { !entries.isEmpty } else { false }
    }
}

extension SettingsNode: CustomStringConvertible {
    /// The node as YAML on one line.
    public var description: String {
        switch content {
        case .null: "null"
        case .scalar(let text, let isQuoted): isQuoted && !text.isPlainInYAML ? text.inDoubleQuotes : text
        case .list(let elements): "[" + elements.map(\.description).joined(separator: ", ") + "]"
        case .mapping(let entries): "{" + entries.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}"
        }
    }
}

extension String {
    /// True if every reader of YAML takes this for a text as it stands: words and paths.
    fileprivate var isPlainInYAML: Bool {
        let reserved = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
        guard let first = utf8.first, let last = utf8.last, !reserved.contains(lowercased()) else { return false }
        return (first.isLetter || first == UInt8(ascii: "/")) && last != UInt8(ascii: " ")
            && utf8.allSatisfy { $0.isLetter || (48...57).contains($0) || "_./- ".utf8.contains($0) }
    }

    fileprivate var inDoubleQuotes: String {
        "\"" + unicodeScalars.map(\.escapedInYAML).joined() + "\""
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool { (65...90).contains(self) || (97...122).contains(self) }
}

extension Unicode.Scalar {
    /// The letter, or its escape where YAML wants one.
    fileprivate var escapedInYAML: String {
        switch self {
        case "\"": return "\\\""
        case "\\": return "\\\\"
        case "\n": return "\\n"
        case "\t": return "\\t"
        default: break
        }
        if value < 0x80, properties.generalCategory != .control { return String(self) }
        if properties.isAlphabetic { return String(self) }
        let digits = String(value, radix: 16)
        let width = value > 0xFFFF ? 8 : 4
        return (width == 8 ? "\\U" : "\\u") + String(repeating: "0", count: width - digits.count) + digits
    }
}
