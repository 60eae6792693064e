import Foundation
import Synchronization

/// SIGINT (Ctrl-C) and SIGTERM as a wish that a loop grants when it can: finish the step, save, stop.
///
/// The first signal only sets a flag; a second one ends the process at once with status 128 + signal, which is 130
/// for SIGINT. When the watch ends, the signals do again what they did before. A signal that was ignored from the
/// start (as in a background job of a shell) stays ignored.
///
/// ```swift
/// try Interruption.watching { interruption in
///     while step < steps, !interruption.isRequested { try train() }
/// }
/// ```
public final class Interruption: Sendable {
    private static let signals = [SIGINT, SIGTERM]

    /// Watches the signals while `body` runs; only one watch may be on at a time.
    ///
    /// - Parameters:
    ///   - announces: true to say on standard error at the first signal what happens now, since the loop may take
    ///     seconds to notice it.
    ///   - body: work under the watch, which it asks now and then.
    public static func watching<Result>(
        announces: Bool = true, _ body: (Interruption) throws -> Result
    ) rethrows -> Result {
        precondition(!isWatching.exchange(true, ordering: .acquiringAndReleasing), "the signals are watched already")
        defer { isWatching.store(false, ordering: .releasing) }
        firstSignal.store(0, ordering: .releasing)
        isAnnounced.store(announces, ordering: .releasing)
        let former = signals.map { replaceAction(of: $0) }
        defer {
            for (signal, var action) in zip(signals, former) { sigaction(signal, &action, nil) }
        }
        return try body(Interruption())
    }

    private init() {}

    /// The signal that came first, or nil when none came.
    public var signal: Int32? {
        let signal = firstSignal.load(ordering: .acquiring)
        return signal == 0 ? nil : signal
    }

    /// True if the loop should stop as soon as it can.
    public var isRequested: Bool { signal != nil }

    /// Lets a signal set the flag unless it is ignored, and returns what it did before.
    private static func replaceAction(of number: Int32) -> sigaction {
        var former = sigaction()
        sigaction(number, nil, &former)
        let handler = Foundation.signal(number, noteSignal)
        if unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
            Foundation.signal(number, SIG_IGN)
        }
        return former
    }
}

private let isWatching = Atomic(false)
private let firstSignal = Atomic<Int32>(0)
private let isAnnounced = Atomic(false)

/// Runs in the middle of anything: it may only touch atomics, which are made before it is installed, and call `write`
/// and `_exit`.
private func noteSignal(_ signal: Int32) {
    let isFirst = firstSignal.compareExchange(expected: 0, desired: signal, ordering: .acquiringAndReleasing).exchanged
    guard isFirst else { _exit(128 + signal) }
    guard isAnnounced.load(ordering: .acquiring) else { return }
    let formerError = errno
    let text: StaticString = "\nStopping after this step; a second signal stops at once.\n"
    _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
    errno = formerError
}
