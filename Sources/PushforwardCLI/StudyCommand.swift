internal import ArgumentParser
internal import Foundation
internal import Logging
internal import Pushforward
internal import Reproduction

/// Computes what is known in closed form about transport.
struct StudyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "study",
        abstract: "Check statements about transport on closed-form distributions, with tables and plots.",
        discussion: """
            No network is trained: models are exact, and all studies together take less than a minute or two. Each writes
            NAME/report.md, NAME/report.json and PNG files into the folder, and says whether its statements hold; where one
            does not, the command ends with status 1.

            Names: \(Study.all.map(\.name).joined(separator: ", ")), or all.

            Examples:
              pushforward study discretisation --out studies
              pushforward study all --out studies
            """)

    @Argument(help: ArgumentHelp("Name of the study.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("Folder for the reports.", valueName: "folder"))
    var out: String

    @Flag(help: "Fewer samples and steps: seconds, for a first look.")
    var quick = false

    @OptionGroup var machine: ThreadOptions

    func validate() throws {
        guard name == "all" || Study.named(name) != nil else {
            let known = Study.all.map(\.name).joined(separator: ", ")
            throw ValidationError("There is no study '\(name)'. Write \(known), or all.")
        }
    }

    func run() throws {
        let log = Logger(label: "pushforward")
        var holds = true
        for study in Study.named(name).map({ [$0] }) ?? Study.all {
            log.info("\(study.title) ...")
            let report = try catchingTorchErrors {
                try study.write(into: Place.folder(out, making: true), quick ? .small : .standard)
            }
            print(report.markdown)
            holds = holds && report.holds
        }
        guard holds else { throw ExitCode.failure }
    }
}
