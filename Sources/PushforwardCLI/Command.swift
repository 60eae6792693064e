internal import ArgumentParser
internal import Logging
internal import Torch

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
        Machine.keepFreedMemory()
        LoggingSystem.bootstrap { _ in PlainLogHandler() }
        Self.main(nil)
    }
}

/// The version of this package.
enum PushforwardVersion {
    static let current = "0.2.0"
}
