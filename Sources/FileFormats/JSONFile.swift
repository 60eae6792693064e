public import Foundation

/// Values as JSON files with sorted keys; numbers that are not finite are texts.
public enum JSONFile {
    /// Writes a value.
    ///
    /// - Parameters:
    ///   - value: The value.
    ///   - keys: Names of the properties; those of files for other programs are in snake_case.
    ///   - file: The file.
    public static func write(
        _ value: some Encodable, keys: JSONEncoder.KeyEncodingStrategy = .useDefaultKeys, to file: URL
    ) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = keys
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        try AtomicFile.write(try encoder.encode(value), to: file)
    }

    /// The value in a file; nil if there is none.
    ///
    /// - Throws: ``FileError`` if the file holds anything else.
    public static func read<Value: Decodable>(_ type: Value.Type, ifThereIs file: URL) throws -> Value? {
        guard let data = FileManager.default.contents(atPath: file.path) else { return nil }
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        do {
            return try decoder.decode(Value.self, from: data)
        } catch {
            throw FileError(
                .corrupt, file.path, "holds something else than was written there",
                remedy: "Remove it, and it is computed again.")
        }
    }
}
