/// Everything that is wrong with a settings file and the assignments on the command line.
///
/// ```
/// fast.yaml: 2 problems
///   training.stepz: unknown key (line 7). Did you mean 'steps'?
///   training.batch: must be at least 1, found 0 (from --set)
/// ```
public struct SettingsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One thing that is wrong.
    public struct Problem: Sendable, Hashable, CustomStringConvertible {
        /// The full path of the key, such as `training.steps`; empty for the whole file.
        public let path: String
        /// The mistake.
        public let message: String
        /// Place of the value.
        public let origin: SettingsNode.Origin
        /// The way to fix it, as a sentence.
        public let hint: String?

        init(_ path: String, _ message: String, _ origin: SettingsNode.Origin, hint: String? = nil) {
            self.path = path
            self.message = message
            self.origin = origin
            self.hint = hint
        }

        /// The problem on one line.
        public var description: String {
            let place =
                switch origin {
                case .line(let line): " (line \(line))"
                case .assignment: " (from --set)"
                case .none: ""
                }
            return (path.isEmpty ? "" : path + ": ") + message + place + (hint.map { ". " + $0 } ?? "")
        }
    }

    /// The name of the file, if there was one.
    public let source: String?
    /// All problems: those of the file by line, then those of the assignments and of the defaults.
    public let problems: [Problem]

    /// One line for one problem; else a heading and a line for each.
    public var description: String {
        let name = source ?? "settings"
        if problems.count == 1 { return "\(name): \(problems[0])" }
        return "\(name): \(problems.count) problems\n" + problems.map { "  \($0)" }.joined(separator: "\n")
    }
}

extension SettingsNode.Origin: Comparable {
    /// Orders lines of the file before assignments before defaults.
    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .line(let line): line
        case .assignment: .max - 1
        case .none: .max
        }
    }
}
