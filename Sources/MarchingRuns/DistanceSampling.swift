internal import Foundation
internal import Generative
internal import Marching
public import Runs
public import Settings

/// Classifier-free guidance of a field without a time.
public struct ScaleSettings: SettingsSection, Sendable, Hashable {
    /// Factor of the difference; 1 is none, 0 ignores the class.
    public var scale = 1.5

    /// Scale 1.5.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("scale", &scale, .in(0...100), about: "Factor of the difference that the class makes; 1 is no guidance.")
    }

    var phrase: String { ", guidance \(scale.formatted())" }
}

/// Conditions on which samples end before the last step.
public struct EarlyStoppingSettings: SettingsSection, Sendable, Hashable {
    /// Distance below which a sample has arrived; nil for sqrt(2 c0).
    public var threshold: Double?
    /// Evaluations without a new smallest distance after which a sample has stalled.
    public var patience = 20

    /// The default threshold.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key(
            "threshold", &threshold, .positive, .finite,
            about:
                "A sample below this distance has arrived; null for sqrt(2 c0), told where the true distance is sqrt(c0)."
        )
        key(
            "patience", &patience, .in(1...1_000_000),
            about: "Evaluations without a new smallest distance after which a sample ends all the same.")
    }

    func conditions(_ constants: MarchingConstants) -> EarlyStopping {
        EarlyStopping(threshold: distance(constants), patience: patience, floor: constants.floor)
    }

    func distance(_ constants: MarchingConstants) -> Double { threshold ?? (2 * constants.softening).squareRoot() }

    func mistake(_ constants: MarchingConstants) -> String? {
        EarlyStopping.mistake(threshold: distance(constants), patience: patience, floor: constants.floor)
    }

    var phrase: String { threshold.map { ", stopping below \($0.formatted())" } ?? ", stopping early" }
}

/// A way to march.
protocol DistanceSampling: SamplingSettings {
    var steps: Int { get set }
    var guidance: ScaleSettings? { get set }
    var earlyStopping: EarlyStoppingSettings? { get set }
    /// The sampler without guidance, for reports.
    var phrase: String { get }

    /// A sentence about numbers that cannot work; nil if they do.
    func mistake(on scale: DistanceScale) -> String?
    func sampler<Field: DistanceField & Sendable>(of field: Field.Type, _ scale: DistanceScale) -> any MarchingSampler<
        Field
    >
}

extension DistanceSampling {
    /// The same guidance and early stopping as another sampling.
    public func adopting(_ other: any SamplingSettings) -> any SamplingSettings {
        guard let other = other as? any DistanceSampling else { return self }
        var adopted = self
        (adopted.guidance, adopted.earlyStopping) = (other.guidance, other.earlyStopping)
        return adopted
    }

    func with(steps: Int) -> any SamplingSettings {
        var changed = self
        changed.steps = steps
        return changed
    }

    fileprivate mutating func bindCommon(_ key: SettingsKeys) {
        key.section(
            "early_stopping", &earlyStopping, initial: EarlyStoppingSettings(),
            about: "Samples leave when they have arrived; null to take all steps.")
        key.section(
            "guidance", &guidance, initial: ScaleSettings(),
            about:
                "Classifier-free guidance of directions; the distance is that of the class. Needs method.drop_labels.")
    }

    fileprivate var suffix: String { earlyStopping?.phrase ?? "" }

    fileprivate func stepsPhrase(_ steps: Int) -> String { "\(steps) step\(steps == 1 ? "" : "s")" }
}

/// Sphere tracing: x - eta u v.
public struct SphereTracingSampling: DistanceSampling, Hashable {
    /// Steps from noise to data, each of one evaluation.
    public var steps = 32
    /// η; nil for the rate that the number of steps asks for.
    public var rate: Double?
    /// Distance before the last step over sqrt(c0), where the rate follows from the number of steps.
    public var target = 1.0
    /// True if the last step is a full one.
    public var fullStep = true
    /// Early stopping; none if nil.
    public var earlyStopping: EarlyStoppingSettings?
    /// Guidance; none if nil.
    public var guidance: ScaleSettings?
    /// Steps of pictures and examinations while training.
    public var previewSteps = 16

