internal import FileFormats
public import Foundation
public import Logging
internal import RunData
public import Runs
internal import Settings
internal import Torch
public import Training

/// A comparison in a folder: runs, measurements, and a report that is written again after each of them.
///
///     runs/NAME/seed-0/                 a run, as `pushforward train` makes it
///     results/NAME/SAMPLER-seed-0.json  a finished measurement is not computed again
///     samples/NAME-SAMPLER.png          samples in the same layout and order of classes for all
///     plots/                            quality against evaluations, training minutes and seconds per sample
///     report.md, report.json, report.csv
public struct Comparison {
    private let settings: ComparisonSettings
    private let plan: ComparisonPlan
    private let folder: URL
    private let methods: MethodCatalog
    private let log: Logger
    private let output: ProgressOutput

    /// A comparison in a folder.
    ///
    /// - Parameters:
    ///   - settings: Methods, budget, measurements.
    ///   - place: Folder from which the files that the settings name are seen.
    ///   - folder: Destination; a comparison that was begun there goes on.
    ///   - methods: Methods that may be named.
    ///   - log: Destination of messages.
    ///   - output: Destination of progress.
    /// - Throws: ``ComparisonError`` with the mistakes of all methods' settings, before anything is trained.
    public init(
        _ settings: ComparisonSettings, seenFrom place: URL, in folder: URL, methods: MethodCatalog,
        log: Logger = Logger(label: "pushforward"), progress output: ProgressOutput = .standardError
    ) throws {
        self.settings = settings
        self.folder = folder
        self.methods = methods
        self.log = log
        self.output = output
        plan = try ComparisonPlan(settings, seenFrom: place, methods: methods)
    }

    /// Trains and measures what is missing, seed by seed, so that a whole table is there early.
    ///
    /// - Parameter interruption: Asked after each step whether to stop.
    /// - Returns: The report, or nil if a signal asked to stop: everything is saved then, and another call goes on.
    /// - Throws: Errors of data and disk. A method that fails is reported, and the others go on.
    public func run(interruption: Interruption) throws -> ComparisonReport? {
        for name in ["results", "samples", "plots", "runs"] { try folder.appending(path: name).makeFolder() }
        let judge = try ComparisonJudge(settings.judgement, of: data(), progress: { log.info("\($0)") })
        var rows = plan.items.flatMap { item in item.samplers.map { ComparisonReport.Row(item, $0) } }
        for seed in 0..<settings.seeds {
            for item in plan.items {
                guard let results = try results(of: item, seed, judge, &rows, interruption) else { return nil }
                for (sampler, result) in results {
                    guard
                        let row = rows.firstIndex(where: { $0.method == item.entry.name && $0.sampler == sampler.name })
                    else { continue }
                    rows[row].results.append(result)
                }
                if !results.isEmpty { try write(report(rows, judge)) }
                if interruption.isRequested { return nil }
            }
        }
        let report = report(rows, judge)
        try write(report)
        return report
    }

    private func data() throws -> DataSettings {
        if let settings = plan.items.lazy.compactMap(\.settings).first { return settings.data }
        let run = plan.items.lazy.compactMap(\.run).first
        guard let run else { throw ComparisonError("There is nothing to compare.") }
        return try TrainedModel(run, methods: methods).settings.data
    }

    private func report(_ rows: [ComparisonReport.Row], _ judge: ComparisonJudge) -> ComparisonReport {
        let machine = """
            machine: \(ProcessInfo.processInfo.activeProcessorCount) cores (\(Machine.cpuCapability)), \
            libtorch \(Machine.torchVersion), \(Machine.threads) threads
            """
        return ComparisonReport(
            columns: judge.columns, rows: rows,
            circumstances: ["budget: \(settings.budget.phrase)"] + judge.circumstances + [machine])
    }

    private func write(_ report: ComparisonReport) throws {
        for warning in try report.write(to: folder) { log.warning("\(warning)") }
    }

    /// Results of a method with a seed, by its samplers; nil if a signal asked to stop.
    private func results(
        of item: ComparisonPlan.Item, _ seed: Int, _ judge: ComparisonJudge, _ rows: inout [ComparisonReport.Row],
        _ interruption: Interruption
    ) throws -> [(ComparisonSettings.SamplerEntry, CellResult)]? {
        do {
            let cell = ComparisonCell(item, seed, in: folder, settings, methods, log: log, progress: output)
            guard let run = try cell.train(interruption) else { return nil }
            return try item.samplers.map { ($0, try cell.result(of: $0, run, judge)) }
        } catch let error as FileError where error.code == .diskFull {
            throw error
        } catch {
            log.warning("\(item.entry.name), seed \(seed): \(error)")
            for row in rows.indices where rows[row].method == item.entry.name {
                rows[row].failures.append("seed \(seed): \(error)")
            }
            return []
        }
    }
}
