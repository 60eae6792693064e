internal import Drifting
internal import Foundation
internal import Torch
internal import TorchNN

extension RunSettings {
    /// What a step of each stage takes on this machine, and how many steps were chosen.
    public struct Fit: Sendable, CustomStringConvertible {
        /// Seconds per step of the encoder.
        public var encoder: Double
        /// Seconds per step of the generator.
        public var generator: Double
        /// Steps of the encoder.
        public var encoderSteps: Int
        /// Steps of the generator.
        public var generatorSteps: Int

        /// One line for a person.
        public var description: String {
            let style = FloatingPointFormatStyle<Double>.number.precision(.fractionLength(2))
            return """
                Encoder: \(encoderSteps) steps of \(encoder.formatted(style)) s. \
                Generator: \(generatorSteps) steps of \(generator.formatted(style)) s.
                """
        }
    }

    /// No more than `steps` of the generator and of the encoder.
    public mutating func limit(toSteps steps: Int) {
        training.limit(toSteps: steps)
        let encoderSteps = min(steps, encoder?.autoencoder?.training.steps ?? 0)
        encoder?.autoencoder?.training.limit(toSteps: encoderSteps)
    }

    /// Chooses steps such that encoder and generator together take about `seconds` here.
    ///
    /// Both stages are timed for a few steps that leave no trace. The steps then stand in `config.yaml`, so that the run
    /// can be repeated and resumed exactly. The encoder has its own number of steps, but at most two fifths of the time.
    ///
    /// - Returns: What was measured and chosen.
    /// - Throws: What is wrong with device or data.
    public mutating func fit(seconds: Double) throws -> Fit {
        let stages = try DriftingStages(self)
        let encoderTime = try TimedStage(.encoder, of: stages)?.secondsPerStep() ?? 0
        let generatorTime = try TimedStage(.generator, of: stages)?.secondsPerStep() ?? 0
        // A twentieth is left for pictures and checkpoints.
        let budget = seconds * 0.95
        let wanted = encoder?.autoencoder?.training.steps ?? 0
        let encoderSteps = encoderTime > 0 ? max(1, min(wanted, Int(budget * 0.4 / encoderTime))) : 0
        let left = budget - Double(encoderSteps) * encoderTime
        let generatorSteps = max(1, Int(left / generatorTime))
        training.limit(toSteps: generatorSteps)
        encoder?.autoencoder?.training.limit(toSteps: encoderSteps)
        return Fit(
            encoder: encoderTime, generator: generatorTime, encoderSteps: encoderSteps, generatorSteps: generatorSteps)
    }
}

extension TrainingSettings {
    /// This many steps, with a warm-up that leaves some of them.
    mutating func limit(toSteps limit: Int) {
        steps = max(1, limit)
        warmupSteps = min(warmupSteps, steps / 2)
    }
}
