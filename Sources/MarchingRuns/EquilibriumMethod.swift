public import Backbones
internal import Generative
internal import Marching
public import RunData
public import Runs
public import Settings
public import Torch

/// Equilibrium matching (arXiv 2510.02300): a field without a time that comes to rest at the data.
public struct EquilibriumMethod: TimelessMethod, Hashable {
    /// The value of `method.name`.
    public static let name = "eqm"

    /// λ, the factor of the target far from the data.
    public var strength = 4.0
    /// a, the time at which the pull begins to fade.
    public var fadesFrom = 0.8
    /// Batches.
    public var examples = NoisedExamples(times: .uniform)

    /// The published target; uniform times.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("strength", &strength, .positive, .in(...1000), about: "Factor of y - e in the target, far from the data.")
        key(
            "fades_from", &fadesFrom, .in(0..<1),
            about: "Time after which the factor falls linearly, to 0 at the data.")
        examples.bind(key)
    }

    /// Gradient descent.
    public static var samplings: [SettingsKind<any SamplingSettings>] {
        [SettingsKind("descent", EquilibriumSampling()) { $0 }]
    }

    /// One stage.
    public func plan(_ context: RunContext) throws -> any RunPlan {
        try OneStagePlan(
            "equilibrium matching", examples, context,
            objective: EquilibriumMatching(strength: strength, fadesFrom: fadesFrom, for: TimelessNetwork.self)
        ) { TimelessNetwork(network: $0) }
    }

    func guidance(of sampling: any SamplingSettings) -> ScaleSettings? { (sampling as? EquilibriumSampling)?.guidance }

    /// The descent along the field.
    public func source(
        _ networks: [String: any ConditionalNetwork], _ sampling: any SamplingSettings, for data: DataLayout,
        on device: Device
    ) throws -> any SampleSource {
        guard let network = networks["model"], let sampling = sampling as? EquilibriumSampling else {
            fatalError("the model is the sampled stage, and the sampling is its own")
        }
        let field = EquilibriumField(of: TimelessNetwork(network: network))
        let shape = network.inputShape
        guard let guidance = sampling.guidance else { return descent(field, sampling, shape, device) }
        return descent(
            GuidedDistance(field, nullClass: data.classes, scale: guidance.scale), sampling, shape, device)
    }

    private func descent<Field: DistanceField & Sendable>(
        _ field: Field, _ sampling: EquilibriumSampling, _ shape: [Int], _ device: Device
    ) -> any SampleSource where Field.Condition == Tensor {
        let sampler = GradientDescent<Field>(
            steps: sampling.steps, length: sampling.length, constants: nil, momentum: sampling.momentum,
            endsWithFullStep: false)
        return FieldSource(field, sampler, sampling.phrase, shape: shape, on: device)
    }
}
