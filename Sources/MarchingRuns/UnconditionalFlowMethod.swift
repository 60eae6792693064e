public import Backbones
internal import Generative
public import RunData
public import Runs
public import Settings
public import Torch
internal import Transport

/// Flow matching whose network is not told the time: the baseline to which distance marching answers.
///
/// Sun et al., arXiv 2502.13129, remove the time from flow matching among others. The solver still counts it.
public struct UnconditionalFlowMethod: TimelessMethod, Hashable {
    /// The value of `method.name`.
    public static let name = "uflow"

    /// Batches.
    public var examples = NoisedExamples()

    /// Logit-normal times.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) { examples.bind(key) }

    /// Fixed steps.
    public static var samplings: [SettingsKind<any SamplingSettings>] {
        [SettingsKind("ode", TimelessODESampling()) { $0 }]
    }

    /// One stage.
    public func plan(_ context: RunContext) throws -> any RunPlan {
        try OneStagePlan(
            "flow matching without time", examples, context,
            objective: FlowMatching(along: LinearPath(), for: TimelessNetwork.self)
        ) { TimelessNetwork(network: $0) }
    }

    func guidance(of sampling: any SamplingSettings) -> ScaleSettings? { (sampling as? TimelessODESampling)?.guidance }

    /// The way along the velocity.
    public func source(
        _ networks: [String: any ConditionalNetwork], _ sampling: any SamplingSettings, for data: DataLayout,
        on device: Device
    ) throws -> any SampleSource {
        guard let network = networks["model"], let sampling = sampling as? TimelessODESampling else {
            fatalError("the model is the sampled stage, and the sampling is its own")
        }
        let field = ModelVelocity(of: TimelessNetwork(network: network), predicting: .velocity, along: LinearPath())
        let times = TimeGrid.uniform(steps: sampling.steps)
        let shape = network.inputShape
        guard let guidance = sampling.guidance else {
            return FieldSource(
                field, ODESampler(sampling.tableau, times: times), sampling.phrase, shape: shape, on: device)
        }
        let guided = ClassifierFree(field, nullClass: data.classes, scale: guidance.scale)
        return FieldSource(
            guided, ODESampler(sampling.tableau, times: times), sampling.phrase, shape: shape, on: device)
    }
}
