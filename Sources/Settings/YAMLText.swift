import Yams

/// Parses YAML text into nodes with their lines.
///
/// Yams stops at the first mapping in which a key is repeated and reports neither its path nor the other lines. To report
/// all of them, a mark is put before the key it stopped at, which makes it another key, and the text is parsed again.
struct YAMLText {
    private var text: String
    private var problems: [SettingsError.Problem] = []
    /// Nodes so far, aliases written out.
    private var nodes = 0
    private var excess: SettingsError.Problem?
    /// More repeated keys than this are not distinguished.
    private let limit = 100

    init(_ text: String) {
        self.text = text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
    }

    /// The root of the only document (null for an empty text), the repeated keys, and true if there is nothing at all.
    ///
    /// - Throws: when the text is not YAML, or exceeds ``YAMLLimits``.
    func parse(
        source: String?
    ) throws(SettingsError) -> (root: SettingsNode, problems: [SettingsError.Problem], isEmpty: Bool) {
        if let (reason, line) = YAMLLimits.excess(of: text) {
            throw SettingsError(source: source, problems: [.init("", reason, .line(line))])
        }
        var parser = self
        do {
            let node = try parser.compose()
            let root = node.map { parser.convert($0, at: "", depth: 0) } ?? .null
            if let excess = parser.excess { throw SettingsError(source: source, problems: [excess]) }
            return (root, parser.problems, node == nil || node?.isAbsent == true)
        } catch let error as SettingsError {
            throw error
        } catch let error as YamlError {
            throw SettingsError(source: source, problems: [error.problem])
        } catch {
            throw SettingsError(source: source, problems: [.init("", "not valid YAML: \(error)", .none)])
        }
    }

    private mutating func compose() throws -> Node? {
        var repeated: YamlError?
        for round in 0..<limit {
            do {
                return try Yams.compose(yaml: text)
            } catch let error as YamlError {
                // A mark that broke the text (before an anchor, say) must not hide the first error.
                guard case .duplicatedKeysInMapping(_, let context) = error else { throw repeated ?? error }
                repeated = repeated ?? error
                text.insert(contentsOf: KeyMark.text(round), at: text.index(of: context.mark))
            }
        }
        throw repeated ?? .no
    }

    private mutating func convert(_ node: Node, at path: String, depth: Int) -> SettingsNode {
        let origin = node.origin
        nodes += 1
        if depth > YAMLLimits.depth || nodes > YAMLLimits.nodes {
            let reason =
                depth > YAMLLimits.depth
                ? "has more than \(YAMLLimits.depth) lists and sections within each other" : YAMLLimits.tooMany
            excess = excess ?? .init("", reason, origin)
        }
        // The first excess ends the walk.
        guard excess == nil else { return .null }
        if let tag = node.foreignTag {
            problems.append(.init(path, "has the tag \(tag.shortened()), which settings do not know", origin))
        }
        switch node {
        case .scalar(let scalar): return SettingsNode(scalar.content, origin: origin)
        case .alias: return SettingsNode(.null, origin: origin)  // Yams has put the aliased node in its place.
        case .sequence(let sequence):
            var elements: [SettingsNode] = []
            for element in sequence {
                elements.append(convert(element, at: "\(path)[\(elements.count)]", depth: depth + 1))
            }
            return SettingsNode(.list(elements), origin: origin)
        case .mapping(let mapping):
            return SettingsNode(.mapping(entries(mapping, at: path, depth: depth)), origin: origin)
        }
    }

    private mutating func entries(_ mapping: Node.Mapping, at path: String, depth: Int) -> [SettingsNode.Entry] {
        var entries: [SettingsNode.Entry] = []
        var merged: [SettingsNode.Entry] = []
        var mergeOrigin: SettingsNode.Origin?
        for (node, value) in mapping {
            guard let scalar = node.scalar else {
                problems.append(.init(path, "a key must be a text, not a list or a section", node.origin))
                continue
            }
            let key = KeyMark.removed(from: scalar.string)
            let fullPath = path.isEmpty ? key : "\(path).\(key)"
            if key == "<<", scalar.isPlain {
                if let mergeOrigin { problems.append(.repeated(fullPath, mergeOrigin, node.origin)) }
                mergeOrigin = node.origin
                merged += merge(value, at: fullPath, depth: depth + 1)
                continue
            }
            let entry = SettingsNode.Entry(
                key: key, origin: node.origin, value: convert(value, at: fullPath, depth: depth + 1))
            if let first = entries.firstIndex(where: { $0.key == key }) {
                problems.append(.repeated(fullPath, entries[first].origin, node.origin))
                entries[first] = entry
            } else {
                entries.append(entry)
            }
        }
        // A section's own keys come before merged ones, and of these the first of each name.
        var known = Set(entries.map(\.key))
        return entries + merged.filter { known.insert($0.key).inserted }
    }

    /// The keys that `<<` merges: those of a section, or of several, the first of which counts.
    private mutating func merge(_ node: Node, at path: String, depth: Int) -> [SettingsNode.Entry] {
        switch convert(node, at: path, depth: depth).content {
        case .mapping(let entries): return entries
        case .list(let elements):
            let sections = elements.compactMap { element -> [SettingsNode.Entry]? in
                if case .mapping(let entries) = element.content { entries } else { nil }
            }
            if sections.count == elements.count { return sections.flatMap(\.self) }
        case .null, .scalar: break
        }
        problems.append(.init(path, "must be a section or a list of sections to merge, such as *name", node.origin))
        return []
    }
}

