internal import Generative
internal import Runs
public import Settings

/// A direction of time.
public enum BridgeDirection: String, Sendable, Hashable, CaseIterable, SettingsValue {
    /// From `source_data` to `data`.
    case forward
    /// From `data` to `source_data`.
    case backward
}

/// A way to follow a bridge in one direction.
protocol BridgeSampling: SamplingSettings {
    var direction: BridgeDirection { get set }
    var steps: Int { get set }
    var previewSteps: Int { get }
    /// Words for reports, without the direction.
    var phrase: String { get }
}

extension BridgeSampling {
    /// Forward with 2 to 64 steps: examinations look at the end of `data`.
    public var budgets: [any SamplingSettings] {
        [2, 4, 8, 16, 32, 64].map { count in
            var budget = self
            (budget.steps, budget.direction) = (count, .forward)
            return budget
        }
    }

    /// Forward in few steps.
    public var preview: any SamplingSettings {
        var preview = self
        (preview.steps, preview.direction) = (previewSteps, .forward)
        return preview
    }

    /// The same direction.
    public func adopting(_ other: any SamplingSettings) -> any SamplingSettings {
        var adopted = self
        adopted.direction = (other as? any BridgeSampling)?.direction ?? direction
        return adopted
    }

    /// True backward: samples then look like `source_data`.
    public var endsAtSource: Bool { direction == .backward }

    mutating func bindDirection(_ key: SettingsKeys) {
        key(
            "direction", &direction,
            about: "forward, from source_data to data, or backward; starts are drawn from there.")
    }
}

/// Samples of the stochastic equation, with equal steps of Euler and Maruyama's method.
public struct EquationSampling: BridgeSampling, Hashable {
    /// The direction.
    public var direction = BridgeDirection.forward
    /// Steps from one end to the other.
    public var steps = 50
    /// Steps of pictures and examinations while training.
    public var previewSteps = 20

    /// 50 steps forward.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        bindDirection(key)
        key("steps", &steps, .in(1...100_000), about: "Steps of Euler and Maruyama's method, one evaluation each.")
        key(
            "preview_steps", &previewSteps, .in(1...100_000),
            about: "Steps of pictures and examinations while training.")
    }

    var phrase: String { "Euler-Maruyama, \(steps) equal step\(steps == 1 ? "" : "s")" }
}

/// Samples of the probability flow, with equal steps.
public struct ProbabilityFlowSampling: BridgeSampling, Hashable {
    /// A solver of fixed steps.
    public enum Solver: String, Sendable, Hashable, CaseIterable, SettingsValue {
        case euler, midpoint, heun, rk4
    }

    /// The direction.
    public var direction = BridgeDirection.forward
    /// The solver.
    public var solver = Solver.heun
    /// Steps from one end to the other.
    public var steps = 20
    /// Steps of pictures and examinations while training.
    public var previewSteps = 10

    /// 20 steps of Heun's method forward.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        bindDirection(key)
        key("solver", &solver, about: "euler (1 evaluation per step), midpoint or heun (2), rk4 (4).")
        key("steps", &steps, .in(1...100_000), about: "Steps from one end to the other.")
        key(
            "preview_steps", &previewSteps, .in(1...100_000),
            about: "Steps of pictures and examinations while training.")
    }

    var tableau: Tableau {
        switch solver {
        case .euler: .euler
        case .midpoint: .midpoint
        case .heun: .heun
        case .rk4: .rk4
        }
    }

    var phrase: String { "\(tableau.name), \(steps) equal step\(steps == 1 ? "" : "s") of the probability flow" }
}
