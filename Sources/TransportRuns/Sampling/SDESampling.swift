internal import Foundation
internal import Generative
public import Runs
public import Settings
internal import Torch

/// The stochastic equations with the marginals of the probability flow, by the method of Euler and Maruyama.
public struct SDESampling: TransportSampling, Hashable {
    /// Level of noise: 0 is the ODE, 1 the reversed forward equation.
    public var noise = 1.0
    /// Steps from noise to data.
    public var steps = 250
    /// Guidance; none if nil.
    public var guidance: ClassifierFreeSettings?
    /// Temperature; unchanged if nil.
    public var temperature: TemperatureSettings?
    /// Steps of pictures and examinations while training.
    public var previewSteps = 25

    /// 250 equal steps of the reversed forward equation.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("noise", &noise, .in(0...10), about: "Level of noise: 0 is the ODE, 1 the reversed forward equation.")
        key("steps", &steps, .in(1...100_000), about: "Steps from noise to data, of equal time.")
        key.section(
            "guidance", &guidance, initial: ClassifierFreeSettings(),
            about: "Guidance; null for none. Needs method.drop_labels, or a weaker run.")
        key.section(
            "temperature", &temperature, initial: TemperatureSettings(),
            about: "Temperature by rescaling the score; null for none.")
        key(
            "preview_steps", &previewSteps, .in(1...100_000),
            about: "Steps of pictures and examinations while training.")
    }

    /// The same with powers of two of steps, for curves.
    public var budgets: [any SamplingSettings] {
        [4, 8, 16, 32, 64].map { count in
            var budget = self
            budget.steps = count
            return budget
        }
    }

    /// The same with ``previewSteps``.
    public var preview: any SamplingSettings {
        var preview = self
        preview.steps = previewSteps
        return preview
    }

    var needsScore: Bool { noise > 0 || temperature != nil }
    var phrase: String { "Euler-Maruyama, \(steps) equal step\(steps == 1 ? "" : "s"), noise \(noise.formatted())" }

    func samples(
        of trained: TrainedProcess, _ request: SampleRequest, observing: ((StepReport) throws -> Void)?
    ) throws -> Samples {
        let (process, shape, device) = (trained.process, trained.shape, trained.device)
        let field = trained.field(guidance, temperature)
        let equation = ModelDiffusion(of: field, along: process.path, noise: noise)
        let times = TimeGrid.uniform(steps: steps, over: process.interval)
        let start = request.noise.normal(request.indices, shape: shape).to(device) * process.priorDeviation
        var samples = try EulerMaruyamaSampler(times: times, for: ModelDiffusion<AnyField, AnyPath>.self).sample(
            equation, from: start, given: Tensor(request.labels, device: device),
            drawing: { request.draw($0, shape: shape, dtype: .float32, on: device) }, observing: { try observing?($0) })
        let passes = times.times.dropLast().reduce(0) { $0 + field.passes(at: $1) }
        samples.passes = samples.passes.map { _ in passes }
        return samples
    }
}
