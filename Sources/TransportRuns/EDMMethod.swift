public import Generative
public import RunData
public import Runs
public import Settings
internal import Torch
public import Transport

/// The denoiser of Karras et al., arXiv 2206.00364: a network inside of a preconditioning, learned at log-normal levels of noise.
public struct EDMMethod: TransportMethod, Hashable {
    /// The value of `method.name`.
    public static let name = "edm"

    /// Standard deviation of the data; measured from them if nil.
    public var dataDeviation: Double?
    /// Lowest level of noise.
    public var sigmaMin = 0.002
    /// Highest level of noise.
    public var sigmaMax = 80.0
    /// Distribution of the levels at which it learns.
    public var times = TimeChoice.logNormal
    /// Mean of the logarithm of the noise.
    public var noiseMean = -1.2
    /// Deviation of the logarithm of the noise.
    public var noiseDeviation = 1.2
    /// Weight of the errors by their level of noise.
    public var weighting = WeightingChoice.edm
    /// Bound of the signal-to-noise ratio for min_snr.
    public var gamma = 5.0
    /// Examples per step.
    public var batch = 128
    /// Probability that a label is dropped, which guidance at sampling needs.
    public var dropLabels = 0.0

    /// A distribution of levels.
    public enum TimeChoice: String, Sendable, Hashable, CaseIterable, SettingsValue {
        case logNormal = "log_normal"
        case logUniform = "log_uniform"
    }

    /// A weight of the errors.
    public enum WeightingChoice: String, Sendable, Hashable, CaseIterable, SettingsValue {
        case edm, snr
        case minSNR = "min_snr"
        case likelihood
    }

    /// The settings of the paper.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key(
            "data_deviation", &dataDeviation, .in(1e-6...1e6),
            about: "Standard deviation of the data; null to measure it.")
        key("sigma_min", &sigmaMin, .in(1e-6...1e3), about: "Lowest level of noise.")
        key("sigma_max", &sigmaMax, .in(1e-3...1e6), about: "Highest level of noise.")
        key("times", &times, about: "Distribution of the levels of training: log_normal, or log_uniform.")
        if times == .logNormal {
            key("noise_mean", &noiseMean, .in(-20...20), about: "Mean of the logarithm of the noise.")
            key("noise_deviation", &noiseDeviation, .in(0.01...20), about: "Its standard deviation.")
        }
        key(
            "weighting", &weighting,
            about: "Weight of errors of the data: edm, 1 on the network's own error; snr, min_snr or likelihood.")
        if weighting == .minSNR {
            key("gamma", &gamma, .in(0.01...1e6), about: "Largest weight of an error of the data.")
        }
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
    public func completed(from data: TrainingData) throws -> EDMMethod {
        var completed = self
        if dataDeviation == nil { completed.dataDeviation = try data.measuredDeviation() }
        return completed
    }
}

extension EDMMethod {
    /// All samplers, EDM's own first.
    public static var samplings: [SettingsKind<any SamplingSettings>] { TransportSamplings.all(first: "heun") }

    private var path: KarrasPath { KarrasPath(lowest: sigmaMin, highest: sigmaMax) }
    private var deviation: Double { dataDeviation ?? 0.5 }

    /// Data at their own scale, and their mean at a level.
    public var process: TransportProcess {
        TransportProcess(along: path, predicting: .data, harness: .preconditioned(dataDeviation: deviation))
    }

    /// The chosen weighting.
    public var lossWeighting: Weighting {
        switch weighting {
        case .edm: .edm(dataDeviation: deviation)
        case .snr: .snr
        case .minSNR: .minSNR(gamma: gamma)
        case .likelihood: .likelihood
        }
    }

    /// The chosen levels, as times of the path.
    public var timeDistribution: any TimeDistribution {
        switch times {
        case .logNormal: LogNormalNoise(mean: noiseMean, deviation: noiseDeviation, along: path)
        case .logUniform: TabulatedTimes.likelihood(along: path, over: 0...1)
        }
    }

    /// EDM.
    public var noun: String { "EDM" }
}

extension TrainingData {
    /// The standard deviation of some of the data's numbers, to four digits.
    func measuredDeviation() throws -> Double {
        let count = min(count, 2000)
        let values = try examples((0..<count).map { $0 * self.count / count }, on: .cpu).to(.float64)
        let deviation = (values - values.mean()).square().mean().item().squareRoot()
        return max((deviation * 1e4).rounded() / 1e4, 1e-4)
    }
}
