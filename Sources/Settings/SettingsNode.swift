/// A piece of a settings file: nothing, a scalar, a list or a mapping, and where it was given.
public struct SettingsNode: Sendable {
    /// Place of a value, for messages.
    public enum Origin: Sendable, Hashable {
        /// In the file, on this line (from 1).
        case line(Int)
        /// By an assignment on the command line.
        case assignment
        /// Nowhere: it is the default.
        case none
    }

    enum Content: Sendable {
        case null
        /// `isQuoted`: written in quotes or as a block, so it is text even when it looks like a number.
        case scalar(String, isQuoted: Bool)
        case list([SettingsNode])
        case mapping([Entry])
    }

    struct Entry: Sendable {
        var key: String
        var origin: Origin = .none
        var value: SettingsNode
        var comment: String?
    }

    var content: Content
    /// Place of the value.
    public internal(set) var origin: Origin = .none
    /// True of an assignment with nothing after '=', which is a slip rather than a null.
    var isMissing = false

    init(_ content: Content, origin: Origin = .none) {
        self.content = content
        self.origin = origin
    }

    /// Nothing: `null`, `~` or a key without a value.
    public static var null: Self { Self(.null) }

    /// Text, which is written in quotes where it could be taken for something else.
    public static func text(_ text: String) -> Self { Self(.scalar(text, isQuoted: true)) }

    /// A number or a truth value, written as it is.
    public static func plain(_ text: String) -> Self { Self(.scalar(text, isQuoted: false)) }

    /// A list.
    public static func list(_ elements: [SettingsNode]) -> Self { Self(.list(elements)) }

    /// True if nothing was given.
    public var isNull: Bool {
        if case .null = content { true } else { false }
    }

    /// The text of a scalar, quoted or not.
    public var text: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }

    /// The text of a scalar that was not written in quotes, as numbers are.
    public var plain: String? {
        if case .scalar(let text, isQuoted: false) = content { text } else { nil }
    }

    /// The elements of a list.
    public var elements: [SettingsNode]? {
        if case .list(let elements) = content { elements } else { nil }
    }

    /// The error for a node of the wrong type: "expected a whole number, found 'many'".
    public func mismatch(expected: String, hint: String? = nil) -> SettingsMismatch {
        SettingsMismatch(message: "expected \(expected), found \(summary)", origin: origin, hint: hint)
    }

    /// Place of the value or, where a part of it was given by an assignment, of that: the last word was there.
    var blame: Origin {
        let parts: [SettingsNode] =
            switch content {
            case .null, .scalar: []
            case .list(let elements): elements
            case .mapping(let entries): entries.map(\.value)
            }
        return parts.contains { $0.blame == .assignment } ? .assignment : origin
    }

    /// Description of the node in a few words.
    var summary: String {
        switch content {
        case .null: "nothing"
        case .scalar(let text, isQuoted: false): "'\(text.shortened())'"
        case .scalar(let text, isQuoted: true): "the text '\(text.shortened())'"
        case .list(let elements): "a list of \(elements.count)"
        case .mapping: "a section with keys"
        }
    }
}

/// Reason for which a node is not a value of the wanted type; thrown by ``SettingsValue/init(setting:)``.
public struct SettingsMismatch: Error {
    /// Place within the value, such as `[2]` for the third element of a list.
    var position = ""
    let message: String
    let origin: SettingsNode.Origin
    let hint: String?
}

extension String {
    /// The text on one line and short enough for a message.
    func shortened(to limit: Int = 60) -> String {
        let line = String(unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
        return line.count <= limit ? line : line.prefix(limit - 3) + "..."
    }
}
