internal import FileFormats
internal import Foundation
internal import Generative
internal import Logging
internal import Plots
internal import RunData
internal import Runs
internal import Settings
internal import Torch
internal import Training

/// One method with one seed: its run, and the measurements of its samplers.
struct ComparisonCell {
    /// The mark of a finished training.
    private struct Done: Codable, Equatable {
        var budget: String
        var step: Int
    }

    private let item: ComparisonPlan.Item
    private let seed: Int
    private let folder: URL
    private let comparison: ComparisonSettings
    private let methods: MethodCatalog
    private let log: Logger
    private let output: ProgressOutput

    init(
        _ item: ComparisonPlan.Item, _ seed: Int, in folder: URL, _ comparison: ComparisonSettings,
        _ methods: MethodCatalog, log: Logger, progress output: ProgressOutput
    ) {
        self.item = item
        self.seed = seed
        self.folder = folder
        self.comparison = comparison
        self.methods = methods
        self.log = log
        self.output = output
    }

    private var name: String { item.entry.name }

    /// Trains the run if that is not done; nil if a signal asked to stop.
    func train(_ interruption: Interruption) throws -> RunFolder? {
        guard var settings = item.settings else { return item.run }
        let place = folder.appending(path: "runs/\(name)")
        let run = RunFolder(place.appending(path: "seed-\(seed)"))
        let mark = place.appending(path: "seed-\(seed).json")
        let budget = comparison.budget.phrase
        if try JSONFile.read(Done.self, ifThereIs: mark)
            == Done(budget: budget, step: run.latestCheckpoint()?.step ?? -1)
        {
            return run
        }
        settings.training.seed = seed
        try limit(&settings)
        try place.makeFolder()
        log.info("\(item.label), seed \(seed): \(budget).")
        let outcome = try Run(run, settings, log: log, progress: output)
            .train(resuming: run.exists, interruption: interruption)
        guard outcome == .finished else { return nil }
        try JSONFile.write(Done(budget: budget, step: run.latestCheckpoint()?.step ?? -1), to: mark)
        return run
    }

    private func limit(_ settings: inout RunSettings) throws {
        let budget = comparison.budget
        if let minutes = budget.minutes { settings.limit(toMinutes: minutes) }
        if let steps = budget.steps {
            settings.training.minutes = nil
            settings.limit(toSteps: steps)
        }
        if let samples = budget.samples {
            settings.training.minutes = nil
            settings.limit(toSteps: max(1, samples / (try TimedStage(of: settings).samplesPerStep)))
        }
        settings.evaluation.every = max(1, min(settings.evaluation.every, settings.training.steps / 4))
        settings.training.keepCheckpoints = 1
    }

    /// The measurement of a sampler, from its file or computed.
    func result(
        of sampler: ComparisonSettings.SamplerEntry, _ run: RunFolder, _ judge: ComparisonJudge
    ) throws -> CellResult {
        let file = folder.appending(path: "results/\(name)/\(sampler.name)-seed-\(seed).json")
        let model = try TrainedModel(run, methods: methods, setting: sampler.assignments)
        let identity = [judge.identity, "step \(model.step)", model.source.description, "curve \(sampler.curve)"]
            .joined(separator: "; ")
        if let known = try JSONFile.read(CellResult.self, ifThereIs: file), known.identity == identity { return known }
        log.info("\(item.label(of: sampler)), seed \(seed): measuring.")
        let result = try catchingTorchErrors { try measure(model, run, sampler, judge, identity) }
        try file.deletingLastPathComponent().makeFolder()
        try JSONFile.write(result, to: file)
        return result
    }

    /// Seed of the samples: the same noise for every method, another for each seed of training.
    private var sampleSeed: Seed { Seed(UInt64(seed)).child("comparison") }

    private func measure(
        _ model: TrainedModel, _ run: RunFolder, _ sampler: ComparisonSettings.SamplerEntry, _ judge: ComparisonJudge,
        _ identity: String
    ) throws -> CellResult {
        let (samples, seconds) = try draw(comparison.judgement.samples, from: model)
        let (values, unavailable) = try judge.values(of: samples.values)
        if seed == 0 { try draw(pictureOf: model, sampler, judge) }
        let records = try MetricsLog.records(in: run.metrics)
        return CellResult(
            seed: seed, identity: identity, steps: model.step, trainingSeconds: records.last?.seconds ?? 0,
            parameters: model.parameterCount, sampler: model.source.description,
            path: model.settings.text(at: "method.path"), evaluations: samples.meanEvaluations,
            passes: samples.meanPasses, secondsPerSample: seconds,
            incomplete: samples.stopped.count { !$0.isSuccess }, values: values, unavailable: unavailable,
            curve: try sampler.curve ? curve(of: model, judge) : [],
            examinations: records.compactMap { record in
                record.values["frechet"].map { .init(minutes: record.seconds / 60, frechet: $0) }
            })
    }

    /// Samples of all classes in turn, and seconds per sample.
    private func draw(_ count: Int, from model: TrainedModel) throws -> (Samples, Double) {
        let labels = model.layout.balancedLabels(count)
        // The first call sets up memory and kernels.
        _ = try model.samples(of: Array(labels.prefix(64)), seed: sampleSeed)
        let start = ContinuousClock.now
        let samples = try model.samples(of: labels, seed: sampleSeed)
        guard samples.values.isfinite().all().intItem() == 1 else {
            throw ComparisonError("samples hold NaN or infinity: the model, or its sampler, has diverged.")
        }
        return (samples, (ContinuousClock.now - start) / .seconds(1) / Double(count))
    }

    private func curve(of model: TrainedModel, _ judge: ComparisonJudge) throws -> [CellResult.Budget] {
        let budgets = model.settings.sampling.budgets
        guard comparison.judgement.curveSamples > 0, budgets.count > 1 else { return [] }
        return try budgets.compactMap { budget in
            let (samples, seconds) = try draw(comparison.judgement.curveSamples, from: model.sampling(by: budget))
            return try judge.quality(of: samples.values).map {
                CellResult.Budget(evaluations: samples.meanEvaluations, seconds: seconds, quality: $0)
            }
        }
    }

    /// A row for each class, with the same noise for every method.
    private func draw(
        pictureOf model: TrainedModel, _ sampler: ComparisonSettings.SamplerEntry, _ judge: ComparisonJudge
    ) throws {
        let layout = model.layout
        let file = folder.appending(path: "samples/\(name)-\(sampler.name).png")
        guard layout.isImage else {
            let points = try model.samples(of: layout.balancedLabels(1000), seed: sampleSeed).values
            do {
                try judge.plot(of: points, titled: item.label(of: sampler)).write(to: file)
            } catch {
                log.warning("A picture is missing: \(error)")
            }
            return
        }
        let classes = min(layout.classes, 10)
        let labels = (0..<classes).flatMap { [Int](repeating: $0 * layout.classes / classes, count: 10) }
        let images = try model.samples(of: labels, seed: sampleSeed).values
        try SampleSheet.write(images, perRow: 10, layout.quantisation, to: file)
    }
}
