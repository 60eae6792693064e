public import Drifting
internal import Foundation
internal import OptimalTransport
public import Settings

/// The field that moves samples.
public enum FieldSettings: Sendable, Hashable {
    /// The release's, and the variants of the paper's tables.
    case released(ReleasedFieldSettings)
    /// Towards the kernel's mean of the data, away from that of the generated points.
    case meanShift(KernelFieldSettings)
    /// Along the difference of the scores of the smoothed distributions.
    case scoreDifference(KernelFieldSettings)
    /// Against the gradient of the squared maximum mean discrepancy.
    case mmd(KernelFieldSettings)
    /// The debiased Sinkhorn field.
    case sinkhorn(SinkhornFieldSettings)

    /// The field with its options.
    public var field: any DriftField {
        switch self {
        case .released(let settings): FusedDriftField(settings.configuration)
        case .meanShift(let settings), .scoreDifference(let settings), .mmd(let settings):
            KernelField(settings.configuration)
        case .sinkhorn(let settings): SinkhornField(settings.configuration)
        }
    }

    /// Widths of the kernel, or regularisations, in units of the mean distance.
    public var temperatures: [Double] { field.temperatures }

    /// All kinds, for section `field`.
    public static var kinds: [SettingsKind<FieldSettings>] {
        [
            SettingsKind("released", ReleasedFieldSettings(), FieldSettings.released) {
                if case .released(let settings) = $0 { settings } else { nil }
            },
            SettingsKind("mean_shift", KernelFieldSettings(.meanShift), FieldSettings.meanShift) {
                if case .meanShift(let settings) = $0 { settings } else { nil }
            },
            SettingsKind("score_difference", KernelFieldSettings(.scoreDifference), FieldSettings.scoreDifference) {
                if case .scoreDifference(let settings) = $0 { settings } else { nil }
            },
            SettingsKind("mmd", KernelFieldSettings(.maximumMeanDiscrepancy), FieldSettings.mmd) {
                if case .mmd(let settings) = $0 { settings } else { nil }
            },
            SettingsKind("sinkhorn", SinkhornFieldSettings(), FieldSettings.sinkhorn) {
                if case .sinkhorn(let settings) = $0 { settings } else { nil }
            },
        ]
    }
}

/// Options of ``/Drifting/ReleasedField``.
public struct ReleasedFieldSettings: SettingsSection, Sendable, Hashable {
    /// The options.
    public var configuration = ReleasedField.Configuration()

    /// The release's.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key.temperatures(&configuration.temperatures)
        key("kernel", &configuration.kernel, about: "laplace (the paper's), gaussian, matern_3_2 or matern_5_2.")
        key(
            "normalisation", &configuration.normalisation,
            about: "Affinities sum to one over targets and samples (both), over targets, or not at all (none).")
        key("attraction", &configuration.attraction, .in(0...100), about: "Factor of the pull of real samples.")
        key("repulsion", &configuration.repulsion, .in(0...100), about: "Factor of the push of generated samples.")
        key(
            "affinity_floor", &configuration.affinityFloor, .in(0..<1),
            about: "Smallest product of the field's two softmaxes; 0 for the paper's field, which has no floor.")
    }
}

/// Options of ``/Drifting/KernelField``.
public struct KernelFieldSettings: SettingsSection, Sendable, Hashable {
    /// The options.
    public var configuration: KernelField.Configuration

    /// The defaults of a law.
    public init(_ law: KernelField.Law) { configuration = KernelField.Configuration(law) }

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key.temperatures(&configuration.temperatures)
        key("kernel", &configuration.kernel, about: "gaussian, laplace, matern_3_2 or matern_5_2.")
        key("attraction", &configuration.attraction, .in(0...100), about: "Factor of the pull of real samples.")
        key("repulsion", &configuration.repulsion, .in(0...100), about: "Factor of the push of generated samples.")
        key(
            "second_batch", &configuration.needsIndependentPoints,
            about: "Push samples by a second generated batch instead of by each other.")
    }
}

/// Options of ``/Drifting/SinkhornField``.
public struct SinkhornFieldSettings: SettingsSection, Sendable, Hashable {
    /// The options.
    public var configuration = SinkhornField.Configuration()

    /// The defaults.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key.temperatures(&configuration.temperatures)
        key("cost", &configuration.cost, about: "distance, or squared for half its square.")
        key(
            "iterations", &configuration.transport.iterations, .in(1...1000),
            about: "Most iterations; 10 to 30 are usual."
        )
        key(
            "tolerance", &configuration.transport.tolerance, .in(0...1),
            about: "Error of a marginal, summed, below which iterations stop.")
    }
}

/// Decay of the field's widths in the first steps: w(t) = initial · exp(-r t), until it is 1 (arXiv 2603.09936).
public struct AnnealingSettings: SettingsSection, Sendable, Hashable {
    /// Factor of the widths at step 0.
    public var initial = 4.0
    /// Steps after which the factor is 1; r = ln(initial) / steps.
    public var steps = 200

    /// From 4 to 1 in 200 steps.
    public init() {}

    /// The factor at a step, counted from 0.
    public func width(at step: Int) -> Double {
        step < steps ? pow(initial, 1 - Double(step) / Double(steps)) : 1
    }

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("initial", &initial, .positive, .in(...1000), about: "Factor of the field's widths at the first step.")
        key("steps", &steps, .in(1...), about: "Steps until the factor is 1; it changes exponentially.")
    }
}

extension SettingsKeys {
    fileprivate func temperatures(_ value: inout [Double]) {
        self(
            "temperatures", &value, .nonEmpty, .distinct, .each(.in(1e-6...1e6)),
            about: "Widths of the kernel in units of the mean distance.")
    }
}

extension DriftKernel: SettingsValue {}
extension ReleasedField.Normalisation: SettingsValue {}
extension SinkhornField.Cost: SettingsValue {}
