public import Foundation

/// The program that draws.
public struct Gnuplot: Sendable {
    /// Path of the program; nil when there is none.
    public let executable: URL?

    /// A program at a known place.
    public init(executable: URL?) {
        self.executable = executable
    }

    /// The first `gnuplot` in the folders of a search path, separated by colons.
    public init(searchPath: String) {
        executable = searchPath.split(separator: ":")
            .map { URL(fileURLWithPath: String($0)).appending(path: "gnuplot") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }

    /// The gnuplot of the environment's `PATH`.
    public static var inSearchPath: Gnuplot {
        Gnuplot(searchPath: ProcessInfo.processInfo.environment["PATH"] ?? "")
    }

    /// Runs a script in its own folder.
    func draw(_ script: URL) throws(PlotError) {
        guard let executable else { throw .gnuplotMissing(script: script) }
        let process = Process()
        process.executableURL = executable
        process.arguments = [script.lastPathComponent]
        process.currentDirectoryURL = script.deletingLastPathComponent()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let messages = Pipe()
        process.standardError = messages
        do {
            try process.run()
        } catch {
            throw .gnuplotFailed(message: "it cannot be started: \(error.localizedDescription)", script: script)
        }
        let text = String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw .gnuplotFailed(message: text.essence, script: script)
        }
    }
}

extension String {
    /// The complaint of gnuplot: its message follows the line of the script and a caret.
    fileprivate var essence: String {
        let lines = split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        return lines.last { !$0.isEmpty && $0 != "^" } ?? "no message"
    }
}
