public import Backbones
internal import Generative
public import RunData
public import Runs
public import Settings
public import Torch

extension FlowMethod {
    /// Fixed steps, and adaptive ones.
    public static var samplings: [SettingsKind<any SamplingSettings>] {
        [
            SettingsKind("ode", FixedStepSampling()) { $0 }, SettingsKind("adaptive", AdaptiveStepSampling()) { $0 },
        ]
    }

    /// The flow from noise to data along the learned velocity.
    public func source(
        _ networks: [String: any ConditionalNetwork], _ sampling: any SamplingSettings, for data: DataLayout,
        on device: Device
    ) throws -> any SampleSource {
        guard let network = networks["model"], let sampling = sampling as? any FlowSampling else {
            fatalError("the model is the sampled stage, and every sampling is one of a flow")
        }
        let model = FlowNetwork(network: network)
        return alongPath { source(model, sampling, nullClass: data.classes, device, along: $0) }
    }

    private func source(
        _ model: FlowNetwork, _ sampling: any FlowSampling, nullClass: Int, _ device: Device,
        along path: some AffinePath
    ) -> any SampleSource {
        let field = ModelVelocity(of: model, predicting: prediction, along: path)
        let shape = model.network.inputShape
        guard let guidance = sampling.guidance else { return FlowSource(field, sampling, shape: shape, on: device) }
        let guided = ClassifierFree(
            field, nullClass: nullClass, scale: guidance.scale, during: guidance.interval[0]...guidance.interval[1])
        return FlowSource(guided, sampling, shape: shape, on: device)
    }
}

/// Samples at the end of a flow.
private struct FlowSource<Field: VectorField & Sendable>: SampleSource where Field.Condition == Tensor {
    private let field: Field
    private let sampling: any FlowSampling
    private let shape: [Int]
    private let device: Device

    init(_ field: Field, _ sampling: any FlowSampling, shape: [Int], on device: Device) {
        self.field = field
        self.sampling = sampling
        self.shape = shape
        self.device = device
    }

    var description: String { sampling.phrase + (sampling.guidance?.phrase ?? "") }

    func samples(_ request: SampleRequest, observing: ((StepReport) throws -> Void)?) throws -> Samples {
        let start = request.noise.normal(request.indices, shape: shape).to(device)
        let labels = Tensor(request.labels, device: device)
        let chance = RandomSource(request.seed, device: device)
        let sampler = sampling.sampler(of: Field.self)
        return try sampler.sample(field, from: start, given: labels, using: chance) { try observing?($0) }
    }
}
