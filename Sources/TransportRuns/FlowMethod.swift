public import Backbones
public import Generative
public import RunData
public import Runs
public import Settings

/// Flow matching (arXiv 2210.02747): a network learns the velocity of a path from noise to data, and samples follow it.
public struct FlowMethod: Method, Hashable {
    /// The value of `method.name`.
    public static let name = "flow"

    /// The path from noise to data.
    public var path = PathChoice.linear
    /// The quantity that the network predicts.
    public var predict = PredictionChoice.velocity
    /// Distribution of the times at which it learns.
    public var times = TimeChoice.uniform
    /// Mean of the logit of a logit-normal time.
    public var logitMean = 0.0
    /// Deviation of the logit of a logit-normal time.
    public var logitDeviation = 1.0
    /// Pairing of noise and data within a batch.
    public var coupling = CouplingChoice.independent
    /// Regularisation of an entropic coupling, in units of the squared difference of one number of an example.
    public var couplingEpsilon = 0.05
    /// Examples per step.
    public var batch = 128
    /// Probability that a label is dropped, which guidance at sampling needs.
    public var dropLabels = 0.0

    /// A path from noise to data.
    public enum PathChoice: String, Sendable, Hashable, CaseIterable, SettingsValue {
        /// x_t = t y + (1 - t) e.
        case linear
        /// x_t = sin(pi t / 2) y + cos(pi t / 2) e.
        case trigonometric
    }

    /// A quantity that a network predicts.
    public enum PredictionChoice: String, Sendable, Hashable, CaseIterable, SettingsValue {
        case velocity, noise, data, v
    }

    /// A distribution of times.
    public enum TimeChoice: String, Sendable, Hashable, CaseIterable, SettingsValue {
        case uniform
        case logitNormal = "logit_normal"
    }

    /// Straight paths, velocities, uniform times.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("path", &path, about: "linear, from e to y along a line, or trigonometric, which keeps the variance.")
        key("predict", &predict, about: "Quantity that the network predicts: velocity, noise, data or v.")
        key("times", &times, about: "Distribution of the times of training: uniform or logit_normal.")
        if times == .logitNormal {
            key(
                "logit_mean", &logitMean, .in(-10...10),
                about: "Mean of log(t / (1 - t)); above 0 is nearer to the data.")
            key("logit_deviation", &logitDeviation, .in(0.01...10), about: "Deviation of log(t / (1 - t)).")
        }
        key(
            "coupling", &coupling,
            about: "Pairs of noise and data: independent, optimal (least squares within batch and class) or entropic.")
        if coupling == .entropic {
            key(
                "coupling_eps", &couplingEpsilon, .in(1e-6...1e6),
                about: "Regularisation per number of an example; towards 0 optimal, large: independent.")
        }
        key("batch", &batch, .in(1...65_536), about: "Examples per step.")
        key(
            "drop_labels", &dropLabels, .in(0...1),
            about: "Probability that an example is learned without its class; above 0 for guidance at sampling.")
    }

    /// Position and time in, a prediction of the same shape out.
    public func interface(for data: DataLayout) -> NetworkInterface {
        NetworkInterface(
            shape: data.networkShape, time: .unit, classes: data.classes, nullClass: dropLabels > 0)
    }

    /// Names combinations that cannot run.
    public func requireAgreement(_ key: SettingsKeys, with run: RunSettings, data: DataLayout?) {
        requireTransport(key, with: run)
    }

    /// One stage.
    public func plan(_ context: RunContext) throws -> any RunPlan { try FlowPlan(self, context) }
}

extension FlowMethod {
    /// The path, for code that works along any.
    func alongPath<Result>(_ body: (any AffinePath) throws -> Result) rethrows -> Result {
        switch path {
        case .linear: try body(LinearPath())
        case .trigonometric: try body(TrigonometricPath())
        }
    }

    /// The quantity that the network predicts.
    var prediction: Prediction {
        switch predict {
        case .velocity: .velocity
        case .noise: .noise
        case .data: .data
        case .v: .v
        }
    }

    /// The distribution of times.
    public var timeDistribution: any TimeDistribution {
        switch times {
        case .uniform: UniformTimes()
        case .logitNormal: LogitNormalTimes(mean: logitMean, deviation: logitDeviation)
        }
    }
}
