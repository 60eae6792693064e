internal import Foundation
internal import Settings

/// The encoder of several runs, trained once, in the folder of a run without a generator.
///
/// Runs take it over with `encoder.from`.
public struct SharedEncoder {
    private let folder: RunFolder
    private let settings: RunSettings

    /// The encoder that `settings` describe, in a folder of its own.
    public init(_ folder: RunFolder, _ settings: RunSettings) {
        self.folder = folder
        self.settings = settings
    }

    /// Trains it unless it is trained, or goes on if that was interrupted.
    ///
    /// - Parameters:
    ///   - interruption: Asked after each step whether to stop.
    ///   - output: Where progress goes.
    /// - Returns: Whether it is complete.
    public func train(interruption: Interruption, progress output: ProgressOutput = .standardError) throws -> Bool {
        let stages = try DriftingStages(settings)
        guard let training = stages.encoderTraining else { return true }
        let run = folder.exists ? try folder.resume() : try folder.start(configuration: stages.settings.yaml())
        return try withExtendedLifetime(run) {
            try training.encoder(in: folder.encoder, interruption: interruption, progress: output) != nil
        }
    }
}
