/// Assignments `a.b=value` before they meet a section.
public enum Assignments {
    /// The text that assignments give a key, whatever their order and form: `a.b=x` or `a={b: x}`; nil if they give none.
    public static func text(at path: String, in assignments: [String]) -> String? {
        var document = SettingsDocument()
        document.apply(assignments)
        var node = SettingsNode(.mapping(document.root))
        for key in path.split(separator: ".") {
            guard case .mapping(let entries) = node.content, let next = entries.first(where: { $0.key == key })
            else { return nil }
            node = next.value
        }
        return node.text
    }
}

/// Mistake of an assignment.
struct AssignmentError: Error {
    let problem: SettingsError.Problem

    init(_ path: String, _ message: String, hint: String? = nil) {
        problem = .init(path, message, .assignment, hint: hint)
    }
}

/// One assignment `a.b=value` of the command line.
struct Assignment {
    let path: [String]
    let value: SettingsNode

    init(_ text: String) throws(AssignmentError) {
        guard let equals = text.firstIndex(of: "=") else {
            throw AssignmentError(text.shortened(), "has no '='", hint: "Write --set section.key=value")
        }
        let name = String(text[..<equals])
        path = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard path.allSatisfy({ !$0.isEmpty && !$0.contains(where: \.isWhitespace) }) else {
            throw AssignmentError(text.shortened(), "has no key before '='", hint: "Write --set section.key=value")
        }
        value = try Self.value(String(text[text.index(after: equals)...]), for: name)
    }

    private static func value(_ text: String, for name: String) throws(AssignmentError) -> SettingsNode {
        do throws(SettingsError) {
            let parsed = try YAMLText(text).parse(source: nil)
            if let problem = parsed.problems.first {
                throw SettingsError(source: nil, problems: [problem])
            }
            var value = parsed.root.relocated(to: .assignment)
            value.isMissing = parsed.isEmpty
            return value
        } catch {
            let problem = error.problems[0]
            let inner = problem.path.isEmpty ? name : "\(name).\(problem.path)"
            throw AssignmentError(inner, problem.message, hint: "Quotes make a text of it: --set '\(name)=\"...\"'")
        }
    }
}

extension SettingsNode {
    /// Puts a value at a path below this node, making sections on the way.
    mutating func assign(
        _ value: SettingsNode, to path: ArraySlice<String>, of whole: [String]
    ) throws(AssignmentError) {
        guard let key = path.first else {
            merge(value)
            return
        }
        var entries: [Entry]
        switch content {
        case .null: entries = []
        case .mapping(let existing): entries = existing
        case .scalar, .list:
            let section = whole.prefix(whole.count - path.count).joined(separator: ".")
            throw AssignmentError(whole.joined(separator: "."), "'\(section)' is \(summary), not a section")
        }
        let index = entries.firstIndex { $0.key == key } ?? entries.count
        if index == entries.count {
            entries.append(Entry(key: key, origin: .assignment, value: SettingsNode(.null, origin: .assignment)))
        }
        try entries[index].value.assign(value, to: path.dropFirst(), of: whole)
        content = .mapping(entries)
    }

    /// Takes over a value: keys of a section one by one, so that none is dropped without a word; all of a section of another
    /// kind, whose `name` differs, and all other values as a whole.
    private mutating func merge(_ value: SettingsNode) {
        guard case .mapping(let new) = value.content, case .mapping(var entries) = content else {
            self = value
            return
        }
        func kind(_ entries: [Entry]) -> [Character]? { entries.first { $0.key == "name" }?.value.text?.lettersOnly }
        if let name = kind(new), name != kind(entries) {
            self = value
            return
        }
        for entry in new {
            if let index = entries.firstIndex(where: { $0.key == entry.key }) {
                entries[index].value.merge(entry.value)
            } else {
                entries.append(entry)
            }
        }
        content = .mapping(entries)
    }

    /// The same tree with another origin throughout.
    fileprivate func relocated(to origin: Origin) -> SettingsNode {
        switch content {
        case .null, .scalar: SettingsNode(content, origin: origin)
        case .list(let elements): SettingsNode(.list(elements.map { $0.relocated(to: origin) }), origin: origin)
        case .mapping(let entries):
            SettingsNode(
                .mapping(entries.map { Entry(key: $0.key, origin: origin, value: $0.value.relocated(to: origin)) }),
                origin: origin)
        }
    }
}
