/// A type whose values stand in a settings file: numbers, texts, truth values, enumerations, lists, ranges.
///
/// Enumerations with raw texts conform without further code: `enum Schedule: String, CaseIterable, SettingsValue`.
/// Other types say what they read and write:
///
/// ```swift
/// extension Device: SettingsValue {
///     init(setting node: SettingsNode) throws(SettingsMismatch) {
///         guard let device = node.text.flatMap(Device.init) else {
///             throw node.mismatch(expected: "a device such as cpu or cuda:0")
///         }
///         self = device
///     }
///     var setting: SettingsNode { .text(description) }
/// }
/// ```
public protocol SettingsValue {
    /// The value that a node of the file stands for.
    ///
    /// - Throws: ``SettingsNode/mismatch(expected:hint:)`` when it stands for none.
    init(setting node: SettingsNode) throws(SettingsMismatch)

    /// The value as it is written; reading it gives the same value.
    var setting: SettingsNode { get }
}

extension Bool: SettingsValue {
    /// Accepts the spellings of YAML 1.1: true, yes, on and false, no, off.
    public init(setting node: SettingsNode) throws(SettingsMismatch) {
        switch node.plain?.lowercased() {
        case "true", "yes", "on": self = true
        case "false", "no", "off": self = false
        default: throw node.mismatch(expected: "true or false")
        }
    }

    /// `true` or `false`.
    public var setting: SettingsNode { .plain(description) }
}

extension String: SettingsValue {
    /// Accepts every scalar but null, so that `name: 2024` is the text 2024.
    public init(setting node: SettingsNode) throws(SettingsMismatch) {
        guard let text = node.text else { throw node.mismatch(expected: "a text") }
        self = text
    }

    /// The text, in quotes where it needs them.
    public var setting: SettingsNode { .text(self) }
}

extension Optional: SettingsValue where Wrapped: SettingsValue {
    /// Nothing (`null`) is nil.
    public init(setting node: SettingsNode) throws(SettingsMismatch) {
        guard !node.isMissing else { throw node.mismatch(expected: "a value, or null for none") }
        self = node.isNull ? nil : try Wrapped(setting: node)
    }

    /// `null` for nil.
    public var setting: SettingsNode { map(\.setting) ?? .null }
}

extension Array: SettingsValue where Element: SettingsValue {
    /// Accepts a list; a single value is not taken for a list of one.
    public init(setting node: SettingsNode) throws(SettingsMismatch) {
        guard let elements = node.elements else {
            throw node.mismatch(expected: "a list", hint: node.text.map { $0.listHint })
        }
        self = []
        for (index, element) in elements.enumerated() {
            do throws(SettingsMismatch) {
                append(try Element(setting: element))
            } catch {
                throw error.within("[\(index)]")
            }
        }
    }

    /// The elements on one line.
    public var setting: SettingsNode { .list(map(\.setting)) }
}

extension ClosedRange: SettingsValue where Bound: SettingsValue {
    /// Accepts a list of the two ends: `[low, high]`.
    public init(setting node: SettingsNode) throws(SettingsMismatch) {
        let bounds = try [Bound](setting: node)
        guard bounds.count == 2, bounds[0] <= bounds[1] else {
            throw node.mismatch(expected: "a range [low, high]")
        }
        self = bounds[0]...bounds[1]
    }

    /// `[low, high]`.
    public var setting: SettingsNode { [lowerBound, upperBound].setting }
}

extension SettingsValue where Self: CaseIterable & RawRepresentable, RawValue == String {
    /// Accepts the raw text of a case; the error lists the cases and the near misses.
    public init(setting node: SettingsNode) throws(SettingsMismatch) {
        let name = try node.choice(among: Self.allCases.map(\.rawValue))
        guard let value = Self(rawValue: name) else { throw node.mismatch(expected: "a known name") }
        self = value
    }

    /// The raw text of the case.
    public var setting: SettingsNode { .text(rawValue) }
}

extension SettingsNode {
    /// The choice that the text of the node means, which must be one of a few; `fashion-mnist` is `fashion_mnist`.
    func choice(among choices: [String]) throws(SettingsMismatch) -> String {
        guard let text else { throw mismatch(expected: "one of \(choices.quoted("or"))") }
        let letters = text.lettersOnly
        let same = choices.filter { $0.lettersOnly == letters }
        if !choices.contains(text), same.count == 1 { return same[0] }
        guard choices.contains(text) else {
            let message = "'\(text.shortened())' is not one of \(choices.quoted("or"))"
            throw SettingsMismatch(message: message, origin: origin, hint: choices.didYouMean(text))
        }
        return text
    }
}

extension SettingsMismatch {
    /// The same mismatch seen from the list that holds the value.
    func within(_ position: String) -> Self {
        var outer = self
        outer.position = position + outer.position
        return outer
    }
}

extension String {
    /// Advice for a text in place of a list: `0.9,0.99` and `0.9 0.99` may be meant for one.
    fileprivate var listHint: String {
        let parts = split { $0 == "," || $0.isWhitespace || "()[]".contains($0) }
        if parts.count == 1, !contains(",") { return "A list of one is written [\(shortened())]." }
        return "Write [\(parts.joined(separator: ", ").shortened())]"
    }
}
