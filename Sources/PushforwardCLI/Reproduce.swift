internal import ArgumentParser
internal import Foundation
internal import Logging
internal import Pushforward
internal import Reproduction

/// Computes small versions of the paper's tables.
struct Reproduce: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compute a small version of a table of the paper, beside the published numbers.",
        discussion: """
            Trains the demo's network on Fashion-MNIST once per row and seed, measures samples against the test split, and
            writes NAME/report.md, .json and .png in the folder. The encoder is trained once for all tables of the folder
            (its steps are method.features.encoder.training.steps), and finished cells are not computed again: the command can be stopped and repeated.

            Names: \(PaperTable.all.map(\.name).joined(separator: ", ")), or all of these; and \(MarchingReproduction.name),
            which compares both samplers of distance marching with flow matching and other networks without time, on equal
            terms (Documentation/distance-marching.md).

            Examples:
              pushforward reproduce antisymmetry --out tables --seeds 3 --minutes 4
              pushforward reproduce toy --out tables
              pushforward reproduce distance-marching --out tables --minutes 12
              pushforward reproduce fields --out quick --seeds 1 --steps 50 --count 1000 \\
                  --set method.features.encoder.training.steps=100
            """)

    @Argument(help: ArgumentHelp("Name of the table.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("Folder for runs and reports.", valueName: "folder"))
    var out: String

    @Option(help: "Seeds per row; their spread is the error bar.")
    var seeds = 3

    @Option(help: "Minutes per generator at the demo's settings: rows get as many steps, or as much time. [default: 4]")
    var minutes: Double?

    @Option(help: "Steps per generator instead of minutes. [default: as many as fit]")
    var steps: Int?

    @Option(help: "Number of samples measured per cell.")
    var count = 5000

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Change a setting of all rows, such as network.width=16. May be repeated. [default: none]",
            valueName: "key=value"))
    var set: [String] = []

    @OptionGroup var machine: ThreadOptions

    func validate() throws {
        guard name == "all" || name == MarchingReproduction.name || PaperTable.named(name) != nil else {
            let known = (PaperTable.all.map(\.name) + [MarchingReproduction.name]).joined(separator: ", ")
            throw ValidationError("There is no table '\(name)'. Write \(known), or all.")
        }
        if minutes != nil, steps != nil { throw ValidationError("Give --minutes or --steps, not both.") }
        if let minutes, !(minutes > 0 && minutes < 10_000) { throw ValidationError("--minutes must be above 0.") }
        if let steps, steps < 1 { throw ValidationError("--steps must be at least 1, not \(steps).") }
        guard seeds >= 1, count >= 10 else {
            throw ValidationError("--seeds must be at least 1 and --count at least 10.")
        }
    }

    func run() throws {
        let log = Logger(label: "pushforward")
        var configuration = Reproduction.Configuration()
        (configuration.seeds, configuration.samples) = (seeds, count)
        configuration.budget = steps.map { .steps($0) } ?? .minutes(minutes ?? 4)
        if name == MarchingReproduction.name { return try compareMarches(configuration, log) }
        let settings = try RunSettings().reading(file: nil, setting: set)
        let tables = PaperTable.named(name).map { [$0] } ?? PaperTable.all
        try Interruption.watching(endsAtOnce: true) { interruption in
            for table in tables {
                let folder = try Place.folder(out, making: true)
                let reproduction = Reproduction(table, in: folder, from: settings, configuration, log: log)
                guard let report = try reproduction.run(interruption: interruption) else {
                    log.info("Stopped; everything is saved. Repeat the command to go on.")
                    throw ExitCode(interruption.exitStatus)
                }
                print(report.markdown)
                log.info("Written: \(folder.appending(path: "\(table.name)/report.md").relativePath)")
            }
        }
    }

    private func compareMarches(_ configuration: Reproduction.Configuration, _ log: Logger) throws {
        let folder = URL(filePath: out)
        let comparison = MarchingReproduction(in: folder, from: RunSettings(), setting: set, configuration, log: log)
        try Interruption.watching(endsAtOnce: true) { interruption in
            guard let report = try comparison.run(interruption: interruption) else {
                log.info("Stopped; everything is saved. Repeat the command to go on.")
                throw ExitCode(interruption.exitStatus)
            }
            print(report.markdown)
            log.info("Written: \(folder.appending(path: "\(MarchingReproduction.name)/report.md").relativePath)")
        }
    }
}
