internal import Datasets
public import Foundation
public import Logging
internal import Settings
internal import Torch
public import Training

/// A table in a folder: its runs, what was measured of each, and the report.
///
///     encoder/                          trained once, for all tables of the folder
///     NAME/plan.json                    settings and steps, fixed by the first call
///     NAME/runs/RUN/seed-0/             runs, as `pushforward train` makes them
///     NAME/results/ROW-seed-0.json      a finished cell is not computed again
///     NAME/report.md, .json, .png
public struct Reproduction {
    /// How long each run trains.
    public enum Budget: Sendable, Hashable, Codable {
        /// Minutes that a run with the demo's settings takes here; all rows get its number of steps, or its time.
        case minutes(Double)
        /// Steps, also for rows that should have equal time.
        case steps(Int)
    }

    /// What is asked for.
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
    ///   - table: Which one.
    ///   - root: The folder, which several tables may share.
    ///   - settings: What all rows start from; the demo's.
    ///   - configuration: Seeds, budget, samples.
    ///   - log: Told what happens.
    ///   - output: Where progress goes.
    public init(
        _ table: PaperTable, in root: URL, from settings: RunSettings = RunSettings(),
        _ configuration: Configuration = .init(), log: Logger = Logger(label: "pushforward"),
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
    /// - Throws: What a run throws; ``ReproductionError`` if the folder was begun with other settings.
    public func run(interruption: Interruption) throws -> TableReport? {
        try FileManager.default.createDirectory(
            at: folder.appending(path: "results"), withIntermediateDirectories: true)
        var results: [CellResult] = []
        var circumstances: [String] = []
        if case .toy = table.measurement {
            results = try ToyCells(folder: folder, seeds: configuration.seeds).results()
            circumstances = ["256 points of two modes, 300 steps, the paper's field without floors"]
        } else {
            guard try shareEncoder(interruption) else { return nil }
            let plan = try plan()
            let judge = try CellJudge(settings, table.measurement, samples: configuration.samples)
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
        try report.write(to: folder)
        return report
    }

    private func shareEncoder(_ interruption: Interruption) throws -> Bool {
        guard settings.encoder != nil else { return true }
        return try SharedEncoder(encoderFolder, limited(settings, to: nil))
            .train(interruption: interruption, progress: output)
    }

    /// The cell's result, from its file or computed; nil if a signal asked to stop.
    private func result(
        of row: PaperTable.Row, _ seed: Int, _ plan: Plan, _ judge: CellJudge, _ interruption: Interruption
    ) throws -> CellResult? {
        let file = folder.appending(path: "results/\(row.name)-seed-\(seed).json")
        if let known = try JSONFile.read(CellResult.self, ifThereIs: file) { return known }
        let run = RunFolder(folder.appending(path: "runs/\(row.run)/seed-\(seed)"))
        let steps = plan.steps(of: row.run)
        log.info("\(table.name): \(row.label), seed \(seed), \(steps) steps.")
        guard try train(row, run, seed: seed, steps: steps, interruption) else { return nil }
        let values = try judge.values(of: run, row, pictures: folder.appending(path: "\(row.name)-seed-\(seed).png"))
        let seconds = try MetricsLog.records(in: run.metrics).last?.seconds ?? 0
        let result = CellResult(row: row.name, seed: seed, steps: steps, seconds: seconds, values: values)
        try JSONFile.write(result, to: file)
        return result
    }

    private func train(
        _ row: PaperTable.Row, _ run: RunFolder, seed: Int, steps: Int, _ interruption: Interruption
    ) throws -> Bool {
        if run.latestCheckpoint()?.step == steps { return true }
        var settings = settings(of: row, steps: steps)
        settings.training.seed = seed
        try FileManager.default.createDirectory(
            at: run.url.deletingLastPathComponent(), withIntermediateDirectories: true)
        return try DriftingRun(run, settings, log: log, progress: output)
            .train(resuming: run.exists, interruption: interruption) == .finished
    }

    /// The settings of a row's runs; a few pictures and examinations, one checkpoint.
    private func settings(of row: PaperTable.Row, steps: Int?) -> RunSettings {
        var settings = limited(settings, to: steps)
        row.change(&settings)
        settings.encoder?.autoencoder?.from = encoderFolder.url.path
        settings.evaluation.every = max(settings.training.steps / 4, 1)
        settings.training.keepCheckpoints = 1
        return settings
    }

    /// The encoder has its own number of steps, except where steps are asked for.
    private func limited(_ settings: RunSettings, to steps: Int?) -> RunSettings {
        var limited = settings
        if let steps { limited.limit(toSteps: steps) }
        limited.encoder = settings.encoder
        if case .steps(let most) = configuration.budget {
            var short = settings
            short.limit(toSteps: most)
            limited.encoder = short.encoder
        }
        return limited
    }

    private static var machine: String {
        "\(ProcessInfo.processInfo.activeProcessorCount) cores (\(Machine.cpuCapability)), libtorch \(Machine.torchVersion)"
    }
}

extension Reproduction {
    /// The plan of the folder, or a new one: what a step takes is measured once.
    private func plan() throws -> Plan {
        let file = folder.appending(path: "plan.json")
        let wanted = Plan(
            budget: configuration.budget, settings: settings.yaml(comments: false), steps: [:], seconds: [:])
        if let plan = try JSONFile.read(Plan.self, ifThereIs: file) {
            guard plan.budget == wanted.budget, plan.settings == wanted.settings else {
                throw ReproductionError(
                    """
                    \(folder.path) was begun with another budget or other settings. Give the same --minutes, --steps and \
                    --set, or another --out.
                    """)
            }
            return plan
        }
        let plan = try filled(wanted)
        try JSONFile.write(plan, to: file)
        return plan
    }

    private func filled(_ wanted: Plan) throws -> Plan {
        var plan = wanted
        let runs = Dictionary(table.rows.map { ($0.run, $0) }) { first, _ in first }
        switch configuration.budget {
        case .steps(let steps): plan.steps = runs.mapValues { _ in steps }
        case .minutes(let minutes):
            log.info("Measuring what a step takes ...")
            let rows = table.isEqualTime ? runs : ["": PaperTable.Row("", "")]
            plan.seconds = try rows.mapValues {
                try TimedStage(.generator, of: settings(of: $0, steps: nil)).secondsPerStep()
            }
            plan.steps = runs.reduce(into: [:]) { steps, run in
                let seconds = plan.seconds[run.key] ?? plan.seconds[""] ?? 1
                steps[run.key] = max(1, Int(minutes * 60 / seconds))
            }
        }
        return plan
    }
}

/// What the first call for a table fixed.
struct Plan: Codable, CustomStringConvertible {
    let budget: Reproduction.Budget
    let settings: String
    /// Steps of each run.
    var steps: [String: Int]
    /// What a step took, of each run or (under the empty name) of the demo's settings.
    var seconds: [String: Double]

    func steps(of run: String) -> Int { steps[run] ?? 1 }

    var description: String {
        let numbers = Set(steps.values).sorted().map(String.init).joined(separator: ", ")
        switch budget {
        case .minutes(let minutes): return "\(numbers) steps per run, about \(minutes.formatted()) minutes"
        case .steps: return "\(numbers) steps per run"
        }
    }
}

/// Why a table cannot be computed in a folder.
public struct ReproductionError: Error, CustomStringConvertible {
    /// What is wrong and how to mend it.
    public let description: String

    init(_ description: String) { self.description = description }
}
