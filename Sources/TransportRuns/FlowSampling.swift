internal import Foundation
internal import Generative
public import Runs
public import Settings
internal import Torch

/// Classifier-free guidance (arXiv 2207.12598): v + (scale - 1) (v - v without class), in an interval of time.
public struct ClassifierFreeSettings: SettingsSection, Sendable, Hashable {
    /// Factor of the difference; 1 is none, 0 ignores the class.
    public var scale = 1.5
    /// Times in which guidance acts (arXiv 2404.07724).
    public var interval = [0.0, 1.0]
    /// A run whose model takes the place of the network without class: autoguidance (arXiv 2406.02507).
    public var against: String?

    /// Scale 1.5 at all times.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("scale", &scale, .in(0...100), about: "Factor of the difference that the class makes; 1 is no guidance.")
        key(
            "interval", &interval, .count(.in(2...2)), .each(.in(0...1)),
            Requirement("ascend") { $0 == $0.sorted() },
            about: "Times in which guidance acts, from 0 (noise) to 1 (data).")
        key(
            "against", &against, Requirement("be the path of a run") { !$0.isEmpty },
            about: """
                A weaker run, or a checkpoint folder of one, away from which guidance leads (autoguidance); null for the network \
                without class.
                """)
    }

    var phrase: String {
        let times = interval == [0, 1] ? "" : " in [\(interval[0].formatted()), \(interval[1].formatted())]"
        let other = against.map { " against \($0)" } ?? ""
        return ", guidance \(scale.formatted())\(times)\(other)"
    }
}

/// A way to follow a velocity: a sampler of any field.
protocol FlowSampling: TransportSampling {
    func sampler<Field: VectorField & Sendable>(
        of field: Field.Type, over interval: ClosedRange<Double>
    ) -> any Sampler<Field>
}

extension FlowSampling {
    func samples(
        of trained: TrainedProcess, _ request: SampleRequest, observing: ((StepReport) throws -> Void)?
    ) throws -> Samples {
        let (process, device) = (trained.process, trained.device)
        let normal = request.noise.normal(request.indices, shape: trained.shape).to(device)
        let start = process.priorDeviation == 1 ? normal : normal * process.priorDeviation
        let sampler = sampler(of: AnyField.self, over: process.interval)
        return try sampler.sample(
            trained.field(guidance, temperature), from: start, given: Tensor(request.labels, device: device),
            using: RandomSource(request.seed, device: device)
        ) { try observing?($0) }
    }

    func mistake(for process: TransportProcess) -> (key: String, message: String)? {
        guard process.start.alpha == 0, process.prediction == .noise, process.table != nil else { return nil }
        return ("name", "follows a velocity from pure noise, where a prediction of noise says nothing of the data")
    }
}

/// Samples along the velocity in a fixed number of steps.
public struct FixedStepSampling: FlowSampling, Hashable {
    /// A solver of fixed steps.
    public enum Solver: String, Sendable, Hashable, CaseIterable, SettingsValue {
        case euler, midpoint, heun, rk4
    }

    /// The solver.
    public var solver = Solver.heun
    /// Steps from noise to data.
    public var steps = 32
    /// Density of the steps: the time t becomes t / (t + shift (1 - t)); 1 for equal steps.
    public var shift = 1.0
    /// Guidance; none if nil.
    public var guidance: ClassifierFreeSettings?
    /// Temperature; unchanged if nil.
    public var temperature: TemperatureSettings?
    /// Steps of pictures and examinations while training.
    public var previewSteps = 8

    /// 32 equal steps of Heun's method.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("solver", &solver, about: "euler (1 evaluation per step), midpoint or heun (2), rk4 (4).")
        key("steps", &steps, .in(1...100_000), about: "Steps from noise to data.")
        key("shift", &shift, .in(0.01...100), about: "Above 1 for more steps near the noise, below 1 near the data.")
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
        let counts = [1, 2, 4, 8, 16, 32, 64].filter { $0 * tableau.stages <= 64 }
        return counts.map { count in
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

    var tableau: Tableau {
        switch solver {
        case .euler: .euler
        case .midpoint: .midpoint
        case .heun: .heun
        case .rk4: .rk4
        }
    }

    var phrase: String {
        let noun = steps == 1 ? "step" : "steps"
        let grid = shift == 1 ? "\(steps) equal \(noun)" : "\(steps) \(noun) shifted by \(shift.formatted())"
        return "\(tableau.name), \(grid)"
    }

    func sampler<Field: VectorField & Sendable>(
        of field: Field.Type, over interval: ClosedRange<Double>
    ) -> any Sampler<Field> {
        let times = TimeGrid.shifted(steps: steps, by: shift)
        if interval == 0...1 { return ODESampler(tableau, times: times, for: field) }
        let length = interval.upperBound - interval.lowerBound
        return ODESampler(
            tableau, times: TimeGrid(times.times.map { interval.lowerBound + length * $0 }), for: field)
    }
}

/// Samples along the velocity in steps of the length that a tolerance allows, each sample its own.
public struct AdaptiveStepSampling: FlowSampling, Hashable {
    /// Largest error of a step: tolerance (1 + |x|).
    public var tolerance = 1e-3
    /// Most steps of a sample.
    public var maximumSteps = 1000
    /// Guidance; none if nil.
    public var guidance: ClassifierFreeSettings?
    /// Temperature; unchanged if nil.
    public var temperature: TemperatureSettings?

    /// A tolerance of 1e-3, which pictures need.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("tolerance", &tolerance, .in(1e-7...1), about: "Largest error of a step, absolute and relative.")
        key(
            "maximum_steps", &maximumSteps, .in(1...1_000_000), about: "Most steps of a sample, rejected ones included."
        )
        key.section(
            "guidance", &guidance, initial: ClassifierFreeSettings(),
            about: "Guidance; null for none. Needs method.drop_labels, or a weaker run.")
        key.section(
            "temperature", &temperature, initial: TemperatureSettings(),
            about: "Temperature by rescaling the score; null for none.")
    }

    /// The same at growing strictness, for curves.
    public var budgets: [any SamplingSettings] {
        [0.3, 0.1, 0.03, 0.01, 1e-3].map { tolerance in
            var budget = self
            budget.tolerance = tolerance
            return budget
        }
    }

    /// The same at a tolerance of at least 0.03.
    public var preview: any SamplingSettings {
        var preview = self
        preview.tolerance = max(tolerance, 0.03)
        return preview
    }

    var phrase: String { "Dormand-Prince 5(4), tolerance \(tolerance)" }

    func sampler<Field: VectorField & Sendable>(
        of field: Field.Type, over interval: ClosedRange<Double>
    ) -> any Sampler<Field> {
        var control = StepSizeControl(absoluteTolerance: tolerance, relativeTolerance: tolerance)
        control.maximumSteps = maximumSteps
        return AdaptiveODESampler(.dormandPrince54, control: control, over: interval, for: field)
    }
}
