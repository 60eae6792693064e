import Foundation

/// The values of one step of a run.
public struct MetricsRecord: Sendable, Hashable {
    /// The step, from 1; values of one step may stand in several records.
    public let step: Int
    /// Seconds of training until then, without pauses between resumed parts.
    public let seconds: Double
    /// The values by name.
    public let values: [String: Double]

    /// A record.
    ///
    /// - Parameters:
    ///   - step: the step, from 1.
    ///   - seconds: seconds of training until then.
    ///   - values: any names but `step` and `seconds`; values that are not finite are kept as they are.
    public init(step: Int, seconds: Double, values: [String: Double]) {
        precondition(values["step"] == nil && values["seconds"] == nil, "step and seconds are names of the log's own")
        self.step = step
        self.seconds = seconds
        self.values = values
    }
}

extension Sequence<MetricsRecord> {
    /// The steps that have a value of this name, and the values, for a plot.
    public func series(_ name: String) -> (steps: [Double], values: [Double]) {
        let pairs = compactMap { record in record.values[name].map { (Double(record.step), $0) } }
        return (pairs.map(\.0), pairs.map(\.1))
    }
}

extension MetricsRecord {
    /// One line of JSON without the line feed: step and seconds, then the values by name.
    ///
    /// JSON has no numbers that are not finite. They are written as the texts "NaN", "Infinity" and "-Infinity", as in
    /// the JSON form of protocol buffers; Python's `float` and this type read them back.
    var line: String {
        let fields = values.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)):\(Self.number($0.value))" }
        return "{" + (["\"step\":\(step)", "\"seconds\":\(Self.number(seconds))"] + fields).joined(separator: ",") + "}"
    }

    /// The record that a line holds, or nil when it is damaged.
    init?(line: some Sequence<UInt8>) {
        guard var fields = try? JSONDecoder().decode([String: Number].self, from: Data(line)),
            let step = fields.removeValue(forKey: "step").flatMap({ Int(exactly: $0.value) }),
            let seconds = fields.removeValue(forKey: "seconds"), step >= 0, seconds.value >= 0, seconds.value.isFinite
        else { return nil }
        self.init(step: step, seconds: seconds.value, values: fields.mapValues(\.value))
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "\"NaN\"" }
        return value.isFinite ? value.description : value > 0 ? "\"Infinity\"" : "\"-Infinity\""
    }

    private static func quoted(_ name: String) -> String {
        let escaped = name.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": return "\\\(scalar)"
            case _ where scalar.value < 0x20: return "\\u00" + (scalar.value < 16 ? "0" : "1") + hex(scalar.value % 16)
            default: return String(scalar)
            }
        }
        return "\"" + escaped.joined() + "\""
    }

    private static func hex(_ value: UInt32) -> String { String(value, radix: 16) }
}

/// A number, or a text for one that is not finite.
private struct Number: Decodable {
    let value: Double

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            value = number
            return
        }
        switch try container.decode(String.self) {
        case "NaN": value = .nan
        case "Infinity": value = .infinity
        case "-Infinity": value = -.infinity
        default: throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a number")
        }
    }
}
