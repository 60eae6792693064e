import Foundation
import Training

/// Runs `body` with the name of a folder that does not exist yet and is removed afterwards.
func withTemporaryFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "run-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
}

extension ActiveRun {
    /// Saves a checkpoint of one small file that says its step.
    func saveSmall(_ step: Int) throws {
        try save(step: step) {
            try "\(step)".write(to: $0.appending(path: "state"), atomically: false, encoding: .utf8)
        }
    }
}
