public import Evaluation
public import Generative

extension SamplingCost {
    /// The cost of samples.
    public init(_ samples: Samples) {
        let passes = samples.passes.reduce(0, +)
        self.init(
            evaluations: samples.meanEvaluations, evaluationsSpread: samples.evaluationSpread,
            passes: samples.count == 0 ? 0 : Double(passes) / Double(samples.count),
            stopped: Dictionary(samples.stopped.map { ($0.rawValue, 1) }, uniquingKeysWith: +))
    }
}

extension Samples {
    /// A sentence about samples whose sampler did not reach its end; nil if all did.
    public var failures: String? {
        let failed = stopped.filter { !$0.isSuccess }
        guard let first = failed.first else { return nil }
        return "\(failed.count) of \(count) samples are not complete: \(first.description)."
    }
}
