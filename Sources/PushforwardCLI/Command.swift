internal import ArgumentParser
internal import CStartup
internal import Foundation
internal import Logging
internal import Pushforward

/// The command `pushforward`.
@main
struct Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pushforward",
        abstract: "Learn to push noise onto data: train, sample and compare generative models.",
        discussion: """
            Each subcommand explains itself with --help. The settings of runs, with defaults and units, are printed by
            pushforward info --options.

            Examples:
              pushforward demo
              pushforward train --config presets/fashion-drift.yaml --run runs/fashion
              pushforward sample --run runs/fashion --count 100 --out clothes.png
              pushforward evaluate --run runs/fashion
              pushforward info
            """,
        version: PushforwardVersion.current,
        subcommands: [
            Demo.self, Train.self, Sample.self, Evaluate.self, MeasureLikelihood.self, OutOfDistribution.self,
            Restore.self,
            Compare.self, Reproduce.self, StudyCommand.self, DataCommand.self, Verify.self, Info.self, Bench.self,
            Import.self,
            Export.self,
        ])

    static func main() {
        cstartup_link()
        Spinning.limit()
        StandardStreams.prepare()
        Faults.tellBriefly()
        Machine.keepFreedMemory()
        Machine.refuseExcessiveAllocations()
        UncaughtFailure.end { Ending.end(with: $0) }
        LoggingSystem.bootstrap { _ in PlainLogHandler() }
        do {
            let arguments = Arguments.ofProcess()
            if let mistake = CommandNames.mistake(in: arguments) { throw ValidationError(mistake) }
            var command = try parseAsRoot(arguments)
            MemoryAdvice.choose(for: command)
            try command.run()
        } catch let error as CocoaError {
            Ending.end(with: RequestError(FileError.describing(error)))
        } catch {
            Ending.end(with: error)
        }
    }
}

/// The version of this package.
enum PushforwardVersion {
    static let current = "0.2.0"
}
