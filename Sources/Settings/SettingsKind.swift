/// One kind of a section whose keys depend on a `name:` or `kind:` key.
///
/// The value may be an existential or an enumeration with one case per kind:
///
/// ```swift
/// key.section("model", &model, by: "name", [
///     SettingsKind("conv_generator", ConvGenerator.Configuration()) { $0 },  // var model: any ModelSettings
///     SettingsKind("mlp", MLP.Configuration()) { $0 },
/// ])
/// key.section("optimiser", &optimiser, by: "name", [
///     SettingsKind("adamw", AdamWSettings(), Optimiser.adamW, from: \.adamW),  // enum Optimiser, var adamW: ...?
///     SettingsKind("sgd", SGDSettings(), Optimiser.sgd, from: \.sgd),
/// ])
/// ```
public struct SettingsKind<Base> {
    /// The value of the selecting key.
    public let name: String
    /// The value of this kind with its defaults.
    public let initial: Base
    let matches: (Base) -> Bool
    let bind: (inout Base, SettingsKeys) -> Void

    /// A kind whose section becomes the value through `embed`, and is found in it through `extract`.
    ///
    /// - Parameters:
    ///   - name: the value of the selecting key.
    ///   - initial: the section with the defaults of this kind.
    ///   - embed: makes the value of a section.
    ///   - extract: the section when the value is of this kind, else nil.
    public init<Section: SettingsSection>(
        _ name: String, _ initial: Section, _ embed: @escaping (Section) -> Base,
        from extract: @escaping (Base) -> Section?
    ) {
        self.name = name
        self.initial = embed(initial)
        matches = { extract($0) != nil }
        bind = { base, keys in
            guard var section = extract(base) else { return }
            section.bind(keys)
            base = embed(section)
        }
    }

    /// A kind of an existential value (`var model: any ModelSettings`), distinguished from the others by its type.
    public init<Section: SettingsSection>(
        _ name: String, _ initial: Section, _ embed: @escaping (Section) -> Base
    ) {
        self.init(name, initial, embed) { $0 as? Section }
    }
}
