/// A group of settings: stored properties whose initial values are the defaults, and one function that names the keys.
///
/// The same function reads a file, writes the resolved values back and knows which keys exist, so the three cannot
/// disagree:
///
/// ```swift
/// struct TrainingSettings: SettingsSection {
///     var steps = 10_000
///     var learningRate = 2e-4
///     var clip: Double? = 2
///     var warmup = WarmupSettings()
///
///     mutating func bind(_ key: SettingsKeys) {
///         key("steps", &steps, .in(1...), about: "Optimiser steps.")
///         key("learning_rate", &learningRate, .positive)
///         key("clip", &clip, .positive, about: "Largest norm of the gradient; null for none.")
///         key.section("warmup", &warmup)
///         key.require(warmup.steps <= steps, "warmup", "must not be longer than the training")
///     }
/// }
///
/// let settings = try TrainingSettings().reading(file: "fast.yaml", setting: ["warmup.steps=100"])
/// try settings.yaml().write(toFile: "config.yaml", atomically: true, encoding: .utf8)
/// ```
public protocol SettingsSection {
    /// Names every key of the section, in the order in which they are written.
    ///
    /// It is called to read and to write. Beyond handing its properties to `key` it must have no effect; it may branch
    /// on a value that it has already bound.
    mutating func bind(_ key: SettingsKeys)
}

extension SettingsSection {
    /// These settings with the values of a YAML file and of assignments such as `training.steps=100` in their place.
    ///
    /// - Parameters:
    ///   - file: path of the YAML file; without one, the assignments alone apply.
    ///   - assignments: `a.b=value` each, the value being YAML (`3`, `[1, 2]`, `{name: mlp}`). Applied in order after
    ///     the file: the last one wins, and a mapping replaces the whole section.
    /// - Throws: every problem of the file and of the assignments together.
    public func reading(file: String?, setting assignments: [String] = []) throws(SettingsError) -> Self {
        var document = SettingsDocument()
        if let file { document = try SettingsDocument(file: file) }
        document.apply(assignments)
        return try reading(document)
    }

    /// These settings with the values of YAML text and of assignments such as `training.steps=100` in their place.
    ///
    /// - Parameters:
    ///   - yaml: the text of one YAML document, whose root is a mapping or nothing.
    ///   - source: the name of the text in messages.
    ///   - assignments: as in ``reading(file:setting:)``.
    /// - Throws: every problem of the text and of the assignments together.
    public func reading(
        yaml: String, from source: String? = nil, setting assignments: [String] = []
    ) throws(SettingsError) -> Self {
        var document = try SettingsDocument(yaml: yaml, source: source)
        document.apply(assignments)
        return try reading(document)
    }

    /// All keys with their present values as YAML; reading the text gives the same values.
    ///
    /// - Parameter comments: true if each key's `about` text precedes it as a comment.
    public func yaml(comments: Bool = true) -> String {
        var copy = self
        let writer = SectionWriter()
        copy.bind(SettingsKeys(writer))
        return YAMLEmitter(comments: comments).text(of: writer.entries)
    }

    private func reading(_ document: SettingsDocument) throws(SettingsError) -> Self {
        var copy = self
        let report = SettingsReport(document.problems)
        let reader = SectionReader(document.root, at: "", from: .none, report)
        copy.bind(SettingsKeys(reader))
        reader.finish()
        try report.check(source: document.source)
        return copy
    }
}
