public import Backbones
internal import Drifting
internal import Encoders
public import Foundation
internal import Generative
public import RunData
public import Runs
public import Settings
public import Torch
internal import Training

extension DriftingMethod {
    /// One evaluation is the only way to draw samples.
    public static var samplings: [SettingsKind<any SamplingSettings>] {
        [SettingsKind("one_step", OneStepSampling()) { $0 }]
    }

    /// Noise and class in, sample out; the guidance strength is an input where guidance is trained.
    public func interface(for data: DataLayout) -> NetworkInterface {
        NetworkInterface(
            shape: data.networkShape, input: .noise, scalars: guidance == nil ? [] : ["guidance"], classes: data.classes
        )
    }

    /// Names combinations that cannot run.
    public func requireAgreement(_ key: SettingsKeys, with run: RunSettings, data: DataLayout?) {
        for mistake in features.mistakes(for: data) { key.require(false, "method", mistake) }
        let strength = (run.sampling as? OneStepSampling)?.strength ?? 1
        key.require(
            guidance != nil || strength == 1, "sampling",
            "has a strength, but the run is trained without guidance (method.guidance): write strength: 1",
            blaming: "sampling.strength")
        key.require(
            run.sourceData == nil, "source_data", "is not used by the method drifting: write null")
    }

    /// Encoder and generator.
    public func plan(_ context: RunContext) throws -> any RunPlan { try DriftingPlan(self, context) }

    /// The generator.
    public var sampledStages: [String] { [Self.generatorStage] }

    /// One evaluation per sample.
    public func source(
        _ networks: [String: any ConditionalNetwork], _ sampling: any SamplingSettings, for data: DataLayout,
        on device: Device
    ) throws -> any SampleSource {
        guard let network = networks[Self.generatorStage] else { fatalError("the generator is a sampled stage") }
        let strength = (sampling as? OneStepSampling)?.strength
        return OneStepSource(network, strength: guidance == nil ? nil : strength ?? 1, on: device)
    }

    /// Weights of both encoders, as far as they are given.
    public var weightFiles: [String: URL] {
        let encoders = [("encoder", features.encoder), ("second_encoder", features.secondEncoder)]
        return encoders.reduce(into: [:]) { files, encoder in
            files["method.features.\(encoder.0)"] = encoder.1?.weightFile
        }
    }

    /// Replaces the paths of both encoders.
    public mutating func changePaths(_ change: (_ key: String, _ path: String) -> String) {
        features.encoder?.changePaths { change("features.encoder.\($0)", $1) }
        features.secondEncoder?.changePaths { change("features.second_encoder.\($0)", $1) }
    }

    /// At most as many steps of the encoder.
    public mutating func limit(toSteps steps: Int) {
        let limit = min(steps, encoderSteps)
        features.encoder?.autoencoder?.training.limit(toSteps: limit)
    }

    /// Two fifths of the time for the encoder, at most: it ends earlier on fast machines, where its steps are done before.
    public mutating func limit(toMinutes minutes: Double) {
        features.encoder?.autoencoder?.training.minutes = minutes * Self.encoderShare
    }

    private static let encoderShare = 0.4

    private var encoderSteps: Int { features.encoder?.autoencoder?.training.steps ?? .max }
}

/// Section `sampling` of drifting models.
public struct OneStepSampling: SamplingSettings, Hashable {
    /// Guidance strength, at least 1; an input of networks that were trained with guidance.
    public var strength = 1.0

    /// No guidance.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("strength", &strength, .in(1...1000), about: "Guidance strength of runs with method.guidance; 1 is none.")
    }
}

/// Samples from one evaluation each.
private struct OneStepSource: SampleSource {
    private let network: any ConditionalNetwork
    private let strength: Double?
    private let device: Device

    init(_ network: any ConditionalNetwork, strength: Double?, on device: Device) {
        self.network = network
        self.strength = strength
        self.device = device
    }

    var description: String { "one step" + (strength.map { ", guidance strength \($0.formatted())" } ?? "") }

    func samples(_ request: SampleRequest, observing: ((StepReport) throws -> Void)?) throws -> Samples {
        let noise = request.noise.normal(request.indices, shape: network.inputShape).to(device)
        let labels = Tensor(request.labels, device: device)
        let strengths = strength.map { Tensor.full([request.labels.count], $0, device: device) }
        return try OneStepSampler().sample(
            GeneratorNetwork(network), from: noise, given: GeneratorCondition(labels: labels, guidance: strengths),
            using: RandomSource(request.seed, device: device)
        ) { try observing?($0) }
    }
}

extension RunSettings {
    /// Settings of a drifting run in a folder, and its method.
    ///
    /// - Throws: An error of the file, or that the run is of another method.
    static func readingDrifting(of folder: RunFolder) throws -> (run: RunSettings, method: DriftingMethod) {
        let settings = try RunSettings(MethodCatalog(DriftingMethod())).reading(file: folder.configuration.path)
        guard let method = settings.method as? DriftingMethod else { fatalError("the catalogue has one method") }
        return (settings, method)
    }

    /// The method of a drifting run in a folder.
    static func drifting(of folder: RunFolder) throws -> DriftingMethod { try readingDrifting(of: folder).method }
}
