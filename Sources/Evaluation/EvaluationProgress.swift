internal import Metrics

/// The state of an evaluation, for those who wait for it: the work of the moment and the share of it that is done.
public struct EvaluationProgress: Sendable, Hashable {
    /// The work of the moment, such as `measuring mmd, metric 6 of 8`.
    public var task: String
    /// Share of the task that is done, from 0 to 1; nil where it cannot be known.
    public var share: Double?
    /// Number of images, of tasks that go from image to image.
    public var count: Int?

    /// A state of the work.
    public init(task: String, share: Double? = nil, count: Int? = nil) {
        (self.task, self.share, self.count) = (task, share, count)
    }

    private static let observer = ThreadLocal<@Sendable (EvaluationProgress) -> Void>("evaluation-progress")

    /// Does some work while an observer is told of its state, at the beginning of each task and often within.
    ///
    /// - Parameters:
    ///   - observer: Receives the states, on the thread of the work; it should be quick.
    ///   - work: Reading of images, taking of features, measuring, all of them perhaps.
    public static func observing<Result>(
        _ observer: @escaping @Sendable (EvaluationProgress) -> Void, _ work: () throws -> Result
    ) rethrows -> Result {
        try Self.observer.with(observer, work)
    }

    static func tell(_ task: @autoclosure () -> String, _ share: Double? = nil, of count: Int? = nil) {
        guard let observer = observer.value else { return }
        // Parts of shares add up to one with the error of rounding.
        observer(EvaluationProgress(task: task(), share: share.map { min(max($0, 0), 1) }, count: count))
    }

    static var isObserved: Bool { observer.value != nil }
}
