internal import ArgumentParser
internal import Foundation
internal import Logging
internal import Pushforward

/// The main job in one command.
struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a one-step generator on Fashion-MNIST and draw samples from it.",
        discussion: """
            Trains an encoder first, then a drifting model in its features: ten classes, one network evaluation per picture.
            Writes samples/final.png (a row per class), samples/evolution.png (the same noise while training),
            plots/strength.png (how strong the drift still is) and plots/toy.png (drifting in the plane).

            Examples:
              pushforward demo
              pushforward demo --minutes 3 --run runs/quick
              pushforward demo --steps 50 --seed 1 --run runs/short
            """)

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("Folder of the run; one that was interrupted is resumed.", valueName: "folder"))
    var path = "runs/demo"

    @Option(help: "Minutes of training, encoder included; the last pictures come on top. [default: 8]")
    var minutes: Double?

    @Option(
        help: "Steps of the generator instead of minutes, and at most as many of the encoder. [default: as many as fit]"
    )
    var steps: Int?

    @Option(help: "Seed of all randomness.")
    var seed = 0

    @OptionGroup var machine: ThreadOptions

    private static let mostMinutes = 7.0 * 24 * 60

    func validate() throws {
        if minutes != nil, steps != nil { throw ValidationError("Give --minutes or --steps, not both.") }
        if let minutes, !(minutes > 0 && minutes <= Self.mostMinutes) {
            throw ValidationError("--minutes must be above 0 and at most a week, \(Self.mostMinutes.formatted()).")
        }
        if let steps, steps < 1 { throw ValidationError("--steps must be at least 1, not \(steps).") }
        if seed < 0 { throw ValidationError("--seed must be a whole number from 0 on, not \(seed).") }
    }

    func run() throws {
        let folder = RunFolder(try Place.folder(path, making: true))
        let log = Logger(label: "pushforward")
        let toy = folder.plots.appending(path: "toy.png")
        if FileManager.default.fileExists(atPath: toy.path) {
            log.info(
                """
                \(path) is finished already. Look at its samples and plots, give another --run, or lengthen it: \
                pushforward train --run \(path) --resume --minutes N
                """)
            return
        }
        if folder.exists {
            log.info("Going on with \(path).")
            if minutes != nil || steps != nil {
                log.warning(
                    """
                    --minutes and --steps are of new runs; this one goes on as it was begun. To lengthen it: \
                    pushforward train --run \(path) --resume --minutes N
                    """)
            }
            let settings = try RunSettings().reading(file: folder.configuration.path)
            try RunCommand(folder, settings).train(resuming: true)
        } else {
            try RunCommand(folder, newSettings()).train(resuming: false)
        }
        // Last of all: its presence says that the demo is complete.
        log.info("Drifting in the plane, from three starts ...")
        do {
            try ToyEvolution(seed: Seed(UInt64(seed))).draw(to: toy)
            log.info("Done: \(toy.relativePath)")
        } catch let error as PlotError {
            log.warning("A plot is missing: \(error)")
        }
    }

    /// The demo's settings for as many steps, or as much time, as were asked for.
    private func newSettings() -> RunSettings {
        var settings = RunSettings()
        settings.training.seed = seed
        if let steps {
            settings.limit(toSteps: steps)
        } else {
            // The run itself keeps to the time, however fast the machine is now and later.
            settings.limit(toMinutes: minutes ?? 8)
        }
        return settings
    }
}