    /// 32 steps.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("steps", &steps, .in(1...100_000), about: "Steps from noise to data, each of one evaluation.")
        key(
            "rate", &rate, Requirement("lie between 0 and 2") { $0 > 0 && $0 < 2 },
            about:
                "eta, the share of the distance that a step crosses; null for as much as the number of steps asks for.")
        if rate == nil {
            key(
                "target", &target, .in(0.001...1000),
                about: "Distance left before the last step over sqrt(c0); the last step is a full one.")
        } else {
            key("full_step", &fullStep, about: "The last step crosses the whole distance.")
        }
        bindCommon(key)
        key(
            "preview_steps", &previewSteps, .in(1...100_000),
            about: "Steps of pictures and examinations while training; with a rate, all steps are taken.")
    }

    /// The same with powers of two of steps, for curves; none where the rate is given.
    public var budgets: [any SamplingSettings] { rate == nil ? [4, 8, 16, 32, 64].map { with(steps: $0) } : [] }

    /// The same with ``previewSteps``.
    public var preview: any SamplingSettings { rate == nil ? with(steps: previewSteps) : self }

    var phrase: String {
        let rate = rate.map { " of \($0.formatted())" } ?? ""
        return "sphere tracing, \(stepsPhrase(steps))\(rate)\(suffix)"
    }

    func mistake(on scale: DistanceScale) -> String? { earlyStopping?.mistake(scale.constants) }

    func sampler<Field: DistanceField & Sendable>(
        of field: Field.Type, _ scale: DistanceScale
    ) -> any MarchingSampler<Field> {
        let stopping = earlyStopping?.conditions(scale.constants)
        if let rate {
            return SphereTracing(steps: steps, rate: rate, endsWithFullStep: fullStep, stopping: stopping, for: field)
        }
        return SphereTracing(steps: steps, reaching: target * scale.constants.floor, stopping: stopping, for: field)
    }
}

/// Gradient descent: x - eta v.
public struct DescentSampling: DistanceSampling, Hashable {
    /// Steps from noise to data, each of one evaluation.
    public var steps = 32
    /// η; nil for 1.8 times the distance of noise over the number of steps.
    public var length: Double?
    /// Nesterov's momentum.
    public var momentum = 0.0
    /// True if the last step is a full one.
    public var fullStep = true
    /// Early stopping; none if nil.
    public var earlyStopping: EarlyStoppingSettings?
    /// Guidance; none if nil.
    public var guidance: ScaleSettings?
    /// Steps of pictures and examinations while training.
    public var previewSteps = 16

    /// 32 steps.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("steps", &steps, .in(1...100_000), about: "Steps from noise to data, each of one evaluation.")
        key(
            "length", &length, .positive, .finite,
            about: "eta, the length of a step, below 2 sqrt(c0); null for 1.8 noise_distance / steps.")
        key("momentum", &momentum, .in(0..<1), about: "Nesterov's momentum; 0 for plain descent.")
        key("full_step", &fullStep, about: "The last step crosses the whole distance.")
        bindCommon(key)
        key(
            "preview_steps", &previewSteps, .in(1...100_000),
            about: "Steps of pictures and examinations while training; with a length, all steps are taken.")
    }

    /// The same with powers of two of steps, for curves; none where the length is given.
    public var budgets: [any SamplingSettings] { length == nil ? [16, 32, 64].map { with(steps: $0) } : [] }

    /// The same with ``previewSteps``.
    public var preview: any SamplingSettings { length == nil ? with(steps: previewSteps) : self }

    var phrase: String {
        let length = length.map { " of \($0.formatted())" } ?? ""
        let momentum = momentum > 0 ? ", momentum \(momentum.formatted())" : ""
        return "gradient descent, \(stepsPhrase(steps))\(length)\(momentum)\(suffix)"
    }

    func mistake(on scale: DistanceScale) -> String? {
        earlyStopping?.mistake(scale.constants)
            ?? MarchingMistakes.length(chosenLength(scale), scale.constants, momentum: momentum)
    }

    private func chosenLength(_ scale: DistanceScale) -> Double {
        length ?? MarchingMistakes.descentOverDistance * scale.noiseDistance / Double(steps)
    }

    func sampler<Field: DistanceField & Sendable>(
        of field: Field.Type, _ scale: DistanceScale
    ) -> any MarchingSampler<Field> {
        GradientDescent(
            steps: steps, length: chosenLength(scale), constants: scale.constants, momentum: momentum,
            endsWithFullStep: fullStep, stopping: earlyStopping?.conditions(scale.constants), for: field)
    }
}
