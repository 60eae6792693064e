internal import Backbones
internal import Foundation
internal import Generative
internal import RunData
internal import Runs
public import Settings
internal import Torch
internal import Training

/// A way from noise to data through a trained ``TransportProcess``.
protocol TransportSampling: SamplingSettings {
    var guidance: ClassifierFreeSettings? { get set }
    var temperature: TemperatureSettings? { get set }
    /// The sampler without guidance, for reports.
    var phrase: String { get }

    /// True if it needs the score of the marginals beside their velocity.
    var needsScore: Bool { get }

    /// What of it a process cannot serve: a key of the section, and the rest of a sentence about it.
    func mistake(for process: TransportProcess) -> (key: String, message: String)?

    /// Draws samples.
    func samples(
        of trained: TrainedProcess, _ request: SampleRequest, observing: ((StepReport) throws -> Void)?
    ) throws -> Samples
}

extension TransportSampling {
    /// False: they start from noise.
    public var endsAtSource: Bool { false }

    /// The same guidance and temperature as another sampling.
    public func adopting(_ other: any SamplingSettings) -> any SamplingSettings {
        var adopted = self
        adopted.guidance = (other as? any TransportSampling)?.guidance
        adopted.temperature = (other as? any TransportSampling)?.temperature
        return adopted
    }

    var needsScore: Bool { temperature != nil }

    func mistake(for process: TransportProcess) -> (key: String, message: String)? { nil }
}

/// Temperature by temporal score rescaling (arXiv 2510.01184).
public struct TemperatureSettings: SettingsSection, Sendable, Hashable {
    /// Width of the data's local modes.
    public var width = 0.3
    /// Above 1 sharper, below 1 more varied; 1 is no change.
    public var sharpness = 1.0

    /// No change.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("width", &width, .in(1e-6...1e6), about: "s, the width of the data's local modes, in units of the data.")
        key(
            "sharpness", &sharpness, .in(0.001...1000),
            about: "k: a mode of width s becomes one of width s / sqrt(k); 1 is no change.")
    }

    var phrase: String { ", sharpness \(sharpness.formatted()) at width \(width.formatted())" }
}

/// A trained network with its process, ready for samplers.
struct TrainedProcess: Sendable {
    let process: TransportProcess
    let network: any ConditionalNetwork
    let weaker: WeakerModel?
    let nullClass: Int
    /// Shape of one sample.
    let shape: [Int]
    /// Range of the data; nil where they have none.
    let range: ClosedRange<Double>?
    let device: Device

    /// The velocity with guidance and temperature.
    func field(_ guidance: ClassifierFreeSettings?, _ temperature: TemperatureSettings?) -> AnyField {
        var field = AnyField(process.field(of: network))
        if let guidance {
            let times = guidance.interval[0]...guidance.interval[1]
            if let weaker {
                let other = AnyField(weaker.process.field(of: weaker.network))
                field = AnyField(Guided(field, against: other, scale: guidance.scale, during: times))
            } else {
                field = AnyField(
                    ClassifierFree(field, nullClass: nullClass, scale: guidance.scale, during: times))
            }
        }
        guard let temperature else { return field }
        return AnyField(
            RescaledVelocity(
                of: field, along: process.path, width: temperature.width, sharpness: temperature.sharpness))
    }

    /// The estimates with guidance, temperature and, if wanted, within the data's range.
    func levels(
        _ guidance: ClassifierFreeSettings?, _ temperature: TemperatureSettings?, clipping: Bool
    ) -> AnyLevels {
        let own = process.levels(of: network)
        var levels = AnyLevels(own)
        if let guidance {
            let times = guidance.interval[0]...guidance.interval[1]
            let time: @Sendable (NoiseLevel) -> Double = { own.time(of: $0) }
            if let weaker {
                let other = weaker.process.levels(of: weaker.network)
                levels = AnyLevels(
                    GuidedLevels(levels, against: AnyLevels(other), scale: guidance.scale, during: times, time: time))
            } else {
                levels = AnyLevels(
                    ClassifierFreeLevels(
                        levels, nullClass: nullClass, scale: guidance.scale, during: times, time: time))
            }
        }
        if let temperature {
            levels = AnyLevels(
                TemporalRescaling(of: levels, width: temperature.width, sharpness: temperature.sharpness))
        }
        guard clipping, let range else { return levels }
        return AnyLevels(ClippedLevels(levels, to: range))
    }
}

/// Another run's network, away from which autoguidance leads.
struct WeakerModel: Sendable {
    let process: TransportProcess
    let network: any ConditionalNetwork

    /// Reads the latest checkpoint of a run, or the one that the path names, such as `runs/a/checkpoints/step-000100`.
    ///
    /// - Throws: An error that names what is missing, or that it is of another kind.
    init(at path: String, on device: Device) throws {
        let methods = MethodCatalog(FlowMethod(), DiffusionMethod(), EDMMethod(), ScoreMethod())
        let model: TrainedModel
        do {
            var folder = URL(filePath: path)
            var step: Int?
            if folder.deletingLastPathComponent().lastPathComponent == "checkpoints" {
                step = Int(folder.lastPathComponent.split(separator: "-").last ?? "")
                folder = folder.deletingLastPathComponent().deletingLastPathComponent()
            }
            model = try TrainedModel(
                RunFolder(folder), methods: methods, on: device, at: step, setting: ["sampling.guidance=null"])
        } catch {
            throw TrainingError("sampling.guidance.against: \(error)")
        }
        guard let method = model.settings.method as? any TransportMethod, let network = model.networks["model"] else {
            throw TrainingError("sampling.guidance.against: \(path) is no run of a flow or of a diffusion model.")
        }
        process = method.process
        self.network = TiledNetwork(network, rows: TrainedModel.tile)
    }
}

/// Samples of a trained process.
struct TransportSource: SampleSource {
    private let trained: TrainedProcess
    private let sampling: any TransportSampling

    init(trained: TrainedProcess, sampling: any TransportSampling) throws {
        self.trained = trained
        self.sampling = sampling
        guard let weaker = trained.weaker else { return }
        guard weaker.network.inputShape == trained.shape else {
            throw TrainingError(
                "sampling.guidance.against: its samples have the shape \(weaker.network.inputShape), not \(trained.shape)."
            )
        }
        // Steps from level to level ask each model at its own time.
        if sampling is any LevelSampling { return }
        let times = Tensor((0...8).map { Double($0) / 8 })
        let (a, b) = (
            trained.process.path.coefficients(at: times), weaker.process.path.coefficients(at: times)
        )
        let differences = [(a.alpha, b.alpha), (a.sigma, b.sigma)].map { ($0 - $1).abs().sum().item() }
        guard differences.allSatisfy({ $0 < 1e-9 }) else {
            throw TrainingError(
                "sampling.guidance.against: its path from noise to data is another one; it needs the same noise schedule."
            )
        }
    }

    var description: String {
        sampling.phrase + (sampling.temperature?.phrase ?? "") + (sampling.guidance?.phrase ?? "")
    }

    func samples(_ request: SampleRequest, observing: ((StepReport) throws -> Void)?) throws -> Samples {
        try sampling.samples(of: trained, request, observing: observing)
    }
}

extension SampleRequest {
    /// Standard normal numbers of each sample for a draw of its sampler.
    func draw(_ number: Int, shape: [Int], dtype: DType, on device: Device) -> Tensor {
        noise.normal(indices, shape: shape, for: "draw \(number)", dtype: dtype).to(device)
    }
}
