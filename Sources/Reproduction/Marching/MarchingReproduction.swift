internal import Datasets
internal import Evaluation
internal import FileFormats
public import Foundation
internal import Generative
public import Logging
internal import MarchingRuns
internal import Metrics
internal import Plots
internal import RunData
public import Runs
internal import Settings
internal import Torch
public import Training

/// The claims of distance marching (arXiv 2602.02928) put to the test on Fashion-MNIST, in a folder.
///
///     distance-marching/METHOD/seed-0/         the runs, as `pushforward train` makes them
///     distance-marching/results/ROW-seed-0.json a finished cell is not computed again
///     distance-marching/strangers/SET-seed-0.json
///     distance-marching/report.md, .json, .png
///
/// All methods have the same network, the same examples per step and the same number of steps.
public struct MarchingReproduction {
    /// Name on the command line and in files.
    public static let name = "distance-marching"

    private let root: URL
    private let settings: RunSettings
    private let assignments: [String]
    private let configuration: Reproduction.Configuration
    private let log: Logger
    private let output: ProgressOutput
    private let rows: [MarchingCells.Row]

    /// A comparison in a folder.
    ///
    /// - Parameters:
    ///   - root: The folder, which tables may share.
    ///   - settings: Settings that know all methods.
    ///   - assignments: Changes of the settings of all runs, such as `network.width=16`.
    ///   - configuration: Seeds, budget, samples; minutes are those of a run of distance marching, whose steps all get.
    ///   - log: Destination of messages.
    ///   - output: Destination of progress.
    public init(
        in root: URL, from settings: RunSettings, setting assignments: [String],
        _ configuration: Reproduction.Configuration = .init(), log: Logger = Logger(label: "pushforward"),
        progress output: ProgressOutput = .standardError
    ) {
        self.init(in: root, from: settings, setting: assignments, configuration, rows: nil, log: log, progress: output)
    }

    /// A comparison of some rows only.
    package init(
        in root: URL, from settings: RunSettings, setting assignments: [String],
        _ configuration: Reproduction.Configuration, rows: [String]?, log: Logger, progress output: ProgressOutput
    ) {
        self.rows = MarchingCells.rows.filter { rows?.contains($0.name) ?? true }
        (self.root, self.settings, self.assignments, self.configuration) = (root, settings, assignments, configuration)
        (self.log, self.output) = (log, output)
    }

    private var folder: URL { root.appending(path: Self.name) }

    /// Computes the cells that are missing, and writes the report.
    ///
    /// - Parameter interruption: Asked after each step whether to stop.
    /// - Returns: The report, or nil if a signal asked to stop: everything is saved then, and another call goes on.
    /// - Throws: Errors of a run; ``ReproductionError`` if the folder was begun with other settings.
    public func run(interruption: Interruption) throws -> MarchingReport? {
        for name in ["results", "strangers"] { try folder.appending(path: name).makeFolder() }
        let plan = try Plan(
            budget: configuration.budget,
            settings: (assignments + [MarchingCells.yaml("distance")]).joined(separator: "\n")
        ).kept(in: folder) { plan in
            guard case .minutes(let minutes) = plan.budget else { return }
            log.info("Measuring what a step takes ...")
            let timed = try TimedStage(of: settings(of: "distance", steps: nil, seed: 0))
            plan.steps[Plan.unchanged] = max(1, Int(minutes * 60 / (try timed.secondsPerStep())))
        }
        let steps = plan.steps(of: Plan.unchanged)
        let judge = try MarchingJudge(
            settings(of: "distance", steps: nil, seed: 0), samples: configuration.samples,
            classifierIn: root.appending(path: "judge"))
        var (results, strangers): ([CellResult], [CellResult]) = ([], [])
        for seed in 0..<configuration.seeds {
            for method in MarchingCells.methods where rows.contains(where: { $0.method == method }) {
                let run = RunFolder(folder.appending(path: "\(method)/seed-\(seed)"))
                guard try train(method, run, seed: seed, steps: steps, interruption) else { return nil }
                for row in rows where row.method == method {
                    results.append(try result(of: row, run, seed, steps, judge))
                }
                if method == "distance" { strangers += try scores(of: run, seed, steps) }
            }
        }
        let report = MarchingReport(
            results, strangers: strangers, circumstances: judge.circumstances + ["\(plan)"])
        try report.write(to: folder, warn: { log.warning("\($0)") })
        return report
    }

    private func settings(of method: String, steps: Int?, seed: Int) throws -> RunSettings {
        try MarchingCells.settings(method, from: settings, setting: assignments, steps: steps, seed: seed)
    }

