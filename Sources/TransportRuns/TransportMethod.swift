public import Backbones
public import Generative
public import RunData
public import Runs
public import Settings
public import Torch
public import Transport

/// A method whose network undoes the noise of a ``TransportProcess``: flow matching, diffusion, EDM, score matching.
public protocol TransportMethod: LevelMethod {
    /// The noising that the network learns to undo.
    var process: TransportProcess { get }
    /// Weight of the errors by their level of noise.
    var lossWeighting: Weighting { get }
    /// Distribution of the times of training.
    var timeDistribution: any TimeDistribution { get }
    /// Examples per step.
    var batch: Int { get }
    /// Probability that a label is dropped.
    var dropLabels: Double { get }
    /// Name of the model in messages, such as "diffusion".
    var noun: String { get }
}

extension TransportMethod {
    /// Position and time in, a prediction of the same shape out.
    public func interface(for data: DataLayout) -> NetworkInterface {
        NetworkInterface(
            shape: data.networkShape, time: process.networkTime, classes: data.classes, nullClass: dropLabels > 0)
    }

    /// Names combinations that cannot run.
    public func requireAgreement(_ key: SettingsKeys, with run: RunSettings, data: DataLayout?) {
        requireTransport(key, with: run)
    }

    /// One stage.
    public func plan(_ context: RunContext) throws -> any RunPlan { try TransportPlan(self, context) }

    /// Names what sampling, process and data cannot do together.
    func requireTransport(_ key: SettingsKeys, with run: RunSettings) {
        guard let sampling = run.sampling as? any TransportSampling else { return }
        let guidance = sampling.guidance
        key.require(
            guidance == nil || guidance?.against != nil || dropLabels > 0, "sampling",
            "has guidance, but no label was dropped in training (method.drop_labels: 0): write guidance: null",
            blaming: "sampling.guidance")
        key.require(
            run.sourceData == nil, "source_data",
            "is not used by the method \(Self.name), which starts from noise: write null")
        key.require(
            process.givesScore || !sampling.needsScore, "sampling",
            "draws noise or changes the temperature, for which it needs the score; pairs of a coupling give none: sample an ODE, or "
                + "learn with independent noise",
            blaming: "sampling.name")
        if let mistake = sampling.mistake(for: process) {
            key.require(false, "sampling", mistake.message, blaming: "sampling.\(mistake.key)")
        }
    }

    /// The way from noise to samples.
    public func source(
        _ networks: [String: any ConditionalNetwork], _ sampling: any SamplingSettings, for data: DataLayout,
        on device: Device
    ) throws -> any SampleSource {
        guard let network = networks["model"], let sampling = sampling as? any TransportSampling else {
            fatalError("the model is the sampled stage, and every sampling is one of a transport")
        }
        let weaker = try sampling.guidance?.against.map { try WeakerModel(at: $0, on: device) }
        let trained = TrainedProcess(
            process: process, network: network, weaker: weaker, nullClass: data.classes, shape: network.inputShape,
            range: data.kind == .images ? -1...1 : nil, device: device)
        return try TransportSource(trained: trained, sampling: sampling)
    }
}
