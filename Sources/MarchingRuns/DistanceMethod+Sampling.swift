public import Backbones
internal import Generative
internal import Marching
public import RunData
public import Runs
public import Settings
public import Torch

extension DistanceMethod {
    /// Sphere tracing, and gradient descent.
    public static var samplings: [SettingsKind<any SamplingSettings>] {
        [SettingsKind("sphere", SphereTracingSampling()) { $0 }, SettingsKind("descent", DescentSampling()) { $0 }]
    }

    /// The march from noise to data; a ``DistanceSource``.
    ///
    /// - Throws: ``MarchingError`` if steps never come to rest, or a threshold cannot be reached.
    public func source(
        _ networks: [String: any ConditionalNetwork], _ sampling: any SamplingSettings, for data: DataLayout,
        on device: Device
    ) throws -> any SampleSource {
        guard let network = networks["model"], let sampling = sampling as? any DistanceSampling else {
            fatalError("the model is the sampled stage, and every sampling is one of a march")
        }
        let scale = try requiredScale()
        if let mistake = sampling.mistake(on: scale) { throw MarchingError("sampling: \(mistake).") }
        let field = scale.field(of: network)
        let shape = network.inputShape
        let guided = sampling.guidance.map { GuidedDistance(field, nullClass: data.classes, scale: $0.scale) }
        let samples =
            guided.map { marching($0, sampling, scale, shape, device, sampling.guidance?.phrase ?? "") }
            ?? marching(field, sampling, scale, shape, device, "")
        return MarchSource(
            samples: samples, field: field, classes: data.classes, hasNullClass: examples.dropLabels > 0)
    }

    private func marching<Field: DistanceField & Sendable>(
        _ field: Field, _ sampling: any DistanceSampling, _ scale: DistanceScale, _ shape: [Int], _ device: Device,
        _ guidance: String
    ) -> any SampleSource where Field.Condition == Tensor {
        FieldSource(
            field, sampling.sampler(of: Field.self, scale), sampling.phrase + guidance, shape: shape, on: device)
    }
}

/// Samples at the end of any sampler that starts from noise of the samples' shape.
struct FieldSource<Model: Conditional & Sendable>: SampleSource where Model.Condition == Tensor {
    private let draw: @Sendable (Tensor, Tensor, RandomSource, (StepReport) throws -> Void) throws -> Samples
    private let shape: [Int]
    private let scale: Double
    private let device: Device
    let description: String

    /// - Parameters:
    ///   - model: The model.
    ///   - sampler: The sampler.
    ///   - description: Phrase for reports.
    ///   - shape: Of one sample.
    ///   - scale: Standard deviation of the noise at the start.
    ///   - device: Place of the model.
    init(
        _ model: Model, _ sampler: some Sampler<Model> & Sendable, _ description: String, shape: [Int],
        scale: Double = 1,
        on device: Device
    ) {
        draw = { start, labels, chance, observer in
            try sampler.sample(model, from: start, given: labels, using: chance, observing: observer)
        }
        (self.description, self.shape, self.scale, self.device) = (description, shape, scale, device)
    }

    func samples(_ request: SampleRequest, observing: ((StepReport) throws -> Void)?) throws -> Samples {
        let noise = request.noise.normal(request.indices, shape: shape).to(device)
        let start = scale == 1 ? noise : noise * scale
        let labels = Tensor(request.labels, device: device)
        return try draw(start, labels, RandomSource(request.seed, device: device)) { try observing?($0) }
    }
}
