internal import Torch

/// An error that costs, masses or a regularisation can cause.
public struct TransportError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Kind of a failure; more kinds may be added.
    public struct Code: Sendable, Hashable {
        private let name: String

        /// Shapes do not fit each other.
        public static let mismatch = Code(name: "mismatch")
        /// Costs or masses are infinite or not numbers.
        public static let notFinite = Code(name: "notFinite")
        /// Masses are negative, all zero, or of different sums.
        public static let invalidMass = Code(name: "invalidMass")
        /// A regularisation is not positive and finite.
        public static let invalidRegularisation = Code(name: "invalidRegularisation")
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

extension TransportError {
    /// Requires costs [N, M] of at least one row and one column, all finite.
    static func check(costs: Tensor) throws {
        guard costs.rank == 2, costs.count > 0 else {
            throw TransportError(.mismatch, "Costs of transport are a matrix [N, M] with N, M > 0, not \(costs.shape).")
        }
        try requireFinite(costs)
    }

    /// Requires finite costs.
    static func requireFinite(_ costs: Tensor) throws {
        guard costs.isfinite().all().intItem() == 1 else {
            throw TransportError(.notFinite, "Some costs are infinite or not numbers. Check the points.")
        }
    }
}
