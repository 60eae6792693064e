internal import FileFormats
internal import Plots
internal import RunData
internal import Torch
internal import TorchNN
internal import Training

/// Everything that watches the last stage of a run: pictures, examinations, curves, and the method's own observers.
final class Watch {
    private let observers: [any RunObserver]
    /// Failures that were told: each is told once.
    private var told: Set<String> = []
    private let monitor: HealthMonitor?
    /// A warning for before the first step.
    let beginning: String?

    init(
        _ plan: any RunPlan, _ context: RunContext, _ folder: RunFolder, _ trainer: any Trainable,
        _ finished: [String: ParameterStore], comparableSince: Int
    ) throws {
        let model = try Self.model(context, trainer, finished)
        let judge = try plan.judge(after: finished)
        let preview = try model.sampling(by: context.settings.sampling.preview)
        let examiner = try Examiner(
            preview, context.data, judge: judge, measures: plan.measures, seed: context.seed.child("examination"))
        monitor = try examiner.map {
            try HealthMonitor(
                folder, $0, every: context.settings.evaluation.every, steps: context.settings.training.steps,
                after: comparableSince, resumingAt: trainer.step, advice: plan.collapseAdvice)
        }
        let gallery = Gallery(
            folder, context.settings.evaluation, preview, final: model, context.data,
            seed: context.seed.child("gallery"))
        let curve = examiner.map { BudgetCurve(folder, model, $0) }
        observers = [gallery] + [monitor].compactMap(\.self) + plan.observers(in: folder) + [curve].compactMap(\.self)
        let isWanted = context.settings.evaluation.samples > 0
        beginning =
            isWanted && examiner == nil
            ? "The samples are not examined: that takes at least 50 real ones, and there are \(context.data.count)."
            : nil
    }

    /// The networks that draw samples, with averaged weights that follow the training.
    private static func model(
        _ context: RunContext, _ trainer: any Trainable, _ finished: [String: ParameterStore]
    ) throws -> TrainedModel {
        let names = context.settings.method.sampledStages
        let networks = try names.map { name in
            // Those of earlier stages are frozen: a copy is as good.
            let store = finished[name].map { ParameterStore(copying: $0) } ?? trainer.averages.store
            return (name, try context.network(in: store))
        }
        return try TrainedModel(
            context.settings, context.data.layout, Dictionary(uniqueKeysWithValues: networks), step: 0,
            on: context.device)
    }

    /// A warning about the run's health, if there is reason for one.
    var verdict: String? { monitor?.warning }

    /// Lets every observer look; one that fails is reported, and the training goes on without it.
    func observe(_ moment: TrainingMoment) -> Observation {
        observers.reduce(into: Observation()) { all, observer in
            do {
                let seen = try observer.observe(moment)
                all.values.merge(seen.values) { first, _ in first }
                all.notes += seen.notes
            } catch {
                if let text = firstTime(error) {
                    all.notes.append("Step \(moment.step): \(text) The training goes on.")
                }
            }
        }
    }

    /// Lets every observer draw its last pictures; those that cannot be drawn are reported, and end nothing.
    func finish(after step: Int, warn: (String) -> Void) {
        for observer in observers {
            do {
                try observer.finish(after: step)
            } catch {
                if let text = firstTime(error) { warn(text) }
            }
        }
    }

    /// Words for an error of a picture, a plot or an examination; nil if they were said before.
    private func firstTime(_ error: any Error) -> String? {
        let text = "A picture or examination is missing: \(FileError.describing(error))"
        // Errors about the files of one cause differ by their names.
        let cause = if let plot = error as? PlotError { plot.cause } else { text }
        return told.insert(cause).inserted ? text : nil
    }
}
