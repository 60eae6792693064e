import Foundation
import Synchronization

/// SIGINT (Ctrl-C), SIGTERM and SIGHUP (a terminal that closes) as a wish that a loop grants when it can: finish the step,
/// save, stop.
///
/// The first signal only sets a flag; a second one ends the process at once with status 128 + signal, which is 130
/// for SIGINT. Where ``watching(announces:endsAtOnce:_:)`` says so, the first one does as well outside of
/// ``savingFirst(_:)``. When the watch ends, the signals do again what they did before. A signal that was ignored from the
/// start (as SIGINT in a background job of a shell, or SIGHUP under `nohup`) stays ignored.
///
/// ```swift
/// try Interruption.watching { interruption in
///     while step < steps, !interruption.isRequested { try train() }
/// }
/// ```
public final class Interruption: Sendable {
    private static let signals = [SIGINT, SIGTERM, SIGHUP]

    /// Watches the signals while `body` runs; only one watch may be on at a time.
    ///
    /// - Parameters:
    ///   - announces: true to say on standard error at the first signal what happens now, since the loop may take
    ///     seconds to notice it.
    ///   - endsAtOnce: true if the first signal ends the process where nothing is lost by it: while data are read and
    ///     pictures are drawn, which may take minutes; see ``savingFirst(_:)``.
    ///   - body: work under the watch, which it asks now and then.
    public static func watching<Result>(
        announces: Bool = true, endsAtOnce: Bool = false, _ body: (Interruption) throws -> Result
    ) rethrows -> Result {
        precondition(!isWatching.exchange(true, ordering: .acquiringAndReleasing), "the signals are watched already")
        defer { isWatching.store(false, ordering: .releasing) }
        firstSignal.store(0, ordering: .releasing)
        isAnnounced.store(announces, ordering: .releasing)
        isPatient.store(!endsAtOnce, ordering: .releasing)
        let former = signals.map { replaceAction(of: $0) }
        defer {
            for (signal, var action) in zip(signals, former) { sigaction(signal, &action, nil) }
        }
        return try body(Interruption())
    }

    private init() {}

    /// Does work that would be lost with the process: a signal during it only sets the flag, for `body` to save and stop.
    public func savingFirst<Result>(_ body: () throws -> Result) rethrows -> Result {
        let former = isPatient.exchange(true, ordering: .acquiringAndReleasing)
        defer { isPatient.store(former, ordering: .releasing) }
        return try body()
    }

    /// The signal that came first, or nil when none came.
    public var signal: Int32? {
        let signal = firstSignal.load(ordering: .acquiring)
        return signal == 0 ? nil : signal
    }

    /// The exit status by convention of a program that a signal stops: 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP.
    public var exitStatus: Int32 { 128 + (signal ?? SIGINT) }

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
/// True where the first signal only sets the flag.
private let isPatient = Atomic(true)

/// Runs in the middle of anything: it may only touch atomics, which are made before it is installed, and call `write`
/// and `_exit`.
private func noteSignal(_ signal: Int32) {
    let isFirst = firstSignal.compareExchange(expected: 0, desired: signal, ordering: .acquiringAndReleasing).exchanged
    guard isFirst else { _exit(128 + signal) }
    let savesFirst = isPatient.load(ordering: .acquiring)
    if isAnnounced.load(ordering: .acquiring) {
        announce(
            savesFirst
                ? "\nStopping after this step; a second signal stops at once.\n"
                : "\nStopped between steps: checkpoints that were saved stay, and the run can be resumed.\n")
    }
    if !savesFirst { _exit(128 + signal) }
}

private func announce(_ text: StaticString) {
    let formerError = errno
    _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
    errno = formerError
}
