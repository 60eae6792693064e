internal import Foundation

/// The cost of samples in network evaluations, and the reasons for which their sampler stopped.
public struct SamplingCost: Sendable, Codable, Hashable {
    /// Mean number of evaluations of a sample: how often its sampler asked for the field, generator or denoiser.
    public var evaluations: Double
    /// Standard deviation of that over the samples.
    public var evaluationsSpread: Double
    /// Mean number of passes through a network: an evaluation with guidance takes two.
    public var passes: Double
    /// Number of samples by reason to stop.
    public var stopped: [String: Int]

    /// A cost.
    public init(evaluations: Double, evaluationsSpread: Double, passes: Double, stopped: [String: Int]) {
        self.evaluations = evaluations
        self.evaluationsSpread = evaluationsSpread
        self.passes = passes
        self.stopped = stopped
    }

    enum CodingKeys: String, CodingKey {
        case passes = "passes_per_sample"
        case evaluations = "evaluations_per_sample"
        case evaluationsSpread = "evaluations_deviation"
        case stopped
    }

    /// A phrase such as "1 evaluation each" or "37.2 +- 4.1 evaluations and 74.4 passes each".
    public var description: String {
        let style = FloatingPointFormatStyle<Double>.number.grouping(.never).precision(.fractionLength(0...1))
        let spread = evaluationsSpread > 0 ? " +- \(evaluationsSpread.formatted(style))" : ""
        let noun = evaluations == 1 && evaluationsSpread == 0 ? "evaluation" : "evaluations"
        let own = "\(evaluations.formatted(style))\(spread) \(noun)"
        return passes == evaluations ? "\(own) each" : "\(own) and \(passes.formatted(style)) passes each"
    }
}
