public import Evaluation
public import Generative

extension SamplingCost {
    /// The cost of samples.
    public init(_ samples: Samples) {
        self.init(
            evaluations: samples.meanEvaluations, evaluationsSpread: samples.evaluationSpread,
            passes: samples.meanPasses,
            stopped: Dictionary(uniqueKeysWithValues: samples.stopCounts.map { ($0.key.rawValue, $0.value) }))
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
