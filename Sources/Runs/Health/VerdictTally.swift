/// Counts of the verdicts of a run by kind, so that each kind is told once.
public struct VerdictTally: Sendable {
    private var counts: [String: Int] = [:]
    private var examinations = 0

    /// No verdicts.
    public init() {}

    /// Takes a verdict into account.
    ///
    /// - Returns: True if it is the first of its kind, and of a kind that is worth telling.
    public mutating func add(_ verdict: RunHealth.Verdict) -> Bool {
        examinations += 1
        guard let kind = verdict.kind else { return false }
        counts[kind, default: 0] += 1
        return counts[kind] == 1
    }

    /// A sentence with the number of verdicts of the same kind; empty for a single one.
    public func share(of verdict: RunHealth.Verdict) -> String {
        guard let count = verdict.kind.flatMap({ counts[$0] }), count > 1 else { return "" }
        return " \(count) of \(examinations) examinations said so."
    }
}

extension RunHealth.Verdict {
    /// The kind, whatever the reason; nil if healthy.
    fileprivate var kind: String? {
        switch self {
        case .healthy: nil
        case .collapsed: "collapsed"
        case .diverged: "diverged"
        }
    }
}
