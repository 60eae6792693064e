public import Backbones
internal import Generative
internal import Marching
public import RunData
public import Runs
public import Settings
public import Torch

/// EDM whose network is not told the noise level (arXiv 2206.00364 and 2502.13129).
public struct BlindDenoisingMethod: TimelessMethod, Hashable {
    /// The value of `method.name`.
    public static let name = "uedm"

    /// Standard deviation of the data.
    public var dataDeviation = 0.5
    /// Batches; the noise level of a time t is (1 - t) / t.
    public var examples = NoisedExamples(times: .skewed)

    /// EDM's noise levels.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key(
            "data_deviation", &dataDeviation, .in(0.01...100),
            about: "Standard deviation of the data, for the factors around the network.")
        examples.bind(key)
    }

    /// EDM's sampler.
    public static var samplings: [SettingsKind<any SamplingSettings>] {
        [SettingsKind("heun", BlindHeunSampling()) { $0 }]
    }

    /// One stage.
    public func plan(_ context: RunContext) throws -> any RunPlan {
        try OneStagePlan(
            "denoising without noise level", examples, context,
            objective: BlindDenoising(dataDeviation: dataDeviation, for: TimelessNetwork.self)
        ) { TimelessNetwork(network: $0) }
    }

    func guidance(of sampling: any SamplingSettings) -> ScaleSettings? { (sampling as? BlindHeunSampling)?.guidance }

    /// The way down the noise levels.
    public func source(
        _ networks: [String: any ConditionalNetwork], _ sampling: any SamplingSettings, for data: DataLayout,
        on device: Device
    ) throws -> any SampleSource {
        guard let network = networks["model"], let sampling = sampling as? BlindHeunSampling else {
            fatalError("the model is the sampled stage, and the sampling is its own")
        }
        let model = GuidedPrediction(
            model: TimelessNetwork(network: network), nullClass: data.classes, scale: sampling.guidance?.scale ?? 1)
        let levels = CountedLevels(
            model: LevelDenoiser(of: EDMPreconditioning(of: model, dataDeviation: dataDeviation)),
            passes: model.scale == 1 ? 1 : 2)
        let sampler = DiffusionSampler(EDMHeun(), over: sampling.grid, for: type(of: levels))
        return FieldSource(
            levels, sampler, sampling.phrase, shape: network.inputShape, scale: sampling.highest, on: device)
    }
}

/// A model at noise levels that says how many passes an evaluation takes.
private struct CountedLevels<Model: LevelModel>: LevelModel {
    let model: Model
    let passes: Int

    func estimate(at x: Tensor, level: NoiseLevel, given condition: Model.Condition) -> Estimate {
        model.estimate(at: x, level: level, given: condition)
    }

    func passes(at level: NoiseLevel) -> Int { passes }

    static func select(_ indices: Tensor, from condition: Model.Condition) -> Model.Condition {
        Model.select(indices, from: condition)
    }
}

extension CountedLevels: Sendable where Model: Sendable {}
