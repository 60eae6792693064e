public import Generative
public import RunData
public import Runs
public import Settings
public import Transport

/// Score matching with exploding variance (arXiv 1907.05600; 2011.13456): noise or score at levels that fall geometrically.
public struct ScoreMethod: TransportMethod, Hashable {
    /// The value of `method.name`.
    public static let name = "score"

    /// Lowest level of noise.
    public var sigmaMin = 0.01
    /// Highest level of noise.
    public var sigmaMax = 50.0
    /// The quantity that the network predicts.
    public var predict = Target.score
    /// Weight of the errors by their level of noise.
    public var weighting = WeightingChoice.sigmaSquared
    /// Standard deviation of the data, by which the network's input is scaled; measured from them if nil.
    public var dataDeviation: Double?
    /// Examples per step.
    public var batch = 128
    /// Probability that a label is dropped, which guidance at sampling needs.
    public var dropLabels = 0.0

    /// A quantity that the network predicts.
    public enum Target: String, Sendable, Hashable, CaseIterable, SettingsValue {
        case score, noise
    }

    /// A weight of the error of the score.
    public enum WeightingChoice: String, Sendable, Hashable, CaseIterable, SettingsValue {
        case sigmaSquared = "sigma_squared"
        case likelihood
    }

    /// The levels of the paper for CIFAR-10.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("sigma_min", &sigmaMin, .in(1e-6...1e3), about: "Lowest level of noise.")
        key(
            "sigma_max", &sigmaMax, .in(1e-3...1e6),
            about: "Highest level of noise; about the largest distance between examples.")
        key("predict", &predict, about: "score (the network's answer over sigma) or noise.")
        key(
            "weighting", &weighting,
            about: "Weight of errors of the score: sigma_squared (1 for the noise) or likelihood (arXiv 2101.09258).")
        key(
            "data_deviation", &dataDeviation, .in(1e-6...1e6),
            about: "Standard deviation of the data, which scales the network's input; null to measure it.")
        key("batch", &batch, .in(1...65_536), about: "Examples per step.")
        key(
            "drop_labels", &dropLabels, .in(0...1),
            about: "Probability that an example is learned without its class; above 0 for guidance at sampling.")
    }

    /// Names combinations that cannot run.
    public func requireAgreement(_ key: SettingsKeys, with run: RunSettings, data: DataLayout?) {
        key.require(
            sigmaMin < sigmaMax, "method", "has sigma_min \(sigmaMin), not below sigma_max \(sigmaMax)",
            blaming: "method.sigma_min")
        // Whatever follows supposes levels that fall.
        if sigmaMin < sigmaMax { requireTransport(key, with: run) }
    }

    /// Measures the deviation of the data unless it was given.
    public func completed(from data: TrainingData) throws -> ScoreMethod {
        var completed = self
        if dataDeviation == nil { completed.dataDeviation = try data.measuredDeviation() }
        return completed
    }
}

extension ScoreMethod {
    /// All samplers, predictor and corrector first.
    public static var samplings: [SettingsKind<any SamplingSettings>] {
        TransportSamplings.all(first: "predictor_corrector")
    }

    /// Data at their own scale under geometric noise.
    public var process: TransportProcess {
        TransportProcess(
            along: VarianceExplodingPath(lowest: min(sigmaMin, sigmaMax / 2), highest: sigmaMax),
            predicting: predict == .score ? .score : .noise, harness: .scaled(dataDeviation: dataDeviation ?? 1))
    }

    /// The chosen weighting.
    public var lossWeighting: Weighting { weighting == .sigmaSquared ? .snr : .likelihood }

    /// Levels whose logarithm is uniform.
    public var timeDistribution: any TimeDistribution { UniformTimes() }

    /// Score matching.
    public var noun: String { "score matching" }
}
