/// The share of a metric that is computed, for those who wait for it.
///
/// Metrics of many samples compare all pairs, which takes minutes; the observer belongs to the thread that computes.
public enum MetricProgress {
    /// Receives the share, from 0 to 1, of the metric that is being computed on this thread, many times.
    private static let observer = ThreadLocal<@Sendable (_ share: Double) -> Void>("metric-progress")

    /// Computes metrics while an observer is told the share of each that is done.
    ///
    /// Metrics that are one operation of linear algebra, such as the Fréchet distance, tell nothing.
    ///
    /// - Parameters:
    ///   - observer: Receives shares from 0 to 1; each metric within `work` begins at 0 again.
    ///   - work: The computation.
    public static func observing<Result>(
        _ observer: (@Sendable (_ share: Double) -> Void)?, _ work: () throws -> Result
    ) rethrows -> Result {
        try Self.observer.with(observer, work)
    }

    static func tell(_ share: Double) { observer.value?(min(1, share)) }
}

/// Counts the units of a metric that are done, such as pairs of samples, and tells their share.
final class WorkMeter {
    private let total: Double
    private var done = 0.0

    /// A meter of work of so many units.
    init(_ total: Double) { self.total = max(total, 1) }

    /// Adds units that are done.
    func add(_ units: Int) {
        done += Double(units)
        MetricProgress.tell(done / total)
    }

    /// Pairs of rows that are computed for distances within both sets and across them.
    static func ofPairs(_ n: Int, _ m: Int) -> WorkMeter {
        let (n, m) = (Double(n), Double(m))
        return WorkMeter(n * m + n * n / 2 + m * m / 2)
    }
}
