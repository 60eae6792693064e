internal import FileFormats
internal import Foundation

/// Values as JSON files with sorted keys; numbers that are not finite are texts.
enum JSONFile {
    static func write(_ value: some Encodable, to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        try AtomicFile.write(try encoder.encode(value), to: file)
    }

    /// The value in a file; nil if there is none.
    static func read<Value: Decodable>(_ type: Value.Type, ifThereIs file: URL) throws -> Value? {
        guard let data = FileManager.default.contents(atPath: file.path) else { return nil }
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        do {
            return try decoder.decode(Value.self, from: data)
        } catch {
            throw ReproductionError("\(file.path) is damaged. Remove it, and it is computed again.")
        }
    }
}
