package import Torch

/// An error that samples, reference data or constants of a metric can cause.
public struct MetricError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Kind of a failure; more kinds may be added.
    public struct Code: Sendable, Hashable {
        private let name: String

        /// There are too few samples for the number to mean anything.
        public static let tooFewSamples = Code(name: "tooFewSamples")
        /// Two sets of features do not come from the same extractor, or are no matrices of features at all.
        public static let mismatch = Code(name: "mismatch")
        /// Features are infinite, not numbers, or so large that their squares are infinite.
        public static let notFinite = Code(name: "notFinite")
        /// The data are of a kind for which the number is not defined, such as copies of one sample only.
        public static let degenerate = Code(name: "degenerate")
        /// A constant of a metric is out of its range.
        public static let invalid = Code(name: "invalid")
        /// The computation needs more memory than there is.
        public static let tooLarge = Code(name: "tooLarge")
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
}

extension MetricError {
    /// Throws ``Code/invalid`` unless a demand on a constant is met.
    static func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
        if !condition { throw MetricError(.invalid, message()) }
    }

    /// Passes a result on, unless an intermediate number was too large for float64.
    static func finite(_ value: Double, _ name: String) throws -> Double {
        guard value.isFinite else {
            throw MetricError(
                .notFinite,
                "\(name) is not finite: some features are so large that their products overflow. Scale or check them.")
        }
        return value
    }

    /// Checks that two sets of features [N, D] and [M, D] can be compared and have at least `minimum` rows each.
    package static func check(
        _ a: Tensor, _ b: Tensor, minimum: Int = 1, names: (String, String) = ("first", "second")
    ) throws {
        try check(a, minimum: minimum, name: names.0)
        try check(b, minimum: minimum, name: names.1)
        guard a.shape[1] == b.shape[1] else {
            throw MetricError(
                .mismatch,
                "Features of \(a.shape[1]) and \(b.shape[1]) dimensions cannot be compared: use one extractor for both."
            )
        }
    }

    /// Checks that a set is [N, D] with at least `minimum` rows and holds numbers whose squares are finite.
    package static func check(_ set: Tensor, minimum: Int = 1, name: String) throws {
        guard set.rank == 2, set.shape[1] > 0 else {
            throw MetricError(
                .mismatch, "The \(name) set has the shape \(set.shape), but features are [N, D] with D > 0.")
        }
        guard set.shape[0] >= max(minimum, 1) else {
            throw MetricError(
                .tooFewSamples,
                "The \(name) set has \(counted(set.shape[0])), but at least \(max(minimum, 1)) are needed.")
        }
        try checkNumbers(set, name)
    }

    /// Squares of differences of larger numbers, added over ten million dimensions, might overflow.
    private static let largest = 1e150

    /// Checks that all numbers of a set [N, D] are finite, in one pass if they are.
    private static func checkNumbers(_ set: Tensor, _ name: String) throws {
        let magnitudes = set.dtype == .bool ? set.to(.float32) : set.abs()
        // A maximum with NaN is NaN.
        guard !(magnitudes.amax().item() <= largest) else { return }
        let bad = (.!(magnitudes.to(.float64) .<= largest).all(1)).nonzero().flatten().scalars(as: Int.self)
        let isFinite = set.isfinite().all().intItem() == 1
        throw MetricError(
            .notFinite,
            """
            \(bad.count) of the \(counted(set.shape[0], "row")) of the \(name) set \(bad.count == 1 ? "holds" : "hold") \
            \(isFinite ? "numbers beyond \(largest)" : "NaN or infinity"), the first is row \(bad.first ?? 0), counted \
            from 0. Look at these samples: their model or extractor may have diverged.
            """)
    }

    private static func counted(_ count: Int, _ noun: String = "sample") -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }
}
