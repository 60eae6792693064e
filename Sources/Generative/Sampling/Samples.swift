public import Torch

/// What a sampler returns: the samples, what each of them cost, and why it ended.
public struct Samples: Sendable {
    /// The samples [B, ...].
    public var values: Tensor

    /// Evaluations of the model that each sample took, B numbers.
    ///
    /// A call of the model on a batch counts once for every sample in it. A model that runs several networks per call,
    /// such as ``Guided``, costs as many passes for each evaluation.
    public var evaluations: [Int]

    /// Why each sample ended, B reasons.
    public var stopped: [StopReason]

    /// Samples with their own costs and reasons.
    public init(values: Tensor, evaluations: [Int], stopped: [StopReason]) {
        let count = values.shape.first ?? 0
        demand(
            evaluations.count == count && stopped.count == count,
            "\(evaluations.count) evaluations and \(stopped.count) reasons do not fit samples of shape \(values.shape)")
        self.values = values
        self.evaluations = evaluations
        self.stopped = stopped
    }

    /// Samples that all cost the same and ended for the same reason.
    public init(values: Tensor, evaluations: Int, stopped: StopReason) {
        let count = values.shape.first ?? 0
        self.init(
            values: values, evaluations: Array(repeating: evaluations, count: count),
            stopped: Array(repeating: stopped, count: count))
    }

    /// The samples of several batches, one after the other.
    public init(joining batches: [Samples]) {
        demand(!batches.isEmpty, "there are no batches to join")
        self.init(
            values: Tensor.cat(batches.map(\.values)), evaluations: batches.flatMap(\.evaluations),
            stopped: batches.flatMap(\.stopped))
    }

    /// Number of samples.
    public var count: Int { evaluations.count }

    /// Mean number of evaluations per sample; 0 where there are no samples.
    public var meanEvaluations: Double {
        count == 0 ? 0 : Double(evaluations.reduce(0, +)) / Double(count)
    }
}

/// Why a sampler was done with a sample.
public enum StopReason: String, Sendable, Hashable, Codable, CaseIterable, CustomStringConvertible {
    /// Every planned step was taken.
    case completed
    /// The sample is as close to the data as was asked for.
    case converged
    /// Further steps no longer bring the sample closer to the data.
    case stalled
    /// The largest allowed number of steps was reached before the end.
    case exhausted
    /// The requested tolerance asks for steps shorter than allowed, or the field is not finite.
    case stepTooSmall

    /// Whether the sample is what was asked for.
    public var isSuccess: Bool { self == .completed || self == .converged }

    /// A sentence for people.
    public var description: String {
        switch self {
        case .completed: "every planned step was taken"
        case .converged: "the sample came within the tolerance"
        case .stalled: "further steps no longer brought the sample closer to the data"
        case .exhausted: "the largest allowed number of steps was reached; allow more, or a larger tolerance"
        case .stepTooSmall:
            "steps became too small: the field is not finite there, or the tolerance is too strict for the dtype"
        }
    }
}
