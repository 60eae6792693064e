internal import FileFormats
internal import Foundation

/// Any JSON: configurations differ from class to class.
public enum JSONValue: Codable, Sendable, Hashable {
    case object([String: JSONValue])
    case array([JSONValue])
    case number(Double)
    case string(String)
    case bool(Bool)
    case null

    /// Reads any JSON.
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let array = try? value.decode([JSONValue].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: JSONValue].self))
        }
    }

    /// Writes the same JSON; whole numbers without a point.
    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .object(let object): try value.encode(object)
        case .array(let array): try value.encode(array)
        case .number(let number): try Int(exactly: number).map { try value.encode($0) } ?? value.encode(number)
        case .string(let string): try value.encode(string)
        case .bool(let bool): try value.encode(bool)
        case .null: try value.encodeNil()
        }
    }

    /// The value of a key; nil if it is absent, or this is no object.
    public subscript(key: String) -> JSONValue? { object[key] }

    /// The pairs of an object, else none.
    public var object: [String: JSONValue] { if case .object(let value) = self { value } else { [:] } }
    /// The elements of an array, else none.
    public var array: [JSONValue] { if case .array(let value) = self { value } else { [] } }
    /// A number.
    public var number: Double? { if case .number(let value) = self { value } else { nil } }
    /// A text.
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    /// A truth value.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// A whole number.
    public var int: Int? { number.flatMap(Int.init(exactly:)) }

    /// True of null, false, and what is empty.
    var saysNothing: Bool {
        switch self {
        case .null, .bool(false): true
        case .array(let values): values.isEmpty
        case .object(let values): values.isEmpty
        default: false
        }
    }
}

/// JSON files beside weights.
enum JSONFile {
    /// Files of JSON are configurations and lists of tensors, never larger than this.
    static let limit = 1 << 26

    /// The bytes of a file.
    static func bytes(of url: URL) throws -> Data {
        let file = try FileBytes(url)
        guard file.count <= limit else {
            throw ArtifactError(
                url.path, "has \(file.count) bytes, too many for a configuration", remedy: "Name the right file.")
        }
        return Data(try file.bytes(at: 0, file.count))
    }

    /// The value that a file holds.
    static func decode<Value: Decodable>(_ type: Value.Type, from url: URL) throws -> Value {
        try decode(type, from: bytes(of: url), of: url.path)
    }

    /// The value that bytes of a file hold.
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: Data, of path: String) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: bytes)
        } catch let error as DecodingError {
            throw ArtifactError(
                path, "is no such configuration: \(error.clause)", remedy: "Fetch it again, or correct the value.")
        }
    }

    /// Writes a value with keys in order and indented lines.
    static func write(_ value: some Encodable, to url: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(Array(encoder.encode(value)) + [0x0A], to: url)
    }
}

extension DecodingError {
    /// The key, and the mistake.
    fileprivate var clause: String {
        switch self {
        case .keyNotFound(let key, _): "the key '\(key.stringValue)' is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "the value of '\(context.codingPath.map(\.stringValue).joined(separator: "."))' is of the wrong kind"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "it is not JSON"
                : "the value of '\(context.codingPath.map(\.stringValue).joined(separator: "."))' is damaged"
        @unknown default: "it is damaged"
        }
    }
}
