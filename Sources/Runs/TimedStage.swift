internal import Torch
internal import TorchNN
internal import Training

/// One stage of a run, set up to be timed with steps that leave no trace.
public struct TimedStage {
    /// Time and loss of one step.
    public struct Step: Sendable {
        /// Wall-clock seconds.
        public var seconds: Double
        /// The mean loss before the step.
        public var loss: Double
    }

    /// Examples that pass through the trained network in a step.
    public let samplesPerStep: Int
    private let trainer: any Trainable
    private let context: RunContext

    /// A stage of a run with these settings, after earlier ones that are not trained: it costs the same.
    ///
    /// - Parameters:
    ///   - name: Name of the stage; the last one if nil.
    ///   - settings: Settings of the run.
    /// - Throws: An error of device or data, or that the run has no such stage.
    public init(_ name: String? = nil, of settings: RunSettings) throws {
        let context = try RunContext(settings)
        let stages = try context.settings.method.plan(context).stages
        var finished: [String: ParameterStore] = [:]
        for stage in stages {
            let trainer = try stage.trainer(after: finished)
            if name == stage.name || name == nil && stage.name == stages.last?.name {
                (self.trainer, samplesPerStep, self.context) = (trainer, stage.samplesPerStep, context)
                return
            }
            trainer.averages.store.freeze()
            finished[stage.name] = trainer.averages.store
        }
        let names = stages.map(\.name).joined(separator: ", ")
        throw TrainingError("There is no stage '\(name ?? "")' to time: the stages of these settings are \(names).")
    }

    /// Does one step.
    ///
    /// The first two or so are slower than the others: they set up memory and kernels.
    public func step() throws -> Step {
        let start = ContinuousClock.now
        let report = try trainer.advance()
        context.device.synchronize()
        return Step(seconds: (ContinuousClock.now - start) / .seconds(1), loss: report.loss)
    }

    /// Mean seconds of a few steps, the first ones left out.
    public func secondsPerStep() throws -> Double {
        for _ in 0..<2 { _ = try step() }
        let steps = try (0..<4).map { _ in try step().seconds }
        return steps.reduce(0, +) / Double(steps.count)
    }
}
