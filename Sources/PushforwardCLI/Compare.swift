internal import ArgumentParser
internal import Comparison
internal import Foundation
internal import Logging
internal import Pushforward

/// Compares methods on equal data and an equal budget.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train and measure several methods on the same data and budget, and write one table.",
        discussion: """
            The file names methods by their settings files, and the samplers of each: presets/compare-toy.yaml shows all keys.
            The folder holds a run for each method and seed, report.md, report.json and report.csv, curves of quality
            against evaluations, minutes and seconds, and samples in the same layout for all. Seeds come one after the other,
            so that a whole table is there early; it is written again after each measurement. What is done is not done again:
            the command can be stopped and repeated, and methods can be added to the file.

            Examples:
              pushforward compare --config presets/compare-toy.yaml --out runs/compare-toy
              pushforward compare --config presets/compare-fashion.yaml --out runs/compare --minutes 2 --seeds 1
              pushforward compare --config presets/compare-fashion.yaml --out runs/photos \\
                  --set 'shared.data={name: images, path: photos, size: 32}'
            """)

    @Option(help: ArgumentHelp("YAML file with the methods; - is standard input.", valueName: "file"))
    var config: String

    @Option(help: ArgumentHelp("Folder for runs and reports.", valueName: "folder"))
    var out: String

    @Option(help: "Minutes of each training. [default: the budget of the file]")
    var minutes: Double?

    @Option(help: "Steps of each stage. [default: the budget of the file]")
    var steps: Int?

    @Option(help: "Trainings of each method. [default: those of the file]")
    var seeds: Int?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Change a setting of the comparison, such as judgement.samples=500. May be repeated. [default: none]",
            valueName: "key=value"))
    var set: [String] = []

    @OptionGroup var machine: ThreadOptions

    func validate() throws {
        if minutes != nil, steps != nil { throw ValidationError("Give --minutes or --steps, not both.") }
        if let minutes, !(minutes > 0 && minutes < 100_000) { throw ValidationError("--minutes must be above 0.") }
        if let steps, steps < 1 { throw ValidationError("--steps must be at least 1, not \(steps).") }
        if let seeds, !(1...100).contains(seeds) {
            throw ValidationError("--seeds must be from 1 to 100, not \(seeds).")
        }
    }

    func run() throws {
        let log = Logger(label: "pushforward")
        let settings = try ComparisonSettings().reading(file: config, setting: assignments)
        let place = config == "-" ? URL(filePath: ".") : Place.input(config).deletingLastPathComponent()
        let folder = try Place.folder(out, making: true)
        let comparison = try Comparison(settings, seenFrom: place, in: folder, methods: .all, log: log)
        try Interruption.watching(endsAtOnce: true) { interruption in
            guard let report = try comparison.run(interruption: interruption) else {
                log.info("Stopped; everything is saved. Repeat the command to go on.")
                throw ExitCode(interruption.exitStatus)
            }
            print(report.markdown)
            log.info("Written: \(folder.appending(path: "report.md").relativePath)")
        }
    }

    /// The assignments, with those that the options stand for.
    private var assignments: [String] {
        var all = set
        if let minutes { all += ["budget={minutes: \(minutes), steps: null, samples: null}"] }
        if let steps { all += ["budget={minutes: null, steps: \(steps), samples: null}"] }
        if let seeds { all += ["seeds=\(seeds)"] }
        return all
    }
}
