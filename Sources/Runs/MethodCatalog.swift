internal import Settings

/// The methods that settings may name.
public struct MethodCatalog: Sendable {
    /// One method with its defaults.
    struct Entry: Sendable {
        let name: String
        let initial: any Method
        let kind: @Sendable () -> SettingsKind<any Method>

        init<M: Method>(_ method: M) {
            name = M.name
            initial = method
            kind = { SettingsKind(M.name, method) { $0 } }
        }
    }

    let entries: [Entry]

    /// Methods with their defaults; the first is the one of settings that name none.
    public init(_ first: any Method, _ others: any Method...) {
        entries = ([first] + others).map { Self.entry($0) }
    }

    private init(entries: [Entry]) { self.entries = entries }

    /// These methods and one more.
    public func adding(_ method: some Method) -> MethodCatalog {
        MethodCatalog(entries: entries + [Entry(method)])
    }

    /// Names of all methods.
    public var names: [String] { entries.map(\.name) }

    /// All methods with their defaults.
    public var methods: [any Method] { entries.map(\.initial) }

    private static func entry(_ method: some Method) -> Entry { Entry(method) }
}
