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
            killed, to the same bits as if it had never stopped; with --steps or --minutes the run is lengthened,
            also one that is finished.

            Examples:
              pushforward train --config presets/toy-two-modes.yaml --run runs/toy
              pushforward train --config presets/fashion-drift.yaml --run runs/fashion --set training.steps=2000
              pushforward train --run runs/fashion --resume
              pushforward train --run runs/fashion --resume --steps 4000
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

    @Option(help: "With --resume: steps in all, for a longer run. [default: those of the run]")
    var steps: Int?

    @Option(
        help: ArgumentHelp(
            "With --resume: minutes of training in all, earlier ones included, for a longer run. [default: those of the run]"
        ))
    var minutes: Double?

    @Flag(help: "With --resume: go on although data or settings have changed; the run records what.")
    var acceptChanges = false

    @Option(help: "Threads of the CPU, as training.threads. [default: those of the run, or all cores]")
    var threads: Int?

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
            throw ValidationError(
                """
                --resume goes on with the run's own settings: leave --set out, or start a new run. --steps and --minutes \
                lengthen a run; what else may change is changed in its config.yaml.
                """)
        }
        if !resume, steps != nil || minutes != nil {
            throw ValidationError(
                "--steps and --minutes lengthen a run with --resume; a new one takes --set training.steps=N.")
        }
        if !resume, acceptChanges { throw ValidationError("--accept-changes goes with --resume.") }
        if let steps, steps < 1 { throw ValidationError("--steps must be at least 1, not \(steps).") }
        if let minutes, !(minutes > 0 && minutes <= 1e6) {
            throw ValidationError("--minutes must be above 0 and at most a million.")
        }
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads must be from 1 to 1024, not \(threads).")
        }
        if !resume, config == nil {
            throw ValidationError("Give --config FILE to start a run, or --resume to go on with one.")
        }
    }

    func run() throws {
        let folder = RunFolder(try Place.folder(path, making: !resume))
        if resume { try folder.requireRun() }
        try requireTimeLeft(folder)
        var settings = try RunSettings().reading(file: config ?? folder.configuration.path, setting: set)
        if let threads { settings.training.threads = threads }
        lengthen(&settings.training)
        try RunCommand(folder, settings).train(resuming: resume, through: through, acceptingChanges: acceptChanges)
    }

    /// Refuses minutes in all that are over already.
    private func requireTimeLeft(_ folder: RunFolder) throws {
        guard let minutes else { return }
        let done = try folder.secondsOfAllStages() / 60
        guard minutes <= done else { return }
        let text = { (minutes: Double) in minutes.formatted(.number.precision(.significantDigits(1...3))) }
        throw RequestError(
            """
            --minutes \(text(minutes)): \(path) has been trained for \(text(done)) minutes already, and minutes count in all. \
            Give more, such as --minutes \(text((done + 1).rounded(.up))).
            """)
    }

    /// Where one limit is given, the other is lifted.
    private func lengthen(_ training: inout TrainingSettings) {
        if let steps { (training.steps, training.minutes) = (steps, minutes) }
        if let minutes {
            training.minutes = minutes
            training.steps = steps ?? max(training.steps, TrainingSettings.unlimited)
        }
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

    func train(resuming: Bool, through stage: String? = nil, acceptingChanges: Bool = false) throws {
        let (outcome, status) = try Interruption.watching(endsAtOnce: true) { interruption in
            let outcome = try Run(folder, settings, log: log).train(
                resuming: resuming, through: stage, acceptingChanges: acceptingChanges, interruption: interruption)
            return (outcome, interruption.exitStatus)
        }
        switch outcome {
        case .finished: tellEnd(of: stage)
        case .interrupted(let name, let step):
            let argument = stage.map { " --through \($0)" } ?? ""
            log.info(
                """
                Stopped after step \(step) of the stage \(name); everything is saved. Go on with:
                  pushforward train --run \(folder.url.relativePath.quotedForShell) --resume\(argument)
                """)
            throw ExitCode(status)
        }
    }

    private func tellEnd(of stage: String?) {
        // The last stage is the run itself and has no folder.
        if let stage, folder.stage(stage).exists {
            let weights = folder.stage(stage).url.appending(path: "weights.safetensors").relativePath
            return log.info(
                """
                Done with the stage \(stage). Its weights are \(weights). Train the remaining stages with:
                  pushforward train --run \(folder.url.relativePath.quotedForShell) --resume
                """)
        }
        // Latents have no picture.
        let picture = folder.samples.appending(path: "final.png")
        let isDrawn = FileManager.default.fileExists(atPath: picture.path)
        log.info("Done. Look at \((isDrawn ? picture : folder.samples).relativePath)")
    }
}

extension String {
    /// As a shell takes it for one word.
    fileprivate var quotedForShell: String {
        let known = Place.shown(self)
        // Bytes that are no UTF-8, as bash and zsh read them.
        if known != self { return "$'" + known.replacing("'", with: "\\'") + "'" }
        let isPlain = !isEmpty && allSatisfy { $0.isLetter || $0.isNumber || "/._-+:@%".contains($0) }
        return isPlain ? self : "'" + replacing("'", with: "'\\''") + "'"
    }
}
