internal import ArgumentParser
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
            Examples:
              pushforward demo                                   a one-step generator of clothes in minutes
              pushforward train --config presets/fashion-drift.yaml --run runs/fashion
              pushforward sample --run runs/fashion --count 100 --out clothes.png
              pushforward evaluate --run runs/fashion
              pushforward info
            """,
        version: PushforwardVersion.current,
        subcommands: [
            Demo.self, Train.self, Sample.self, Evaluate.self, Reproduce.self, DataCommand.self, Verify.self, Info.self,
            Bench.self,
        ])

    static func main() {
        Spinning.limit()
        StandardStreams.prepare()
        Machine.keepFreedMemory()
        LoggingSystem.bootstrap { _ in PlainLogHandler() }
        do {
            var command = try parseAsRoot(Arguments.ofProcess())
            try command.run()
        } catch let error as CocoaError {
            exit(withError: RequestError(FileError.describing(error)))
        } catch {
            exit(withError: error)
        }
    }
}

/// The version of this package.
enum PushforwardVersion {
    static let current = "0.2.0"
}
