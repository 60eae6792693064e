public import Torch

/// Result of a sampler: the samples, the cost of each, and the reason for which it ended.
public struct Samples: Sendable {
    /// The samples [B, ...].
    public var values: Tensor

    /// Evaluations of the model that each sample took, B numbers.
    ///
    /// A call of the model on a batch counts once for every sample in it, whatever the model does inside; see ``passes``.
    public var evaluations: [Int]

    /// Passes through a network that each sample took, B numbers.
    ///
    /// More than evaluations where a model joins several networks: guidance takes two passes per evaluation while it acts.
    public var passes: [Int]

    /// Reason for which each sample ended, B reasons.
    public var stopped: [StopReason]

    /// Samples with their own costs and reasons.
    ///
    /// - Parameters:
    ///   - values: Samples [B, ...].
    ///   - evaluations: Evaluations of the model, B numbers.
    ///   - passes: Passes through a network, B numbers; one per evaluation by default.
    ///   - stopped: B reasons.
    public init(values: Tensor, evaluations: [Int], passes: [Int]? = nil, stopped: [StopReason]) {
        let count = values.shape.first ?? 0
        let passes = passes ?? evaluations
        demand(
            evaluations.count == count && passes.count == count && stopped.count == count,
            """
            \(evaluations.count) evaluations, \(passes.count) passes and \(stopped.count) reasons do not fit samples of \
            shape \(values.shape)
            """)
        self.values = values
        self.evaluations = evaluations
        self.passes = passes
        self.stopped = stopped
    }

    /// Samples that all cost the same and ended for the same reason; one pass per evaluation by default.
    public init(values: Tensor, evaluations: Int, passes: Int? = nil, stopped: StopReason) {
        let count = values.shape.first ?? 0
        self.init(
            values: values, evaluations: Array(repeating: evaluations, count: count),
            passes: Array(repeating: passes ?? evaluations, count: count),
            stopped: Array(repeating: stopped, count: count))
    }

    /// The samples of several batches, one after the other.
    public init(joining batches: [Samples]) {
        demand(!batches.isEmpty, "there are no batches to join")
        self.init(
            values: Tensor.cat(batches.map(\.values)), evaluations: batches.flatMap(\.evaluations),
            passes: batches.flatMap(\.passes), stopped: batches.flatMap(\.stopped))
    }

    /// Number of samples.
    public var count: Int { evaluations.count }

    /// Mean number of evaluations per sample; 0 where there are no samples.
    public var meanEvaluations: Double { Self.mean(evaluations) }

    /// Mean number of passes through a network per sample; 0 where there are no samples.
    public var meanPasses: Double { Self.mean(passes) }

    /// Standard deviation of the number of evaluations among these samples, with the divisor B; 0 where there are none.
    public var evaluationSpread: Double {
        let mean = meanEvaluations
        let squares = evaluations.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        return count == 0 ? 0 : (squares / Double(count)).squareRoot()
    }

    /// Number of samples that ended for each reason; reasons that did not occur are absent.
    public var stopCounts: [StopReason: Int] { Dictionary(stopped.map { ($0, 1) }, uniquingKeysWith: +) }

    private static func mean(_ numbers: [Int]) -> Double {
        numbers.isEmpty ? 0 : Double(numbers.reduce(0, +)) / Double(numbers.count)
    }
}

extension Samples {
    /// These samples with ``StopReason/notFinite`` as the reason of those that hold a NaN or an infinity.
    ///
    /// Waits for the device, once.
    package func checked() -> Samples {
        guard count > 0 else { return self }
        let isFinite = values.isfinite().reshape(count, -1).all(1).scalars(as: Bool.self)
        var samples = self
        for (row, isFinite) in isFinite.enumerated() where !isFinite { samples.stopped[row] = .notFinite }
        return samples
    }
}
