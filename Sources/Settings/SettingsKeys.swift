/// Receiver of the keys that a section names; see ``SettingsSection``.
public final class SettingsKeys {
    private let visitor: any KeyVisitor

    init(_ visitor: any KeyVisitor) {
        self.visitor = visitor
    }

    /// Binds one value to a key.
    ///
    /// - Parameters:
    ///   - key: name in snake_case, unique in the section.
    ///   - value: holds the default; receives the value that was given.
    ///   - requirements: conditions of the value, given or default.
    ///   - about: one or two sentences for the comment above the key.
    public func callAsFunction<Value: SettingsValue>(
        _ key: String, _ value: inout Value, _ requirements: Requirement<Value>..., about: String? = nil
    ) {
        visitor.value(key, &value, requirements, about: about)
    }

    /// Binds one value that may be absent (`null`) to a key; the requirements, of which there is at least one, hold for a
    /// value that is present.
    public func callAsFunction<Value: SettingsValue>(
        _ key: String, _ value: inout Value?, _ requirement: Requirement<Value>, _ others: Requirement<Value>...,
        about: String? = nil
    ) {
        visitor.value(key, &value, ([requirement] + others).map(\.ifPresent), about: about)
    }

    /// Binds a section of further keys.
    public func section(_ key: String, _ section: inout some SettingsSection, about: String? = nil) {
        visitor.section(key, about: about) { section.bind($0) }
    }

    /// Binds a section that may be absent (`null`).
    ///
    /// - Parameters:
    ///   - key: the name of the section.
    ///   - section: the present value.
    ///   - initial: start of the keys when the section is given and the default is nil.
    ///   - about: a comment for written files.
    public func section<Section: SettingsSection>(
        _ key: String, _ section: inout Section?, initial: @autoclosure () -> Section, about: String? = nil
    ) {
        var present = section ?? initial()
        let isPresent = visitor.optionalSection(key, isPresent: section != nil, about: about) { present.bind($0) }
        section = isPresent ? present : nil
    }

    /// Binds a section whose keys depend on its kind, as in `network: {name: mlp, width: 64}`.
    ///
    /// When the kind that is given is the present one, the keys start from the present values, else from the initial
    /// values of that kind.
    ///
    /// - Parameters:
    ///   - key: the name of the section.
    ///   - section: the present value, which must be of one of the kinds.
    ///   - selector: the key that holds the kind: `name` or `kind`.
    ///   - kinds: all kinds, with unique names.
    ///   - about: a comment for written files.
    public func section<Base>(
        _ key: String, _ section: inout Base, by selector: String, _ kinds: [SettingsKind<Base>], about: String? = nil
    ) {
        visitor.section(key, about: about) { $0.bind(&section, by: selector, kinds) }
    }

    /// Binds a section whose keys depend on its kind, and that may be absent (`null`).
    ///
    /// - Parameters:
    ///   - key: the name of the section.
    ///   - section: the present value, which must be of one of the kinds.
    ///   - initial: start of the keys when the section is given and the default is nil.
    ///   - selector: the key that holds the kind: `name` or `kind`.
    ///   - kinds: all kinds, with unique names.
    ///   - about: a comment for written files.
    public func section<Base>(
        _ key: String, _ section: inout Base?, initial: @autoclosure () -> Base, by selector: String,
        _ kinds: [SettingsKind<Base>], about: String? = nil
    ) {
        var present = section ?? initial()
        let isPresent = visitor.optionalSection(key, isPresent: section != nil, about: about) {
            $0.bind(&present, by: selector, kinds)
        }
        section = isPresent ? present : nil
    }

    /// Binds a list of sections, each of which starts from the same defaults.
    ///
    /// - Parameters:
    ///   - key: the name of the list.
    ///   - sections: the present values; a list that is given replaces them all.
    ///   - initial: start of each element.
    ///   - about: a comment for written files.
    public func sections<Section: SettingsSection>(
        _ key: String, _ sections: inout [Section], initial: Section, about: String? = nil
    ) {
        visitor.sections(key, &sections, initial, about: about)
    }

    private func bind<Base>(_ value: inout Base, by selector: String, _ kinds: [SettingsKind<Base>]) {
        let names = kinds.map(\.name)
        let present = kinds.filter { $0.matches(value) }.map(\.name)
        precondition(present.count == 1, "\(selector): the value is of \(present.count) of the kinds \(names)")
        let name = visitor.choice(selector, present[0], among: names)
        guard let kind = kinds.first(where: { $0.name == name }) else { return }
        if name != present[0] { value = kind.initial }
        visitor.qualify("for \(selector) '\(kind.name)'")
        kind.bind(&value, self)
    }

    /// Reports a problem between several values; skipped where one of them was already found wrong.
    ///
    /// - Parameters:
    ///   - condition: condition that must hold.
    ///   - key: the key of this section that the message is about.
    ///   - message: follows the path of the key, as in "must not be longer than the training".
    ///   - culprit: path from this section to the value whose line or assignment is named, such as `field.kernel`; `key` if nil.
    public func require(
        _ condition: @autoclosure () -> Bool, _ key: String, _ message: @autoclosure () -> String,
        blaming culprit: String? = nil
    ) {
        visitor.require(key, blaming: culprit ?? key) { condition() ? nil : message() }
    }
}

/// Action at each key: reading or writing.
protocol KeyVisitor: AnyObject {
    func value<Value: SettingsValue>(
        _ key: String, _ value: inout Value, _ requirements: [Requirement<Value>], about: String?)
    /// Returns the choice that applies, or nil when the given one is unknown.
    func choice(_ key: String, _ present: String, among choices: [String]) -> String?
    func section(_ key: String, about: String?, _ bind: (SettingsKeys) -> Void)
    /// Returns true if the section is present.
    func optionalSection(_ key: String, isPresent: Bool, about: String?, _ bind: (SettingsKeys) -> Void) -> Bool
    func sections<Section: SettingsSection>(
        _ key: String, _ sections: inout [Section], _ initial: Section, about: String?)
    /// Says under which condition the keys of this section are known, for messages.
    func qualify(_ condition: String)
    func require(_ key: String, blaming culprit: String, _ violation: () -> String?)
}

/// Traps on a key that is not snake_case or not unique: both are mistakes of the program.
func checkKey(_ key: String, among known: [String]) {
    let isSnakeCase =
        key.first?.isLetter == true
        && key.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    precondition(isSnakeCase, "a settings key must be in snake_case, not '\(key)'")
    precondition(!known.contains(key), "the settings key '\(key)' is bound twice in one section")
}
