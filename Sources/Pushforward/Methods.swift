internal import BridgeRuns
internal import DriftingRuns
internal import MarchingRuns
public import Runs
public import Training
internal import TransportRuns

extension MethodCatalog {
    /// Every method of this package: the one place that lists them.
    ///
    /// The first is that of settings that name none.
    public static var all: MethodCatalog {
        MethodCatalog(
            DriftingMethod(), FlowMethod(), DiffusionMethod(), EDMMethod(), ScoreMethod(), DistillationMethod(),
            BridgeMethod(),
            DistanceMethod(), UnconditionalFlowMethod(), EquilibriumMethod(), BlindDenoisingMethod())
    }
}

extension RunSettings {
    /// The demo: a one-step generator of Fashion-MNIST.
    public init() { self.init(.all) }
}

extension TrainedModel {
    /// Reads the latest checkpoint of a run of any method.
    ///
    /// - Parameters:
    ///   - folder: The run.
    ///   - choice: Averaged weights, or those of the optimiser.
    ///   - assignments: Changes of section `sampling`, such as `sampling.steps=8`.
    /// - Throws: An error that names what is missing or does not fit.
    public init(_ folder: RunFolder, weights choice: Choice = .ema, setting assignments: [String] = []) throws {
        try self.init(folder, methods: .all, weights: choice, setting: assignments)
    }
}
