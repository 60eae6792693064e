public import Backbones
internal import Generative
public import RunData
public import Runs
public import Settings
internal import Synchronization
public import Torch
internal import Training

extension BridgeMethod {
    /// The stochastic equation, and the probability flow.
    public static var samplings: [SettingsKind<any SamplingSettings>] {
        [SettingsKind("sde", EquationSampling()) { $0 }, SettingsKind("ode", ProbabilityFlowSampling()) { $0 }]
    }

    /// Samples of a bridge start at data, which the settings of the run name.
    public func source(
        _ networks: [String: any ConditionalNetwork], _ sampling: any SamplingSettings, for data: DataLayout,
        on device: Device
    ) throws -> any SampleSource {
        fatalError("samples of a bridge start at data: use source(_:_:for:in:on:)")
    }

    /// Samples along the learned bridge, from examples of the end at which its direction starts.
    public func source(
        _ networks: [String: any ConditionalNetwork], _ sampling: any SamplingSettings, for data: DataLayout,
        in run: RunSettings, on device: Device
    ) throws -> any SampleSource {
        guard let sampling = sampling as? any BridgeSampling else {
            fatalError("every sampling of a bridge follows it")
        }
        let field = LearnedBridge(self, networks).field(sampling.direction)
        return BridgeSource(field, sampling, StartingExamples(run, sampling.direction), device)
    }
}

/// Examples at which samples start, read when they are first wanted.
final class StartingExamples: Sendable {
    private let settings: DataSettings?
    private let seed: Seed
    private let data = Mutex<TrainingData?>(nil)

    init(_ run: RunSettings, _ direction: BridgeDirection) {
        settings = direction == .forward ? run.sourceData : run.data
        // As the run itself reads them, so that toys are the same points.
        seed = Seed(UInt64(run.training.seed)).child(direction == .forward ? "source data" : "data")
    }

    /// The example of each sample, which depends on its number and the seed only.
    func examples(_ indices: [Int], _ seed: Seed, on device: Device) throws -> Tensor {
        let data = try opened()
        let rows = indices.map { Int(seed.child("start").child($0).value % UInt64(data.count)) }
        return try data.examples(rows, on: device).contiguous()
    }

    private func opened() throws -> TrainingData {
        try data.withLock { data in
            if let data { return data }
            guard let settings else { fatalError("settings of a bridge have source_data") }
            let read = try TrainingData(settings, seed: seed)
            data = read
            return read
        }
    }
}

/// Samples along a bridge.
private struct BridgeSource: SampleSource {
    private let field: BridgeField
    private let sampling: any BridgeSampling
    private let starts: StartingExamples
    private let device: Device

    init(_ field: BridgeField, _ sampling: any BridgeSampling, _ starts: StartingExamples, _ device: Device) {
        (self.field, self.sampling, self.starts, self.device) = (field, sampling, starts, device)
    }

    var description: String { "\(sampling.phrase), \(sampling.direction.rawValue)" }

    func samples(_ request: SampleRequest, observing: ((StepReport) throws -> Void)?) throws -> Samples {
        let start = try starts.examples(request.indices, request.seed, on: device)
        guard let flow = sampling as? ProbabilityFlowSampling else { return try equation(request, start, observing) }
        let sampler = ODESampler(flow.tableau, times: .uniform(steps: flow.steps), for: BridgeField.self)
        return try sampler.sample(field, from: start, using: RandomSource(request.seed, device: device)) {
            try observing?($0)
        }
    }

    private func equation(
        _ request: SampleRequest, _ start: Tensor, _ observing: ((StepReport) throws -> Void)?
    ) throws -> Samples {
        let shape = Array(start.shape.dropFirst())
        func noise(_ step: Int) -> Tensor {
            request.noise.normal(request.indices, shape: shape, for: "step \(step)").to(device)
        }
        let sampler = EulerMaruyamaSampler(times: .uniform(steps: sampling.steps), for: BridgeField.self)
        var samples = try sampler.sample(field, from: start, given: (), drawing: noise) { try observing?($0) }
        samples.passes = samples.evaluations.map { $0 * field.passesOfDrift }
        return samples
    }
}
