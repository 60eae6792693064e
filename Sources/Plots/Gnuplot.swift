public import Foundation
internal import Synchronization

/// The program that draws.
public struct Gnuplot: Sendable {
    /// Path of the program; nil when there is none.
    public let executable: URL?
    /// Seconds that a picture may take: a program that hangs must not hold up a training.
    public var timeLimit = 20.0

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

    /// Programs that have hung once, and are not asked again.
    private static let hung = Mutex<Set<URL>>([])

    /// Runs a script in its own folder.
    ///
    /// - Parameters:
    ///   - script: The script.
    ///   - kept: Where the script will lie if this fails, for the message.
    func draw(_ script: URL, keeping kept: URL) throws(PlotError) {
        guard let executable else { throw .gnuplotMissing(script: kept) }
        let hanging = "it did not end within \(Int(timeLimit.rounded(.up))) s"
        guard !Self.hung.withLock({ $0.contains(executable) }) else {
            throw .gnuplotFailed(message: hanging, script: kept)
        }
        let process = Process()
        process.executableURL = executable
        process.arguments = [script.lastPathComponent]
        process.currentDirectoryURL = script.deletingLastPathComponent()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let messages = Messages()
        process.standardError = messages.pipe
        let end = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in end.signal() }
        do {
            try process.run()
        } catch {
            throw .gnuplotFailed(message: "\(executable.path) cannot be started", script: kept)
        }
        messages.read()
        guard end.wait(timeout: .now() + timeLimit) == .success else {
            Self.hung.withLock { _ = $0.insert(executable) }
            kill(process.processIdentifier, SIGKILL)
            throw .gnuplotFailed(message: hanging, script: kept)
        }
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw .gnuplotFailed(message: messages.text.essence, script: kept)
        }
    }
}

/// The complaints of a process, read while it runs, since a full pipe would stop it.
private final class Messages: Sendable {
    let pipe = Pipe()
    private let bytes = Mutex(Data())
    private let end = DispatchSemaphore(value: 0)

    func read() {
        Thread.detachNewThread { [self] in
            let all = pipe.fileHandleForReading.readDataToEndOfFile()
            bytes.withLock { $0 = all }
            end.signal()
        }
    }

    /// The text; without it if a child of the process still holds the pipe.
    var text: String {
        _ = end.wait(timeout: .now() + 1)
        return String(decoding: bytes.withLock { $0 }, as: UTF8.self)
    }
}

extension String {
    /// The complaint of gnuplot: its message follows the line of the script and a caret.
    fileprivate var essence: String {
        let lines = split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        return lines.last { !$0.isEmpty && $0 != "^" } ?? "no message"
    }
}
