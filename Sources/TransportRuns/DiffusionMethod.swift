public import Generative
public import RunData
public import Runs
public import Settings
public import Transport

/// Diffusion along a table or a continuous path of unit variance (arXiv 2006.11239; 2011.13456): a network learns noise, data or v.
public struct DiffusionMethod: TransportMethod, Hashable {
    /// The value of `method.name`.
    public static let name = "diffusion"

    /// The schedule of noise.
    public var schedule = Schedule.cosine
    /// Entries of a table.
    public var tableSize = 1000
    /// A table whose last entry is pure noise.
    public var zeroTerminalSNR = false
    /// The quantity that the network predicts.
    public var predict = Target.noise
    /// Weight of the errors by their level of noise.
    public var weighting = WeightingChoice.uniform
    /// Bound of the signal-to-noise ratio for min_snr.
    public var gamma = 5.0
    /// Distribution of the times at which it learns.
    public var times = TimeChoice.uniform
    /// Density of shifted times.
    public var shift = 1.0
    /// Mean of the logit of a logit-normal time.
    public var logitMean = 0.0
    /// Deviation of the logit of a logit-normal time.
    public var logitDeviation = 1.0
    /// Examples per step.
    public var batch = 128
    /// Probability that a label is dropped, which guidance at sampling needs.
    public var dropLabels = 0.0

    /// A schedule of noise: tables, and continuous paths.
    public enum Schedule: String, Sendable, Hashable, CaseIterable, SettingsValue {
        case linear
        case scaledLinear = "scaled_linear"
        case cosine
        case vp
        case subVP = "sub_vp"
        case cosinePath = "cosine_path"
    }

    /// A quantity that the network predicts.
    public enum Target: String, Sendable, Hashable, CaseIterable, SettingsValue {
        case noise, data, v
    }

    /// A weight of the errors.
    public enum WeightingChoice: String, Sendable, Hashable, CaseIterable, SettingsValue {
        case uniform, snr
        case truncatedSNR = "truncated_snr"
        case minSNR = "min_snr"
        case likelihood
    }

    /// A distribution of times.
    public enum TimeChoice: String, Sendable, Hashable, CaseIterable, SettingsValue {
        case uniform, shifted
        case logitNormal = "logit_normal"
        case likelihood
    }

    /// A cosine table of 1000, noise predicted, unweighted.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key(
            "schedule", &schedule,
            about: "Table linear, scaled_linear or cosine; or the continuous path vp, sub_vp or cosine_path.")
        if isTable {
            key("table_size", &tableSize, .in(2...100_000), about: "Entries of the table.")
            key(
                "zero_terminal_snr", &zeroTerminalSNR,
                about:
                    "Moves the table so that its last entry is pure noise (arXiv 2305.08891); predict v or data then.")
        }
        key("predict", &predict, about: "Quantity that the network predicts: noise, data or v.")
        key(
            "weighting", &weighting,
            about: """
                Weight of errors: uniform in what is predicted, snr, truncated_snr, min_snr (arXiv 2303.09556) or likelihood (arXiv \
                2101.09258).
                """)
        if weighting == .minSNR {
            key("gamma", &gamma, .in(0.01...1e6), about: "Largest weight of an error of the data.")
        }
        key(
            "times", &times,
            about: """
                Distribution of the times of training: uniform (each entry of a table alike), shifted, logit_normal, or likelihood \
                (importance sampling for it).
                """)
        if times == .shifted { key("shift", &shift, .in(0.01...100), about: "Above 1 for more times near the noise.") }
        if times == .logitNormal {
            key(
                "logit_mean", &logitMean, .in(-10...10),
                about: "Mean of log(t / (1 - t)); above 0 is nearer to the data.")
            key("logit_deviation", &logitDeviation, .in(0.01...10), about: "Deviation of log(t / (1 - t)).")
        }
        key("batch", &batch, .in(1...65_536), about: "Examples per step.")
        key(
            "drop_labels", &dropLabels, .in(0...1),
            about: "Probability that an example is learned without its class; above 0 for guidance at sampling.")
    }

    /// Names combinations that cannot run.
    public func requireAgreement(_ key: SettingsKeys, with run: RunSettings, data: DataLayout?) {
        key.require(
            !(isTable && zeroTerminalSNR && predict == .noise), "method",
            "predicts noise at zero terminal SNR, where it says nothing of the data: write predict: v or predict: data",
            blaming: "method.predict")
        requireTransport(key, with: run)
    }
}

extension DiffusionMethod {
    /// All samplers, DDIM first.
    public static var samplings: [SettingsKind<any SamplingSettings>] { TransportSamplings.all(first: "ddim") }

    private var isTable: Bool { [.linear, .scaledLinear, .cosine].contains(schedule) }

    private var table: NoiseTable? {
        let plain: NoiseTable? =
            switch schedule {
            case .linear:
                // The rates of a table of 1000 in as many steps as there are.
                .linear(tableSize, from: min(0.1 / Double(tableSize), 0.5), to: min(20 / Double(tableSize), 0.999))
            case .scaledLinear:
                .scaledLinear(
                    tableSize, from: min(0.85 / Double(tableSize), 0.5), to: min(12 / Double(tableSize), 0.999))
            case .cosine: .cosine(tableSize)
            case .vp, .subVP, .cosinePath: nil
            }
        return zeroTerminalSNR ? plain?.withZeroTerminalSNR() : plain
    }

    /// The path of the schedule.
    public var process: TransportProcess {
        let target: Prediction =
            switch predict {
            case .noise: .noise
            case .data: .data
            case .v: .v
            }
        // Velocities are infinite at the data where σ vanishes like a root.
        let short = 0...(1 - 1e-3)
        switch schedule {
        case .linear, .scaledLinear, .cosine:
            guard let table else { fatalError("these schedules are tables") }
            return TransportProcess(along: TablePath(table), table: table, predicting: target)
        case .vp: return TransportProcess(along: VariancePreservingPath(), predicting: target, over: short)
        case .subVP: return TransportProcess(along: SubVariancePreservingPath(), predicting: target)
        case .cosinePath: return TransportProcess(along: CosinePath(), predicting: target, over: short)
        }
    }

    /// The chosen weighting.
    public var lossWeighting: Weighting {
        switch weighting {
        case .uniform: .uniform
        case .snr: .snr
        case .truncatedSNR: .truncatedSNR
        case .minSNR: .minSNR(gamma: gamma)
        case .likelihood: .likelihood
        }
    }

    /// The chosen times.
    public var timeDistribution: any TimeDistribution {
        switch times {
        case .uniform: isTable ? TableTimes(count: tableSize) : UniformTimes()
        case .shifted: ShiftedTimes(by: shift)
        case .logitNormal: LogitNormalTimes(mean: logitMean, deviation: logitDeviation)
        case .likelihood: TabulatedTimes.likelihood(along: process.path)
        }
    }

    /// Diffusion.
    public var noun: String { "diffusion" }
}
