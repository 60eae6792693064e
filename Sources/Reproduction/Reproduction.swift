internal import Datasets
internal import DriftingRuns
internal import Encoders
internal import FileFormats
public import Foundation
public import Logging
internal import Plots
public import Runs
internal import Settings
internal import Torch
public import Training

/// A table in a folder: its runs, the measurements of each, and the report.
///
///     plan.json                         settings and steps, fixed by the first call
///     encoder/, judge/                  encoder, and classifier that judges: trained once, for all tables of the folder
///     default/seed-0/                   the run with the settings unchanged, a row of many tables
///     NAME/plan.json                    steps of each run, of a table whose rows have equal time
///     NAME/runs/RUN/seed-0/             the other runs, as `pushforward train` makes them
///     NAME/results/ROW-seed-0.json      a finished cell is not computed again
///     NAME/report.md, .json, .png
public struct Reproduction {
    /// Length of each run.
    public enum Budget: Sendable, Hashable, Codable {
        /// Minutes that a generator with the demo's settings trains here; all rows get its number of steps, or its time.
        case minutes(Double)
        /// Steps of generators, also for rows that should have equal time.
        case steps(Int)
    }

    /// Size of the computation.
    public struct Configuration: Sendable {
        /// Seeds per row; their spread is the error bar.
        public var seeds = 3
        /// Time or steps.
        public var budget = Budget.minutes(4)
        /// Samples that are measured.
        public var samples = 5000

        /// Three seeds of four minutes each.
        public init() {}
    }

    private let table: PaperTable
    private let root: URL
    private let settings: RunSettings
    private let configuration: Configuration
    private let log: Logger
    private let output: ProgressOutput

    /// A table in a folder.
    ///
    /// - Parameters:
    ///   - table: Table to compute.
    ///   - root: The folder, which several tables may share.
    ///   - settings: Settings that all rows start from; the demo's.
    ///   - configuration: Seeds, budget, samples.
    ///   - log: Destination of messages.
    ///   - output: Destination of progress.
    public init(
        _ table: PaperTable, in root: URL, from settings: RunSettings, _ configuration: Configuration = .init(),
        log: Logger = Logger(label: "pushforward"),
        progress output: ProgressOutput = .standardError
    ) {
        self.table = table
        self.root = root
        self.settings = settings
        self.configuration = configuration
        self.log = log
        self.output = output
    }

    private var folder: URL { root.appending(path: table.name) }
    private var encoderFolder: RunFolder { RunFolder(root.appending(path: "encoder")) }

    /// Computes the cells that are missing, and writes the report.
    ///
    /// - Parameter interruption: Asked after each step whether to stop.
    /// - Returns: The report, or nil if a signal asked to stop: everything is saved then, and another call goes on.
    /// - Throws: Errors of a run; ``ReproductionError`` if the folder was begun with other settings.
    public func run(interruption: Interruption) throws -> TableReport? {
        try folder.appending(path: "results").makeFolder()
        var results: [CellResult] = []
        var circumstances: [String] = []
        if case .toy = table.measurement {
            results = try ToyCells(folder: folder, seeds: configuration.seeds).results()
            circumstances = ["256 points of two modes, 300 steps, the paper's field without floors"]
        } else {
            guard try shareEncoder(interruption) else { return nil }
            let plan = try plan()
            let judge = try CellJudge(
                settings, table.measurement, samples: configuration.samples, classifierIn: root.appending(path: "judge")
            )
            for seed in 0..<configuration.seeds {
                for row in table.rows {
                    guard let result = try result(of: row, seed, plan, judge, interruption) else { return nil }
                    results.append(result)
                }
            }
            circumstances = judge.circumstances + [plan.description]
            if case .steps = configuration.budget, table.isEqualTime {
                circumstances.append("steps were asked for, so the rows have equal steps and not equal time")
            }
        }
        let report = TableReport(table, results, circumstances: circumstances + ["machine: \(Self.machine)"])
        do {
            try report.write(to: folder)
        } catch let error as PlotError {
            log.warning("A plot is missing: \(error)")
        }
        return report
    }

    private func shareEncoder(_ interruption: Interruption) throws -> Bool {
        guard let encoder = settings.drifting.features.encoder?.autoencoder, encoder.weightFile == nil else {
            return true
        }
        // Its run may have been begun for a table of other settings; `plan` says so.
        let weights = encoderFolder.stage("encoder").url.appending(path: "weights.safetensors")
        if FileManager.default.fileExists(atPath: weights.path) { return true }
        return try Run(encoderFolder, settings, log: log, progress: output)
            .train(resuming: encoderFolder.exists, through: "encoder", interruption: interruption) == .finished
    }

