/// A place between two steps of a training.
public struct TrainingMoment: Sendable, Hashable {
    /// Steps done.
    public var step: Int
    /// Share of the training that is done, in [0, 1], by steps or by time.
    public var share: Double

    /// A moment after some steps.
    public init(step: Int, share: Double) {
        self.step = step
        self.share = share
    }

    /// True if all steps are done.
    public var isLast: Bool { share >= 1 }
}

/// A watcher of a run: it draws, measures or warns between steps.
public protocol RunObserver {
    /// Called before the first step and after every one.
    ///
    /// - Returns: Values to log and texts to show.
    func observe(_ moment: TrainingMoment) throws -> Observation

    /// Called once all steps are done, also when a run that was finished is resumed.
    func finish(after step: Int) throws
}

/// Does all of several things, also when one fails, and throws the first error in the end.
public func attemptAll(_ parts: [() throws -> Void]) throws {
    var failure: (any Error)?
    for part in parts {
        do {
            try part()
        } catch {
            failure = failure ?? error
        }
    }
    if let failure { throw failure }
}

extension RunObserver {
    /// Sees nothing.
    public func observe(_ moment: TrainingMoment) throws -> Observation { Observation() }

    /// Does nothing.
    public func finish(after step: Int) throws {}
}
