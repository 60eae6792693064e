internal import Foundation
internal import Generative
public import Runs
public import Settings

/// Samples along a velocity that knows no time, in a fixed number of steps from t = 0 to 1.
public struct TimelessODESampling: SamplingSettings, Hashable {
    /// A solver of fixed steps.
    public enum Solver: String, Sendable, Hashable, CaseIterable, SettingsValue {
        case euler, heun
    }

    /// The solver.
    public var solver = Solver.heun
    /// Steps from noise to data.
    public var steps = 16
    /// Guidance; none if nil.
    public var guidance: ScaleSettings?
    /// Steps of pictures and examinations while training.
    public var previewSteps = 8

    /// 16 steps of Heun's method.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("solver", &solver, about: "euler (1 evaluation per step) or heun (2).")
        key("steps", &steps, .in(1...100_000), about: "Steps from noise to data.")
        bindScale(key, &guidance, &previewSteps)
    }

    /// The same with powers of two of steps, for curves.
    public var budgets: [any SamplingSettings] { [2, 4, 8, 16, 32].map(with) }

    /// The same with ``previewSteps``.
    public var preview: any SamplingSettings { with(steps: previewSteps) }

    private func with(steps: Int) -> any SamplingSettings {
        var changed = self
        changed.steps = steps
        return changed
    }

    var tableau: Tableau { solver == .euler ? .euler : .heun }
    var phrase: String { "\(tableau.name), \(steps) equal step\(steps == 1 ? "" : "s")\(guidance?.phrase ?? "")" }
}

/// Samples of equilibrium matching: gradient descent along its field.
public struct EquilibriumSampling: SamplingSettings, Hashable {
    /// Steps, each of one evaluation.
    public var steps = 64
    /// Step size; nil for 0.75 / steps, and 0.425 / steps with momentum.
    public var step: Double?
    /// Nesterov's momentum; published: 0.3.
    public var momentum = 0.0
    /// Guidance; none if nil.
    public var guidance: ScaleSettings?
    /// Steps of pictures and examinations while training.
    public var previewSteps = 32

    /// 64 steps without momentum.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("steps", &steps, .in(1...100_000), about: "Steps, each of one evaluation.")
        key(
            "step", &step, .positive, .finite,
            about:
                "Step size. Published for 250 steps: 0.003, and 0.0017 with momentum; null for as much over all steps.")
        key("momentum", &momentum, .in(0..<1), about: "Nesterov's momentum; published: 0.3.")
        bindScale(key, &guidance, &previewSteps)
    }

    /// The same with powers of two of steps, for curves.
    public var budgets: [any SamplingSettings] { step == nil ? [8, 16, 32, 64].map(with) : [] }

    /// The same with ``previewSteps``.
    public var preview: any SamplingSettings { step == nil ? with(steps: previewSteps) : self }

    private func with(steps: Int) -> any SamplingSettings {
        var changed = self
        changed.steps = steps
        return changed
    }

    /// The published step sizes cross in all, with 250 steps.
    var length: Double { step ?? (momentum > 0 ? 0.425 : 0.75) / Double(steps) }

    var phrase: String {
        let speed = momentum > 0 ? ", momentum \(momentum.formatted())" : ""
        return "gradient descent, \(steps) step\(steps == 1 ? "" : "s")\(speed)\(guidance?.phrase ?? "")"
    }
}

/// Samples of a blind denoiser: EDM's sampler without churn.
public struct BlindHeunSampling: SamplingSettings, Hashable {
    /// Steps from noise to data: 2 evaluations each, 1 for the last.
    public var steps = 16
    /// Noise level of the start.
    public var highest = 80.0
    /// Noise level before the last step.
    public var lowest = 0.01
    /// Guidance; none if nil.
    public var guidance: ScaleSettings?
    /// Steps of pictures and examinations while training.
    public var previewSteps = 8

    /// 16 steps from 80 to 0.01.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("steps", &steps, .in(1...100_000), about: "Steps from noise to data: 2 evaluations each, 1 for the last.")
        key("highest", &highest, .in(0.1...1000), about: "Noise level sigma of the start.")
        key("lowest", &lowest, .in(1e-5...1), about: "Noise level before the last step.")
        bindScale(key, &guidance, &previewSteps)
        key.require(lowest < highest, "lowest", "must be below highest, which is \(highest)")
    }

    /// The same with powers of two of steps, for curves.
    public var budgets: [any SamplingSettings] { [2, 4, 8, 16, 32].map(with) }

    /// The same with ``previewSteps``.
    public var preview: any SamplingSettings { with(steps: previewSteps) }

    private func with(steps: Int) -> any SamplingSettings {
        var changed = self
        changed.steps = steps
        return changed
    }

    var grid: NoiseGrid { .karras(steps: steps, lowest: lowest, highest: highest) }
    var phrase: String { "EDM Heun, \(steps) step\(steps == 1 ? "" : "s")\(guidance?.phrase ?? "")" }
}

/// The keys that these samplings share.
private func bindScale(_ key: SettingsKeys, _ guidance: inout ScaleSettings?, _ previewSteps: inout Int) {
    key.section(
        "guidance", &guidance, initial: ScaleSettings(),
        about: "Classifier-free guidance; null for none. Needs method.drop_labels.")
    key("preview_steps", &previewSteps, .in(1...100_000), about: "Steps of pictures and examinations while training.")
}