    /// The cell's result, from its file or computed; nil if a signal asked to stop.
    private func result(
        of row: PaperTable.Row, _ seed: Int, _ plan: Plan, _ judge: CellJudge, _ interruption: Interruption
    ) throws -> CellResult? {
        let file = folder.appending(path: "results/\(row.name)-seed-\(seed).json")
        // Numbers of another judge do not compare: the run is there, so measuring it again is quick.
        if let known = try JSONFile.read(CellResult.self, ifThereIs: file), known.judge == judge.identity {
            return known
        }
        let run = runFolder(row, seed)
        let steps = plan.steps(of: row.run)
        log.info("\(table.name): \(row.label), seed \(seed), \(steps) steps.")
        guard try train(row, run, seed: seed, steps: steps, interruption) else { return nil }
        let values = try judge.values(of: run, row, pictures: folder.appending(path: "\(row.name)-seed-\(seed).png"))
        let seconds = try MetricsLog.records(in: run.metrics).last?.seconds ?? 0
        let result = CellResult(
            row: row.name, seed: seed, steps: steps, seconds: seconds, values: values, judge: judge.identity)
        try JSONFile.write(result, to: file)
        return result
    }

    /// Many tables have a row that changes nothing: they share its runs.
    private func runFolder(_ row: PaperTable.Row, _ seed: Int) -> RunFolder {
        let place = isUnchanged(row) ? root.appending(path: "default") : folder.appending(path: "runs/\(row.run)")
        return RunFolder(place.appending(path: "seed-\(seed)"))
    }

    private func isUnchanged(_ row: PaperTable.Row) -> Bool {
        settings(of: row, steps: nil).yaml(comments: false) == settings(of: nil, steps: nil).yaml(comments: false)
    }

    private func train(
        _ row: PaperTable.Row, _ run: RunFolder, seed: Int, steps: Int, _ interruption: Interruption
    ) throws -> Bool {
        if run.latestCheckpoint()?.step == steps { return true }
        var settings = settings(of: row, steps: steps)
        settings.training.seed = seed
        try run.url.deletingLastPathComponent().makeFolder()
        return try Run(run, settings, log: log, progress: output)
            .train(resuming: run.exists, interruption: interruption) == .finished
    }

    /// The settings of a row's runs, or of the unchanged one; a few pictures and examinations, one checkpoint.
    private func settings(of row: PaperTable.Row?, steps: Int?) -> RunSettings {
        var settings = settings
        if let steps { settings.limit(toSteps: steps) }
        // The encoder is that of all runs, and has its own number of steps.
        settings.drifting.features.encoder = self.settings.drifting.features.encoder
        row?.change(&settings)
        if self.settings.drifting.features.encoder?.autoencoder?.weightFile == nil {
            settings.drifting.features.encoder?.autoencoder?.from = encoderFolder.url.path
        }
        settings.evaluation.every = max(settings.training.steps / 4, 1)
        settings.training.keepCheckpoints = 1
        return settings
    }

    private static var machine: String {
        "\(ProcessInfo.processInfo.activeProcessorCount) cores (\(Machine.cpuCapability)), libtorch \(Machine.torchVersion)"
    }
}

extension Reproduction {
    /// The plan of the folder, and of the table if its rows have equal time, or a new one: what a step takes is measured
    /// once.
    private func plan() throws -> Plan {
        let wanted = Plan(budget: configuration.budget, settings: settings.yaml(comments: false))
        var plan = try wanted.kept(in: root) { plan in
            guard case .minutes = plan.budget else { return }
            plan.steps[Plan.unchanged] = try steps(of: settings(of: nil, steps: nil), plan.budget)
        }
        guard table.isEqualTime, case .minutes = plan.budget else { return plan }
        // The released field's row is the unchanged run, which other tables have too.
        let all = plan.steps[Plan.unchanged]
        plan = try wanted.kept(in: folder) { plan in
            for row in table.rows {
                plan.steps[row.run] = isUnchanged(row) ? all : try steps(of: settings(of: row, steps: nil), plan.budget)
            }
        }
        return plan
    }

    private func steps(of settings: RunSettings, _ budget: Budget) throws -> Int {
        guard case .minutes(let minutes) = budget else { preconditionFailure("steps need no measuring") }
        log.info("Measuring what a step takes ...")
        return max(1, Int(minutes * 60 / (try TimedStage(of: settings).secondsPerStep())))
    }
}

/// Reason for which a table cannot be computed in a folder.
public struct ReproductionError: Error, CustomStringConvertible {
    /// The mistake and the way to fix it.
    public let description: String

    init(_ description: String) { self.description = description }
}
