/// A difference between a weight file and a network that a call of ``Weights`` accepts.
public struct Leniency: Sendable, Hashable {
    private enum Kind: Hashable {
        case missing(String)
        case unused(String)
        case unusedEnding(String)
        case dtypeConversion
    }

    private let kind: Kind

    /// Tensors of the network whose names start with `prefix` may be absent from the file; they keep their values.
    public static func missing(_ prefix: String) -> Leniency { Leniency(kind: .missing(prefix)) }

    /// Tensors of the file whose names start with `prefix` may have no place in the network.
    public static func unused(_ prefix: String) -> Leniency { Leniency(kind: .unused(prefix)) }

    /// Tensors of the file whose names end with `suffix` may have no place in the network.
    public static func unused(suffix: String) -> Leniency { Leniency(kind: .unusedEnding(suffix)) }

    /// Floating-point numbers may be converted to the type that the network has.
    public static let dtypeConversion = Leniency(kind: .dtypeConversion)

    func allowsMissing(_ name: String) -> Bool {
        if case .missing(let prefix) = kind { name.hasPrefix(prefix) } else { false }
    }

    func allowsUnused(_ name: String) -> Bool {
        switch kind {
        case .unused(let prefix): name.hasPrefix(prefix)
        case .unusedEnding(let suffix): name.hasSuffix(suffix)
        default: false
        }
    }

    var allowsConversion: Bool { kind == .dtypeConversion }
}
