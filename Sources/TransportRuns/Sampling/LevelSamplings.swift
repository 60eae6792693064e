internal import Generative
public import Settings

/// Denoising diffusion implicit models, from the ODE to ancestral sampling (arXiv 2010.02502).
public struct DDIMSampling: LevelSampling, Hashable {
    /// Share of new noise, from 0 to 1.
    public var eta = 0.0
    /// Levels, guidance, temperature.
    public var levels = LevelSettings(steps: 50, clip: true)

    /// 50 trailing steps of the ODE.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("eta", &eta, .in(0...1), about: "Share of new noise: 0 is an ODE, 1 ancestral sampling.")
        levels.bind(key)
    }

    var rule: any StepRule { DDIM(eta: eta) }
}

/// Ancestral sampling of DDPM (arXiv 2006.11239).
public struct DDPMSampling: LevelSampling, Hashable {
    /// A choice of the variance of a step.
    public enum Variance: String, Sendable, Hashable, CaseIterable, SettingsValue {
        case small, large
    }

    /// Variance of a step.
    public var variance = Variance.small
    /// Levels, guidance, temperature.
    public var levels = LevelSettings(steps: 250, clip: true, previewSteps: 25)

    /// 250 trailing steps of small variance.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key(
            "variance", &variance, about: "Variance of a step: small (right for one point) or large (the table's beta)."
        )
        levels.bind(key)
    }

    var rule: any StepRule { AncestralSampling(variance == .small ? .small : .large) }
}

/// EDM's Heun method in the level of noise (arXiv 2206.00364, algorithms 1 and 2).
public struct HeunSampling: LevelSampling, Hashable {
    /// Noise that is added in all, S_churn.
    public var churn = 0.0
    /// Levels at which it is added, [S_min, S_max].
    public var churnInterval = [0.0, 1e6]
    /// Its standard deviation, S_noise.
    public var churnDeviation = 1.0
    /// Levels, guidance, temperature.
    public var levels = LevelSettings(steps: 18, .karras, clip: false, previewSteps: 8)

    /// 18 steps of the Karras grid without churn: 35 evaluations.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("churn", &churn, .in(0...1e6), about: "Noise that is added before steps, in all (S_churn); 0 is the ODE.")
        if churn > 0 {
            key(
                "churn_interval", &churnInterval, .count(.in(2...2)), .each(.in(0...1e6)),
                Requirement("ascend") { $0 == $0.sorted() }, about: "Levels of noise at which it is added.")
            key("churn_deviation", &churnDeviation, .in(0.5...2), about: "Its standard deviation (S_noise).")
        }
        levels.bind(key)
    }

    var rule: any StepRule {
        guard churn > 0 else { return EDMHeun() }
        return EDMHeun(
            churn: .init(amount: churn, range: churnInterval[0]...churnInterval[1], deviation: churnDeviation))
    }

    var evaluationsPerStep: Int { 2 }
    var startsAnywhere: Bool { false }
    var isUnscaled: Bool { true }

    func tableGrid(_ table: NoiseTable, _ steps: Int, _ spacing: TableSpacing) -> NoiseGrid {
        table.interpolatedGrid(steps: steps, spacing: spacing)
    }
}

/// DPM-Solver++, multistep (arXiv 2211.01095).
public struct DPMSolverSampling: LevelSampling, Hashable {
    /// Order in the middle of a trajectory.
    public var order = 2
    /// The SDE instead of the ODE.
    public var stochastic = false
    /// Levels, guidance, temperature.
    public var levels = LevelSettings(steps: 20, clip: true)

    /// 20 steps of the second order.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("order", &order, .in(1...3), about: "Order in the middle of a trajectory.")
        key("stochastic", &stochastic, about: "Follows the SDE, which draws noise, instead of the ODE.")
        levels.bind(key)
    }

    var rule: any StepRule { DPMSolver(order: order, stochastic: stochastic) }

    func tableGrid(_ table: NoiseTable, _ steps: Int, _ spacing: TableSpacing) -> NoiseGrid {
        table.multistepGrid(steps: steps, spacing: spacing)
    }
}

/// UniPC, a multistep predictor with a free corrector (arXiv 2302.04867).
public struct UniPCSampling: LevelSampling, Hashable {
    /// Order of the predictor.
    public var order = 2
    /// Levels, guidance, temperature.
    public var levels = LevelSettings(steps: 20, clip: true)

    /// 20 steps of the second order.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("order", &order, .in(1...3), about: "Order of the predictor in the middle of a trajectory.")
        levels.bind(key)
    }

    var rule: any StepRule { UniPC(order: order) }

    func tableGrid(_ table: NoiseTable, _ steps: Int, _ spacing: TableSpacing) -> NoiseGrid {
        table.multistepGrid(steps: steps, spacing: spacing)
    }
}

/// Ancestral or deterministic steps with Langevin corrections (arXiv 2011.13456, algorithms 4 and 5).
public struct PredictorCorrectorSampling: LevelSampling, Hashable {
    /// Share of new noise of the predictor: 1 is ancestral.
    public var eta = 1.0
    /// Corrections after each step.
    public var corrections = 1
    /// Ratio of signal to noise of a correction.
    public var ratio = 0.16
    /// Levels, guidance, temperature.
    public var levels = LevelSettings(steps: 200, .logSNR, clip: false, previewSteps: 25)

    /// 200 ancestral steps with a correction after each.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("eta", &eta, .in(0...1), about: "Share of new noise of the predictor: 0 is DDIM, 1 ancestral sampling.")
        key("corrections", &corrections, .in(0...100), about: "Langevin corrections after each step.")
        key("ratio", &ratio, .in(0.001...1), about: "Ratio of signal to noise of a correction.")
        levels.bind(key)
    }

    var rule: any StepRule { PredictorCorrector(DDIM(eta: eta), ratio: ratio, corrections: corrections) }
    var evaluationsPerStep: Int { 1 + corrections }
}
