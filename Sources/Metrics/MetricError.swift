internal import Torch

/// An error that samples or reference data can cause.
public struct MetricError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Kind of a failure; more kinds may be added.
    public struct Code: Sendable, Hashable {
        private let name: String

        /// There are too few samples for the number to mean anything.
        public static let tooFewSamples = Code(name: "tooFewSamples")
        /// Two sets of features do not come from the same extractor.
        public static let mismatch = Code(name: "mismatch")
        /// Features are infinite or not numbers.
        public static let notFinite = Code(name: "notFinite")
    }

    /// Kind of the failure.
    public var code: Code
    /// A description of the mistake and of the way to fix it.
    public var message: String

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }

    /// Checks that two sets of features [N, D] and [M, D] can be compared and have at least `minimum` rows each.
    static func check(_ a: Tensor, _ b: Tensor, minimum: Int = 1) throws {
        precondition(a.rank == 2 && b.rank == 2, "features are [N, D], not \(a.shape) and \(b.shape)")
        guard a.shape[1] == b.shape[1] else {
            throw MetricError(
                .mismatch,
                "Features of \(a.shape[1]) and \(b.shape[1]) dimensions cannot be compared: use one extractor for both."
            )
        }
        let fewest = min(a.shape[0], b.shape[0])
        guard fewest >= minimum else {
            throw MetricError(.tooFewSamples, "There are \(fewest) samples, but at least \(minimum) are needed.")
        }
    }
}
