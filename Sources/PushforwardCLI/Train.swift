internal import ArgumentParser
internal import Foundation
internal import Logging
internal import Pushforward

/// Trains a model from a YAML file.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train the model that a YAML file describes.",
        discussion: """
            The run's folder holds config.yaml with every setting, metrics.jsonl, checkpoints, samples and plots.
            Ctrl-C finishes the step, saves, and says how to go on. --resume goes on, also after the process was
            killed, to the same bits as if it had never stopped.

            Examples:
              pushforward train --config presets/toy-two-modes.yaml --run runs/toy
              pushforward train --config presets/fashion-drift.yaml --run runs/fashion --set training.steps=2000
              pushforward train --run runs/fashion --resume
              pushforward train --config presets/fashion-drift.yaml --run runs/encoder --through encoder
            """)

    @Option(
        help: ArgumentHelp(
            "YAML file with the settings; - is standard input. [default: the run's own, with --resume]",
            valueName: "file"))
    var config: String?

    @Option(name: .customLong("run"), help: ArgumentHelp("Folder of the run.", valueName: "folder"))
    var path: String

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Change a setting, such as training.steps=500. May be repeated. [default: none]", valueName: "key=value"))
    var set: [String] = []

    @Flag(help: "Go on with the run in the folder from its latest checkpoint.")
    var resume = false

    @Option(
        help: ArgumentHelp(
            "Stop after this stage, such as encoder, whose weights other runs may use. [default: the last stage]",
            valueName: "stage"))
    var through: String?

    func validate() throws {
        if resume, config != nil {
            throw ValidationError("--resume takes the settings from the run's own config.yaml: leave --config out.")
        }
        if resume, !set.isEmpty {
            throw ValidationError("--resume goes on with the run's own settings: leave --set out, or start a new run.")
        }
        if !resume, config == nil {
            throw ValidationError("Give --config FILE to start a run, or --resume to go on with one.")
        }
    }

    func run() throws {
        let folder = RunFolder(URL(filePath: path))
        if resume, !folder.exists { throw RunError.missing(folder) }
        let settings = try RunSettings().reading(file: config ?? folder.configuration.path, setting: set)
        try RunCommand(folder, settings).train(resuming: resume, through: through)
    }
}

/// Trains a run and reports the result.
struct RunCommand {
    private let folder: RunFolder
    private let settings: RunSettings
    private let log = Logger(label: "pushforward")

    init(_ folder: RunFolder, _ settings: RunSettings) {
        self.folder = folder
        self.settings = settings
    }

    func train(resuming: Bool, through stage: String? = nil) throws {
        let outcome = try Interruption.watching { interruption in
            try Run(folder, settings, log: log).train(resuming: resuming, through: stage, interruption: interruption)
        }
        switch outcome {
        case .finished where stage != nil:
            let weights = folder.stage(stage ?? "").url.appending(path: "weights.safetensors").relativePath
            log.info(
                """
                Done with the stage \(stage ?? ""). Its weights are \(weights). Train the remaining stages with:
                  pushforward train --run \(folder.url.relativePath.quotedForShell) --resume
                """)
        case .finished:
            // Latents have no picture.
            let picture = folder.samples.appending(path: "final.png")
            let isDrawn = FileManager.default.fileExists(atPath: picture.path)
            log.info("Done. Look at \((isDrawn ? picture : folder.samples).relativePath)")
        case .interrupted(let name, let step):
            let argument = stage.map { " --through \($0)" } ?? ""
            try stop("Stopped after step \(step) of the stage \(name); everything is saved.", arguments: argument)
        }
    }

    private func stop(_ message: String, arguments: String = "") throws {
        log.info(
            """
            \(message) Go on with:
              pushforward train --run \(folder.url.relativePath.quotedForShell) --resume\(arguments)
            """)
        throw ExitCode(130)
    }
}

extension String {
    /// As a shell takes it for one word.
    fileprivate var quotedForShell: String {
        let isPlain = !isEmpty && allSatisfy { $0.isLetter || $0.isNumber || "/._-+:@%".contains($0) }
        return isPlain ? self : "'" + replacing("'", with: "'\\''") + "'"
    }
}
