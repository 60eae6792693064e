/// Reason for which a sampler was done with a sample.
public enum StopReason: String, Sendable, Hashable, Codable, CaseIterable, CustomStringConvertible {
    /// Every planned step was taken.
    case completed
    /// The sample is as close to the data as was asked for.
    case converged
    /// Further steps no longer bring the sample closer to the data.
    case stalled
    /// The largest allowed number of steps was reached before the end.
    case exhausted
    /// The requested tolerance requires steps shorter than allowed, or the field is not finite.
    case stepTooSmall
    /// The sample holds a NaN or an infinity.
    case notFinite

    /// True if the sample is complete.
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
        case .notFinite:
            "the sample is not finite: the model returned NaN or infinity, or steps are too long for it; take more steps"
        }
    }
}
