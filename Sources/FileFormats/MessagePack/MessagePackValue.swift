/// A value of a MessagePack file.
///
/// Texts of bytes are places in the file, so that a value takes little memory however large they are.
///
/// - SeeAlso: <https://github.com/msgpack/msgpack/blob/master/spec.md>
public indirect enum MessagePackValue: Sendable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int)
    case float(Double)
    case string(String)
    /// Bytes at these places.
    case binary(Range<Int>)
    case array([MessagePackValue])
    /// Pairs in the order of the file; no two keys are equal.
    case map([Pair])
    /// Bytes at these places, whose meaning the type tells.
    case extended(type: Int8, Range<Int>)

    /// A key and its value.
    public struct Pair: Sendable, Hashable {
        /// The key.
        public let key: String
        /// The value.
        public let value: MessagePackValue
    }

    /// Word for errors.
    public var kind: String {
        switch self {
        case .null: "nil"
        case .boolean: "a truth value"
        case .integer, .float: "a number"
        case .string: "text"
        case .binary: "bytes"
        case .array: "an array"
        case .map: "a map"
        case .extended(let type, _): "an extension of type \(type)"
        }
    }
}