extension SettingsError.Problem {
    fileprivate static func repeated(
        _ path: String, _ first: SettingsNode.Origin, _ again: SettingsNode.Origin
    ) -> Self {
        Self(path, "given before, on \(first.words)", again)
    }
}

/// The mark that tells repeated keys apart: two private characters around a number.
private enum KeyMark {
    private static let start: Character = "\u{F8F0}"
    private static let end: Character = "\u{F8F1}"

    static func text(_ number: Int) -> String { "\(start)\(number)\(end)" }

    /// The key without its mark, and without quotes, which lose their meaning behind the mark.
    static func removed(from key: String) -> String {
        guard key.first == start, let end = key.firstIndex(of: end) else { return key }
        let name = key[key.index(after: end)...]
        let isQuoted = name.count >= 2 && name.first == name.last && (name.first == "\"" || name.first == "'")
        return String(isQuoted ? name.dropFirst().dropLast() : name)
    }
}

extension Node {
    fileprivate var origin: SettingsNode.Origin { mark.map { .line($0.line) } ?? .none }

    /// True of an empty plain scalar, as a document of comments has it.
    fileprivate var isAbsent: Bool { scalar.map { !$0.isQuoted && $0.string.isEmpty } ?? false }

    /// A tag that is none of YAML's own, such as `!python/object`.
    fileprivate var foreignTag: String? {
        let tag: Tag =
            switch self {
            case .scalar(let scalar): scalar.tag
            case .sequence(let sequence): sequence.tag
            case .mapping(let mapping): mapping.tag
            case .alias(let alias): alias.tag
            }
        let own = ["", "!", "str", "int", "float", "bool", "null", "seq", "map"]
        let prefix = "tag:yaml.org,2002:"
        let name = tag.rawValue.hasPrefix(prefix) ? String(tag.rawValue.dropFirst(prefix.count)) : tag.rawValue
        return own.contains(name) ? nil : name.hasPrefix("!") ? name : "!!" + name
    }
}

extension Node.Scalar {
    /// True if it is written without quotes.
    ///
    /// The tags of keys say nothing: Yams resolves them when it looks for repeated keys.
    fileprivate var isPlain: Bool { style == .plain || style == .any }

    /// True of texts, which are never taken for numbers or null.
    fileprivate var isQuoted: Bool {
        !isPlain || [Tag.Name.str.rawValue, "!"].contains(tag.rawValue)
    }

    fileprivate var content: SettingsNode.Content {
        let isNull = !isQuoted && ["", "~", "null", "Null", "NULL"].contains(string)
        return isNull ? .null : .scalar(string, isQuoted: isQuoted)
    }
}

extension SettingsNode.Origin {
    fileprivate var words: String {
        if case .line(let line) = self { "line \(line)" } else { "an earlier line" }
    }
}

extension String {
    /// The place of a mark, whose line and column count from 1 in Unicode scalars.
    fileprivate func index(of mark: Mark) -> Index {
        var line = 1
        var index = startIndex
        let breaks: Set<Unicode.Scalar> = ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"]
        while line < mark.line, index < endIndex {
            let scalar = unicodeScalars[index]
            index = unicodeScalars.index(after: index)
            let isFirstOfTwo = scalar == "\r" && index < endIndex && unicodeScalars[index] == "\n"
            if breaks.contains(scalar), !isFirstOfTwo { line += 1 }
        }
        return unicodeScalars.index(index, offsetBy: mark.column - 1, limitedBy: endIndex) ?? endIndex
    }
}

extension YamlError {
    /// The error as one problem of the whole file.
    fileprivate var problem: SettingsError.Problem {
        switch self {
        case .scanner(let context, let problem, let mark, let yaml),
            .parser(let context, let problem, let mark, let yaml),
            .composer(let context, let problem, let mark, let yaml):
            if problem.contains("nesting level") {
                return .init("", "is nested too deeply: settings have at most 64 levels", .line(mark.line))
            }
            let context = context.map { " " + $0.text } ?? ""
            return .init("", "not valid YAML: \(problem)\(context)", .line(mark.line), hint: mark.hint(in: yaml))
        case .reader(let problem, let offset, _, let yaml):
            let line = offset.map { yaml.prefix($0).count(where: \.isNewline) + 1 }
            return .init("", "not valid YAML: \(problem)", line.map { .line($0) } ?? .none)
        case .duplicatedKeysInMapping(let keys, let context):
            return .init(keys.sorted().joined(separator: ", "), "given more than once", .line(context.mark.line))
        default:
            return .init("", "not valid YAML: \(self)", .none)
        }
    }
}

extension Mark {
    /// The line that the parser stumbled over, and the mistake in it where that can be found.
    fileprivate func hint(in yaml: String) -> String? {
        let lines = yaml.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard lines.indices.contains(line - 1) else { return nil }
        let text = String(lines[line - 1])
        if text.prefix(while: \.isWhitespace).contains("\t") { return "YAML is indented by spaces, not by tabs" }
        return text.isEmpty ? nil : "It reads: \(text.shortened())"
    }
}
