internal import CTorch

/// An error that a user of a program can cause: an absent device, exhausted memory, a file that does not fit.
///
/// Also what ``catchingTorchErrors(_:)`` makes of a failed operation.
public struct TorchError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it was; more kinds may be added.
    public struct Code: Sendable, Hashable {
        private let name: String

        /// An operation refused its inputs or failed inside libtorch.
        public static let operationFailed = Code(name: "operationFailed")
        /// The device has not enough memory.
        public static let outOfMemory = Code(name: "outOfMemory")
        /// An index lies outside of its dimension.
        public static let indexOutOfRange = Code(name: "indexOutOfRange")
        /// The operation does not exist for this dtype or device.
        public static let notImplemented = Code(name: "notImplemented")
        /// A decomposition does not exist or did not converge.
        public static let linearAlgebra = Code(name: "linearAlgebra")
        /// The device does not exist on this machine or in this build of libtorch.
        public static let deviceUnavailable = Code(name: "deviceUnavailable")
        /// A file cannot be read or written, or its content is not what it should be.
        public static let invalidFile = Code(name: "invalidFile")
    }

    /// What kind of failure it was.
    public var code: Code
    /// What went wrong, where, and how to fix it.
    public var message: String

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    init(status: Int32, message: String) {
        switch Int(status) {
        case CTORCH_OUT_OF_MEMORY:
            let advice = "Use a smaller batch or model, or a device with more memory."
            self.init(.outOfMemory, "\(message) \(advice)")
        case CTORCH_INDEX_OUT_OF_RANGE: self.init(.indexOutOfRange, message)
        case CTORCH_NOT_IMPLEMENTED: self.init(.notImplemented, message)
        case CTORCH_LINEAR_ALGEBRA: self.init(.linearAlgebra, message)
        default: self.init(.operationFailed, message)
        }
    }

    /// The message.
    public var description: String { message }
}

/// Runs `body` such that a failed tensor operation throws a ``TorchError`` instead of trapping.
///
/// After the first failure the remaining operations of `body` run on undefined tensors and fail as well; the first failure
/// is the one thrown. Swift code in `body` runs on too: to it a failed result seems to have eight dimensions of size 1, so
/// that code which reads sizes comes to the end. Use it where a user can cause the failure: memory that runs out, weights
/// or data of an unexpected shape.
///
/// - Parameter body: Synchronous work on this thread.
/// - Returns: What `body` returns.
/// - Throws: The first ``TorchError``, or what `body` throws.
public func catchingTorchErrors<Result>(_ body: () throws -> Result) throws -> Result {
    ctorch_catch_begin()
    let outcome = Swift.Result { try body() }
    var text: UnsafeMutablePointer<CChar>?
    let status = ctorch_catch_end(&text)
    defer { ctorch_free_string(text) }
    if status != CTORCH_OK { throw TorchError(status: status, message: text.map { String(cString: $0) } ?? "") }
    return try outcome.get()
}

/// Whether an operation succeeded; traps if not, unless a catching scope takes the failure.
@inline(__always)
func succeeded(_ status: Int32) -> Bool {
    if status == CTORCH_OK { return true }
    fail(status)
    return false
}

/// Whether a demand on arguments is met; traps if not, in release builds too, unless a catching scope takes the failure.
@inline(__always)
func demand(_ condition: Bool, _ message: @autoclosure () -> String) -> Bool {
    if condition { return true }
    let message = message()
    guard ctorch_catch_record(Int32(CTORCH_FAILED), message) else {
        UncaughtFailure.end(TorchError(.operationFailed, message), "Torch: \(message)")
    }
    return false
}

@inline(never)
private func fail(_ status: Int32) {
    let message = String(cString: ctorch_last_error())
    if ctorch_catch_record(status, message) { return }
    UncaughtFailure.end(TorchError(status: status, message: message), "Torch: \(message)")
}

/// Reports a failure of an operation outside of this module as those of its own are: traps with the message, unless a
/// catching scope takes it.
package func reportFailure(_ code: TorchError.Code, _ message: String) {
    let status = code == .outOfMemory ? CTORCH_OUT_OF_MEMORY : CTORCH_FAILED
    if !ctorch_catch_record(Int32(status), message) { UncaughtFailure.end(TorchError(code, message), message) }
}

/// Throws what an operation reports, for failures that a user can cause.
func check(_ status: Int32) throws {
    guard status != CTORCH_OK else { return }
    throw TorchError(status: status, message: String(cString: ctorch_last_error()))
}
