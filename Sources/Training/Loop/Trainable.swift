public import Foundation

/// A training that can advance by one step, be saved after any, and go on from there to the same bits.
public protocol Trainable: AnyObject {
    /// Steps done so far.
    var step: Int { get }

    /// Does one step.
    ///
    /// - Throws: ``TrainingError`` if the loss or its gradient is not finite; the parameters are then unchanged.
    func advance() throws -> TrainingReport

    /// Writes the whole state into an empty folder.
    func save(into folder: URL) throws

    /// Takes over the state that ``save(into:)`` wrote.
    func restore(from folder: URL) throws
}

/// What a step of training says about itself.
public struct TrainingReport: Sendable {
    /// Steps done, this one included.
    public var step: Int
    /// The mean loss before the step.
    public var loss: Double
    /// Values to log, in order: `loss`, `gradient_norm`, `learning_rate`, then those of the objective.
    public var values: [(name: String, value: Double)]
}

/// Why a training cannot go on.
public struct TrainingError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, at which step, and how to mend it.
    public var description: String

    init(_ description: String) { self.description = description }

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
