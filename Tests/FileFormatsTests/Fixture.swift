import FileFormats
import Foundation
import Testing

/// Files that `Fixtures/make.py` made with other programs.
enum Fixture {
    static func url(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)")
    }

    static func bytes(_ name: String) throws -> [UInt8] { try Array(Data(contentsOf: url(name))) }

    /// Pixels that Pillow decoded, [H, W, C] or [H, W].
    static func pixels(_ name: String) throws -> Image8 {
        let array = try NumpyArray(contentsOf: url("\(name).npy"))
        let channels = array.shape.count == 3 ? array.shape[2] : 1
        return Image8(width: array.shape[1], height: array.shape[0], channels: channels, pixels: array.values())
    }
}

/// A folder of the test's own, removed with all its content when the test is over.
final class Scratch {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "pushforward-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func url(_ name: String) -> URL { folder.appending(path: name) }

    /// All names in the folder, hidden ones too, sorted.
    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false)).sorted() }
    }

    /// Writes a file of the bytes and returns where it is.
    func file(_ name: String, _ bytes: [UInt8]) throws -> URL {
        try Data(bytes).write(to: url(name))
        return url(name)
    }
}

/// Expects `body` to throw a ``FileError`` of a code, and returns it for a closer look.
@discardableResult
func expectFileError(
    _ code: FileError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> FileError? {
    let error = #expect(throws: FileError.self, sourceLocation: sourceLocation) { try body() }
    #expect(error?.code == code, "\(String(describing: error))", sourceLocation: sourceLocation)
    return error
}

/// A small generator with a fixed start, so that damage in tests is the same every time (SplitMix64).
struct FixedRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

/// The program `python3` of the machine, for what only NumPy itself can tell.
enum Python {
    /// True if it is there and has NumPy.
    static let hasNumpy = (try? run("import numpy")) != nil

    struct Failure: Error {
        let output: String
    }

    /// Runs a script and returns what it prints.
    static func run(_ script: String, _ arguments: String...) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script] + arguments
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(output: text) }
        return text
    }
}
