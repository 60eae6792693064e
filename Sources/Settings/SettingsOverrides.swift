/// Keys and values that change other settings: a section whose keys are known only where it is applied.
///
/// ```yaml
/// set: {network: {width: 64}, training: {steps: 500}}
/// ```
public struct SettingsOverrides: SettingsValue, Sendable {
    private let node: SettingsNode

    /// No changes.
    public init() { self.init(SettingsNode(.mapping([]))) }

    private init(_ node: SettingsNode) { self.node = node }

    /// Accepts keys and values, or nothing.
    public init(setting node: SettingsNode) throws(SettingsMismatch) {
        switch node.content {
        case .null: self = Self()
        case .mapping: self.init(node)
        case .scalar, .list: throw node.mismatch(expected: "keys and values, such as {training: {steps: 500}}")
        }
    }

    /// The keys and values.
    public var setting: SettingsNode { node }

    /// True if nothing changes.
    public var isEmpty: Bool { assignments().isEmpty }

    /// The changes as assignments `key=value`, for ``SettingsSection/reading(file:setting:)``; sections merge key by key.
    ///
    /// - Parameter section: A section around all keys, such as `sampling`; none if nil.
    public func assignments(in section: String? = nil) -> [String] {
        guard case .mapping(let entries) = node.content else { return [] }
        let prefix = section.map { $0 + "." } ?? ""
        return entries.map { "\(prefix)\($0.key)=\($0.value)" }
    }

    /// The text at a path of keys, such as `method.name`; nil if none is given there.
    public func text(at path: String) -> String? { Assignments.text(at: path, in: assignments()) }
}

extension SettingsSection {
    /// The present value at a path of keys, such as `method.path`, as YAML; nil if there is no such key.
    public func text(at path: String) -> String? {
        var copy = self
        let writer = SectionWriter()
        copy.bind(SettingsKeys(writer))
        var node = SettingsNode(.mapping(writer.entries))
        for key in path.split(separator: ".") {
            guard case .mapping(let entries) = node.content, let next = entries.first(where: { $0.key == key })
            else { return nil }
            node = next.value
        }
        return node.text ?? node.description
    }
}
