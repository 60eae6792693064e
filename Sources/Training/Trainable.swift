public import Foundation
public import TorchNN

/// A training that can advance by one step, be saved after any, and go on from there to the same bits.
public protocol Trainable: AnyObject {
    /// Steps done so far.
    var step: Int { get }

    /// Averages of the trained parameters; the first store is the one to sample from.
    var averages: ExponentialMovingAverage { get }

    /// Does one step.
    ///
    /// - Parameter share: Share of the training that is done, for schedules, where that is not up to steps alone.
    /// - Throws: ``TrainingError`` if the loss or its gradient is not finite; the parameters are then unchanged.
    func advance(at share: Double?) throws -> TrainingReport

    /// Writes the whole state into an empty folder.
    func save(into folder: URL) throws

    /// Takes over the state that ``save(into:)`` wrote.
    func restore(from folder: URL) throws
}

extension Trainable {
    /// Does one step of a training whose length is counted in steps.
    public func advance() throws -> TrainingReport { try advance(at: nil) }
}

/// Loss and other values of a step of training.
public struct TrainingReport: Sendable {
    /// Steps done, this one included.
    public var step: Int
    /// The mean loss before the step.
    public var loss: Double
    /// Values to log, in order: `loss`, `gradient_norm`, `learning_rate`, then those of the objective.
    public var values: [(name: String, value: Double)]
}

/// The reason for which a training cannot start or go on.
public struct TrainingError: Error, Sendable, CustomStringConvertible {
    /// The mistake, its step, and the way to fix it.
    public var description: String

    /// An error with its whole text.
    public init(_ description: String) { self.description = description }

    /// Weights became NaN or infinite in a step whose loss and gradient were finite.
    static func notFinite(weights names: [String], step: Int) -> TrainingError {
        let named = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) others" : "")
        return TrainingError(
            """
            Weights are not finite after step \(step): \(named). That step was not saved. A smaller training.learning_rate or \
            a longer training.warmup_steps may help.
            """)
    }

    /// The loss is NaN or infinite.
    static func notFinite(_ what: String, step: Int, terms: [String]) -> TrainingError {
        let culprit = terms.isEmpty ? "" : " in the term\(terms.count == 1 ? "" : "s") \(terms.joined(separator: ", "))"
        return TrainingError(
            """
            The \(what) of step \(step) is not finite\(culprit). Nothing was changed by that step. \
            A smaller training.learning_rate, a longer training.warmup_steps or precision: float32 may help.
            """)
    }
}
