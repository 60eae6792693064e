/// The text of a settings file and the assignments of the command line, merged, before they meet a section.
struct SettingsDocument {
    let source: String?
    private(set) var root: [SettingsNode.Entry] = []
    /// True if there is nothing at all, unlike in `{}`.
    private var isBlank = true
    /// Mistakes found already: repeated keys, assignments that cannot be read.
    private(set) var problems: [SettingsError.Problem] = []

    /// No file.
    init() {
        source = nil
    }

    /// The YAML file at a path; `-` is standard input.
    init(file path: String) throws(SettingsError) {
        let file = try SettingsText(path: path)
        try self.init(yaml: file.text, source: file.source)
        // What made the file may have failed; hours of training by the defaults would be a poor way to say so.
        guard isBlank else { return }
        throw SettingsError(
            source: source, problems: [.init("", "holds no settings", .none, hint: "For the defaults write {}")])
    }

    /// YAML text.
    init(yaml: String, source: String?) throws(SettingsError) {
        self.source = source
        let parsed = try YAMLText(yaml).parse(source: source)
        problems = parsed.problems
        isBlank = parsed.isEmpty
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
