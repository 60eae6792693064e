internal import Generative
internal import Marching
internal import RunData
internal import Runs
public import Settings
internal import Torch
internal import Training

/// Options of the batches that all methods here share: examples, and the noise that covers them.
public struct NoisedExamples: Sendable, Hashable {
    /// Distribution of the times at which the network learns.
    public var times = TimeChoice.logitNormal
    /// Mean of the logit of a time.
    public var logitMean = 0.0
    /// Deviation of the logit of a time.
    public var logitDeviation = 1.0
    /// Times outside of this interval are moved to its ends.
    public var timeRange = [0.0, 1.0]
    /// True if a batch covers the distribution of times evenly.
    public var stratified = true
    /// Examples per step.
    public var batch = 128
    /// Probability that a label is dropped, which guidance at sampling needs.
    public var dropLabels = 0.0

    /// A distribution of times.
    public enum TimeChoice: String, Sendable, Hashable, CaseIterable, SettingsValue {
        case uniform
        /// The logit of a time is normal.
        case logitNormal = "logit_normal"
        /// t = 1 / (1 + sigma) with log sigma ~ N(-1.2, 1.2²), clipped.
        case skewed
    }

    init(times: TimeChoice = .logitNormal) { self.times = times }

    mutating func bind(_ key: SettingsKeys) {
        key(
            "times", &times,
            about: "Distribution of the times of training: uniform, logit_normal, or skewed (EDM's, towards the data).")
        if times == .logitNormal {
            key(
                "logit_mean", &logitMean, .in(-10...10),
                about: "Mean of log(t / (1 - t)); above 0 is nearer to the data.")
            key("logit_deviation", &logitDeviation, .in(0.01...10), about: "Deviation of log(t / (1 - t)).")
        }
        key(
            "time_range", &timeRange, .count(.in(2...2)), .each(.in(0...1)), Requirement("ascend") { $0[0] < $0[1] },
            about: "Times outside of it are moved to its ends; 0 is noise, 1 is data.")
        key("stratified", &stratified, about: "Each batch covers the distribution of times evenly.")
        key("batch", &batch, .in(1...65_536), about: "Examples per step.")
        key(
            "drop_labels", &dropLabels, .in(0...1),
            about: "Probability that an example is learned without its class; above 0 for guidance at sampling.")
    }

    /// The distribution of times.
    var distribution: any TimeDistribution {
        let interval = timeRange[0]...timeRange[1]
        return switch times {
        case .uniform: ClippedTimes(UniformTimes(), to: interval)
        case .logitNormal:
            ClippedTimes(LogitNormalTimes(mean: logitMean, deviation: logitDeviation), to: interval)
        case .skewed: ClippedTimes(LogitNormalTimes(mean: 1.2, deviation: 1.2), to: interval)
        }
    }
}

/// Examples with noise and times: a pure function of seed and step.
struct NoisedBatches: BatchSource {
    private let examples: LabelledBatches
    private let options: NoisedExamples
    private let nullClass: Int
    private let device: Device
    private let seed: Seed

    init(_ options: NoisedExamples, _ context: RunContext) throws {
        self.options = options
        seed = context.seed.child("batches")
        device = context.device
        nullClass = context.data.layout.classes
        examples = try LabelledBatches(
            context.data, size: options.batch, key: "method.batch", flipping: context.data.settings.isFlipped,
            device: device, seed: seed.child("examples"))
    }

    func batch(at step: Int) throws -> LabelledBatch {
        let examples = try examples.batch(at: step)
        // Noise in the memory order of plain arrays; channels last comes with the network.
        let data = examples.values.contiguous()
        let source = RandomSource(seed.child("noise").child(step), device: device)
        let noise = Tensor.randn(data.shape, using: source, dtype: data.dtype)
        let time = options.distribution.sample(options.batch, stratified: options.stratified, using: source)
        let dropout = LabelDropout(probability: options.dropLabels, nullClass: nullClass)
        let labels = options.dropLabels > 0 ? dropout.applied(to: examples.labels, using: source) : examples.labels
        return LabelledBatch(data: data, labels: labels, noise: noise, time: time)
    }
}
