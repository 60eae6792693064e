import Foundation

/// The text of a settings file and the assignments of the command line, merged, before they meet a section.
struct SettingsDocument {
    let source: String?
    private(set) var root: [SettingsNode.Entry] = []
    /// Mistakes found already: repeated keys, assignments that cannot be read.
    private(set) var problems: [SettingsError.Problem] = []

    /// No file.
    init() {
        source = nil
    }

    /// The YAML file at a path.
    init(file path: String) throws(SettingsError) {
        let text: String
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            guard let decoded = String(data: data, encoding: .utf8) else { throw CocoaError(.fileReadCorruptFile) }
            text = decoded
        } catch let error as CocoaError where error.code == .fileReadCorruptFile {
            throw SettingsError(source: path, problems: [.init("", "is not UTF-8 text", .none)])
        } catch {
            let reason = FileManager.default.fileExists(atPath: path) ? "cannot be read" : "there is no such file"
            throw SettingsError(source: path, problems: [.init("", reason, .none)])
        }
        try self.init(yaml: text, source: path)
    }

    /// YAML text.
    init(yaml: String, source: String?) throws(SettingsError) {
        self.source = source
        let parsed = try YAMLText(yaml).parse(source: source)
        problems = parsed.problems
        switch parsed.root.content {
        case .null: break
        case .mapping(let entries): root = entries
        case .scalar, .list:
            let mismatch = parsed.root.mismatch(expected: "keys and values")
            throw SettingsError(source: source, problems: [.init("", mismatch.message, mismatch.origin)])
        }
    }

    /// Applies assignments `a.b=value` in order; each that cannot be read becomes a problem.
    mutating func apply(_ assignments: [String]) {
        for assignment in assignments {
            do throws(AssignmentError) {
                let assignment = try Assignment(assignment)
                var node = SettingsNode(.mapping(root))
                try node.assign(assignment.value, to: assignment.path[...], of: assignment.path)
                if case .mapping(let entries) = node.content { root = entries }
            } catch {
                problems.append(error.problem)
            }
        }
    }
}

/// Mistake of an assignment.
private struct AssignmentError: Error {
    let problem: SettingsError.Problem

    init(_ path: String, _ message: String, hint: String? = nil) {
        problem = .init(path, message, .assignment, hint: hint)
    }
}

/// One assignment `a.b=value` of the command line.
private struct Assignment {
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
            return parsed.root.relocated(to: .assignment)
        } catch {
            let problem = error.problems[0]
            let inner = problem.path.isEmpty ? name : "\(name).\(problem.path)"
            throw AssignmentError(inner, problem.message, hint: "Quotes make a text of it: --set '\(name)=\"...\"'")
        }
    }
}

extension SettingsNode {
    /// Puts a value at a path below this node, making sections on the way.
    fileprivate mutating func assign(
        _ value: SettingsNode, to path: ArraySlice<String>, of whole: [String]
    ) throws(AssignmentError) {
        guard let key = path.first else {
            self = value
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
