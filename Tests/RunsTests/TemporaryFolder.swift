import Foundation
import Pushforward

/// Runs `body` with the name of a folder that does not exist yet and is removed afterwards.
func withTemporaryFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "run-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
}

/// The names in a folder, hidden ones too.
func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
}

func text(of file: URL) throws -> String { try String(contentsOf: file, encoding: .utf8) }

extension ActiveRun {
    /// Saves a checkpoint of one small file that says its step.
    func saveSmall(_ step: Int) throws {
        try save(step: step) {
            try "\(step)".write(to: $0.appending(path: "state"), atomically: false, encoding: .utf8)
        }
    }
}
