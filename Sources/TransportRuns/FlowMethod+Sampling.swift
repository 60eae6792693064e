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
        guard let network = networks["model"] else { fatalError("the model is the sampled stage") }
        let model = FlowNetwork(network: network)
        return alongPath { source(model, sampling, nullClass: data.classes, device, along: $0) }
    }

    private func source(
        _ model: FlowNetwork, _ sampling: any SamplingSettings, nullClass: Int, _ device: Device,
        along path: some AffinePath
    ) -> any SampleSource {
        let field = ModelVelocity(of: model, predicting: prediction, along: path)
        let shape = model.network.inputShape
        guard let guidance = (sampling as? any GuidedSampling)?.guidance else {
            return FlowSource(field, sampling, shape: shape, on: device)
        }
        let guided = ClassifierFree(
            field, nullClass: nullClass, scale: guidance.scale, during: guidance.interval[0]...guidance.interval[1])
        return FlowSource(guided, sampling, shape: shape, on: device)
    }
}

/// Samples at the end of a flow.
private struct FlowSource<Field: VectorField & Sendable>: SampleSource where Field.Condition == Tensor {
    private let field: Field
    private let sampling: any SamplingSettings
    private let shape: [Int]
    private let device: Device

    init(_ field: Field, _ sampling: any SamplingSettings, shape: [Int], on device: Device) {
        self.field = field
        self.sampling = sampling
        self.shape = shape
        self.device = device
    }

    var description: String {
        switch sampling {
        case let fixed as FixedStepSampling: fixed.phrase
        case let adaptive as AdaptiveStepSampling: adaptive.phrase
        default: fatalError("a sampling of another method")
        }
    }

    func samples(_ request: SampleRequest, observing: ((StepReport) throws -> Void)?) throws -> Samples {
        let start = request.noise.normal(request.indices, shape: shape).to(device)
        let labels = Tensor(request.labels, device: device)
        let chance = RandomSource(request.seed, device: device)
        guard let observing else { return sampler.sample(field, from: start, given: labels, using: chance) }
        return try sampler.sample(field, from: start, given: labels, using: chance, observing: observing)
    }

    private var sampler: any Sampler<Field> {
        switch sampling {
        case let fixed as FixedStepSampling:
            return ODESampler(fixed.tableau, times: .shifted(steps: fixed.steps, by: fixed.shift), for: Field.self)
        case let adaptive as AdaptiveStepSampling:
            var control = StepSizeControl(
                absoluteTolerance: adaptive.tolerance, relativeTolerance: adaptive.tolerance)
            control.maximumSteps = adaptive.maximumSteps
            return AdaptiveODESampler(.dormandPrince54, control: control, for: Field.self)
        default: fatalError("a sampling of another method")
        }
    }
}
