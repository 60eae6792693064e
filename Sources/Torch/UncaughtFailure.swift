internal import Synchronization

/// The end of a program whose operation fails outside of ``catchingTorchErrors(_:)``.
///
/// By default such a failure traps with its message, which a debugger stops at. A program for users rather says what went
/// wrong, in its own way, and exits.
public enum UncaughtFailure {
    /// Tells the user of a failure, and ends the program.
    public typealias Handler = @Sendable (TorchError) -> Never

    private static let handler = Mutex<Handler?>(nil)

    /// Ends the program by a handler instead of a trap, from now on.
    ///
    /// - Parameter handler: Called on the thread that failed, possibly amid an operation: it must not use tensors.
    public static func end(by handler: @escaping Handler) { Self.handler.withLock { $0 = handler } }

    /// Ends the program.
    static func end(_ error: TorchError, _ message: String) -> Never {
        if let handler = handler.withLock({ $0 }) { handler(error) }
        fatalError(message)
    }
}
