internal import Torch

/// One stage of a run, set up to be timed with steps that leave no trace.
public struct TimedStage {
    /// Which training.
    public enum Stage: String, Sendable, CaseIterable {
        /// Of the encoder.
        case encoder
        /// Of the generator, in the features of an encoder that is not trained yet: it costs the same.
        case generator
    }

    /// What one step took.
    public struct Step: Sendable {
        /// Wall-clock seconds.
        public var seconds: Double
        /// The mean loss before the step.
        public var loss: Double
    }

    /// Images or points that pass through the trained network in a step.
    public let samplesPerStep: Int
    private let trainer: any Trainable
    private let device: Device

    /// The stage of a run with these settings.
    ///
    /// - Throws: What is wrong with device or data, or that the run has no such stage.
    public init(_ stage: Stage, of settings: RunSettings) throws {
        let stages = try DriftingStages(settings)
        guard let timed = try TimedStage(stage, of: stages) else {
            throw TrainingError("The settings have no encoder (encoder: null): there is nothing to time.")
        }
        self = timed
    }

    init?(_ stage: Stage, of stages: DriftingStages) throws {
        device = stages.device
        switch stage {
        case .encoder:
            guard let encoder = stages.encoderTraining else { return nil }
            trainer = encoder.trainer().trainer
            samplesPerStep = min(encoder.settings.batch, stages.data.count)
        case .generator:
            trainer = try stages.trainer(encoder: stages.pretrainedEncoder() ?? stages.encoderTraining?.untrained())
                .trainer
            samplesPerStep = (stages.objective.labels ?? stages.data.layout.classes) * stages.objective.generated
        }
    }

    /// Does one step.
    ///
    /// The first two or so are slower than the others: they set up memory and kernels.
    public func step() throws -> Step {
        let start = ContinuousClock.now
        let report = try trainer.advance()
        device.synchronize()
        return Step(seconds: (ContinuousClock.now - start) / .seconds(1), loss: report.loss)
    }

    /// Mean seconds of a few steps, the first ones left out.
    public func secondsPerStep() throws -> Double {
        for _ in 0..<2 { _ = try step() }
        let steps = try (0..<4).map { _ in try step().seconds }
        return steps.reduce(0, +) / Double(steps.count)
    }
}
