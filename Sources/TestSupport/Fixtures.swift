public import Foundation

/// The folder `Fixtures` beside the calling test file.
///
/// - Parameter file: The test file; leave it to the compiler.
public func fixtures(beside file: String = #filePath) -> URL {
    URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("Fixtures")
}

/// The names in a folder in alphabetical order, hidden ones too.
public func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
}

/// The text of a UTF-8 file.
public func text(of file: URL) throws -> String { try String(contentsOf: file, encoding: .utf8) }

/// A temporary folder that is removed when `body` is done.
public func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pushforward-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}