    private func train(
        _ method: String, _ run: RunFolder, seed: Int, steps: Int, _ interruption: Interruption
    ) throws -> Bool {
        if run.latestCheckpoint()?.step == steps { return true }
        log.info("\(Self.name): \(method), seed \(seed), \(steps) steps.")
        try run.url.deletingLastPathComponent().makeFolder()
        return try Run(run, settings(of: method, steps: steps, seed: seed), log: log, progress: output)
            .train(resuming: run.exists, interruption: interruption) == .finished
    }

    private func result(
        of row: MarchingCells.Row, _ run: RunFolder, _ seed: Int, _ steps: Int, _ judge: MarchingJudge
    ) throws -> CellResult {
        let file = folder.appending(path: "results/\(row.name)-seed-\(seed).json")
        if let known = try JSONFile.read(CellResult.self, ifThereIs: file), known.judge == judge.identity {
            return known
        }
        log.info("\(Self.name): \(row.label), seed \(seed).")
        let seconds = try MetricsLog.records(in: run.metrics).last?.seconds ?? 0
        let result = CellResult(
            row: row.name, seed: seed, steps: steps, seconds: seconds,
            values: try judge.values(of: run, settings.methods, sampling: row.sampling), judge: judge.identity)
        try JSONFile.write(result, to: file)
        return result
    }

    /// AUROC and false alarms of every set that can be had.
    private func scores(of run: RunFolder, _ seed: Int, _ steps: Int) throws -> [CellResult] {
        let model = try TrainedModel(run, methods: settings.methods)
        guard let source = model.source as? any DistanceSource else { return [] }
        let own = model.settings.data.reference.part(.test)
        let shape = model.layout.sampleShape
        var inside: Tensor?
        return try MarchingCells.strangers.compactMap { name in
            let file = folder.appending(path: "strangers/\(name.replacing(":", with: "-"))-seed-\(seed).json")
            if let known = try JSONFile.read(CellResult.self, ifThereIs: file) { return known }
            let count = min(configuration.samples, 2000)
            let images = try inside ?? StrangerSet.data(own).images(count, shape: shape, inside: nil, seed: Seed(0))
            inside = images
            let strange: Tensor
            do {
                strange = try StrangerSet(parsing: name).images(count, shape: shape, inside: images, seed: Seed(0))
            } catch {
                log.warning("\(name) is left out: \(error)")
                return nil
            }
            let scores = [images, strange].map { source.strangerScores(of: seen($0, model), noise: 0.1, seed: Seed(0)) }
            let report = try StrangerReport(
                [("clean", scores[0].clean, scores[1].clean), ("noised", scores[0].noised, scores[1].noised)],
                seed: Seed(0))
            let result = CellResult(row: name, seed: seed, steps: steps, seconds: 0, values: report.scores)
            try JSONFile.write(result, to: file)
            return result
        }
    }

    private func seen(_ images: Tensor, _ model: TrainedModel) -> Tensor {
        Pixels.padded(Pixels.floats(images.to(model.device)), to: Size2D(model.layout.size))
    }
}

/// Measures samples of all rows in the same way: against the test split, in the features of the built-in classifier.
private struct MarchingJudge {
    private let extractor: any FeatureExtractor
    private let real: FeatureSet
    private let count: Int
    private let reference: DataReference

    init(_ settings: RunSettings, samples: Int, classifierIn folder: URL) throws {
        reference = settings.data.reference
        extractor = try ExtractorChoice.classifier.make(for: reference, cache: folder)
        let test = try reference.part(.test).open()
        real = try FeatureSet(of: test.examples(at: test.spread(samples)).values, by: extractor)
        count = samples
    }

    var identity: String { "\(extractor.name) \(extractor.checksum), \(count) samples" }

    var circumstances: [String] {
        let accuracy = (extractor as? ClassifierExtractor).map { String(format: ", accuracy %.4f", $0.accuracy) } ?? ""
        return [
            "\(count) samples with averaged weights, without guidance, against \(real.count) images of \(reference.name), test split",
            "features: \(extractor.name) (\(extractor.checksum)\(accuracy)); the Fréchet distance in them is not FID",
        ]
    }

    func values(of run: RunFolder, _ methods: MethodCatalog, sampling: String) throws -> [String: Double] {
        let model = try TrainedModel(run, methods: methods, setting: ["sampling=\(sampling)"])
        let start = ContinuousClock.now
        let samples = try model.samples(of: model.layout.balancedLabels(count), seed: Seed(1))
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let features = try FeatureSet(of: model.layout.bytes(samples.values), by: extractor)
        var evaluator = Evaluator([.frechet, .precision, .recall])
        // Error bars come from the seeds.
        evaluator.configuration.parts = count
        var values = try evaluator.measure([features], against: real, extractor: extractor.name)
            .reduce(into: [String: Double]()) { $0[$1.key.rawValue] = $1.value.value }
        values["evaluations"] = samples.meanEvaluations
        values["seconds"] = seconds
        return values
    }
}
