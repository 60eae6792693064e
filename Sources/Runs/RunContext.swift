public import Backbones
internal import Datasets
internal import Foundation
internal import Generative
public import RunData
internal import Settings
public import Torch
public import TorchNN
public import Training

/// Data, device and seeds of a run, which its method plans with.
public struct RunContext: Sendable {
    /// The settings, with all that they left to the files.
    public let settings: RunSettings
    /// The data.
    public let data: TrainingData
    /// The second data set, where a method transports one to the other.
    public let sourceData: TrainingData?
    /// The device of all trainings.
    public let device: Device
    /// The seed of the run; parts of it draw from its children.
    public let seed: Seed
    private let methodName: String

    /// Opens the device and reads the data.
    ///
    /// - Throws: An error of device, files or settings.
    public init(_ settings: RunSettings) throws {
        device = try Device(named: settings.training.device)
        // Kernels of our own work in float32 always, and keep all of its bits unless TF32 was asked for.
        Machine.allowTF32(settings.training.precision == .tf32)
        guard !settings.training.graph || OperationGraph.isSupported(on: device) else {
            throw TrainingError(
                """
                training.graph: steps on \(device) cannot be recorded as a graph. That needs device: cuda:N, a libtorch \
                for CUDA, and CUDA's headers when Pushforward was built. Leave it false.
                """)
        }
        seed = Seed(UInt64(settings.training.seed))
        data = try TrainingData(settings.data, seed: seed.child("data"))
        sourceData = try settings.sourceData.map { [seed] in try TrainingData($0, seed: seed.child("source data")) }
        var resolved = settings
        resolved.data = data.settings
        resolved.sourceData = sourceData?.settings
        try resolved.method.complete(from: data)
        // The rest may not agree with the files, which could not be seen before.
        self.settings = try resolved.reading(file: nil)
        methodName = type(of: settings.method).name
    }

    /// The network of the settings, as the method asks for it, with its parameters in a store.
    public func network(in store: ParameterStore) throws -> any ConditionalNetwork {
        try settings.network.network(for: settings.method.interface(for: data.layout), in: store.root)
    }

    /// The identity of a stage's checkpoints.
    public func identity(of stage: String) -> CheckpointIdentity {
        CheckpointIdentity(method: methodName, stage: stage)
    }
}
