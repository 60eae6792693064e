import Foundation
import Testing

/// The program `pushforward` as it was built beside these tests.
struct Program {
    /// Files and output of a finished run of the program.
    struct Outcome {
        /// The exit status; 128 + signal if a signal ended it.
        let status: Int32
        let output: String
        let errors: String
    }

    private let process = Process()
    private let (output, errors): (URL, URL)

    /// Starts the program.
    ///
    /// - Parameters:
    ///   - arguments: Arguments after its name.
    ///   - folder: Folder in which it runs and its output is kept.
    ///   - redirections: Redirections of a shell, such as `2>&-`, which come after those of the test; none if empty.
    ///   - environment: Further variables of its environment.
    ///   - input: Its standard input; nothing if nil.
    ///   - shell: Another program to run, which starts this one.
    init(
        _ arguments: [String], in folder: URL, redirecting redirections: String = "",
        environment: [String: String] = [:], input: FileHandle? = nil, running shell: URL? = nil
    ) throws {
        let name = UUID().uuidString
        (output, errors) = (folder.appending(path: ".\(name).out"), folder.appending(path: ".\(name).err"))
        for url in [output, errors] { try Data().write(to: url) }
        let executable = try shell ?? Self.executable()
        process.executableURL = redirections.isEmpty ? executable : URL(filePath: "/bin/sh")
        process.arguments =
            redirections.isEmpty
            ? arguments : ["-c", "exec \"$0\" \"$@\" \(redirections)", executable.path] + arguments
        process.currentDirectoryURL = folder
        // One thread does best where others compute as well; and no data set of this machine may be found.
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["OMP_NUM_THREADS": "1", "DATASETS": folder.path, "TERM": "dumb"].merging(environment) { _, new in new }
        ) { _, new in new }
        process.standardInput = input ?? FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        // The program inherits both: threads of the system's pool block signals, and shells let background jobs ignore
        // this one.
        signal(SIGINT, SIG_DFL)
        var (none, former) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &former)
        defer { pthread_sigmask(SIG_SETMASK, &former, nil) }
        try process.run()
    }

    /// Runs the program to its end.
    static func run(_ arguments: String..., in folder: URL) throws -> Outcome {
        try Program(arguments, in: folder).outcome()
    }

    /// Runs the program to its end with a limit of its address space.
    static func limited(_ arguments: [String], in folder: URL, gibibytes: Int) throws -> Outcome {
        let limit = ["-c", "ulimit -v \(gibibytes << 20); exec \"$0\" \"$@\"", try executable().path]
        return try Program(limit + arguments, in: folder, running: URL(filePath: "/bin/sh")).outcome()
    }

    /// Sends a signal.
    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits for a condition to hold or the program to end, whichever comes first.
    func wait(until condition: () -> Bool) {
        while process.isRunning, !condition() { usleep(500) }
    }

    /// Waits for the end.
    func outcome() throws -> Outcome {
        process.waitUntilExit()
        let bySignal = process.terminationReason == .uncaughtSignal
        let outcome = Outcome(
            status: process.terminationStatus + (bySignal ? 128 : 0),
            output: try String(contentsOf: output, encoding: .utf8),
            errors: try String(contentsOf: errors, encoding: .utf8))
        for url in [output, errors] { try FileManager.default.removeItem(at: url) }
        return outcome
    }

    /// SwiftPM puts products and test bundles in one folder.
    static func executable() throws -> URL {
        // The process is either the test bundle itself, or a helper that is given its path.
        let candidates = CommandLine.arguments.map { URL(filePath: $0) } + Bundle.allBundles.map(\.bundleURL)
        let beside = candidates.map { $0.deletingLastPathComponent().appending(path: "pushforward") }
        let found = beside.first { FileManager.default.isExecutableFile(atPath: $0.path) }
        return try #require(found, "the program is not beside any of \(candidates.map(\.path))")
    }
}

extension Program.Outcome {
    /// Records an issue unless this is how a mistake of the user should end: one message without traces, and a status.
    ///
    /// - Parameter fragments: Parts of the message: the mistake, its place, and the way to fix it.
    func expectRefusal(_ fragments: String..., location: SourceLocation = #_sourceLocation) {
        #expect(status != 0 && status < 128, "status \(status)", sourceLocation: location)
        for fragment in fragments {
            #expect(errors.contains(fragment), "'\(fragment)' is not in: \(errors)", sourceLocation: location)
        }
        let traces = ["Fatal error", "Stack dump", "Error Domain", ".swift:", "c10::", "frame #"]
        for trace in traces {
            #expect(!errors.contains(trace), "\(errors)", sourceLocation: location)
        }
        let message = errors.split(separator: "\n").filter { $0.hasPrefix("Error: ") }
        #expect(message.count == 1, "\(errors)", sourceLocation: location)
    }

    /// Records an issue unless the program succeeded.
    func expectSuccess(location: SourceLocation = #_sourceLocation) {
        #expect(status == 0, "status \(status): \(errors)", sourceLocation: location)
    }
}
