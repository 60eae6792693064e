@preconcurrency import Foundation
import Synchronization

/// The state of long work other than training on a line of its own: the task, the share of it that is done, and the time left.
///
/// It appears once the work takes longer than a moment, and is drawn by a clock of its own: a task that cannot tell its
/// share shows the seconds so far. A terminal's line changes often, a file gets a line in ten seconds.
public final class WorkProgress: Sendable {
    private struct State {
        var task = ""
        var share: Double?
        var count: Int?
        /// Beginning of the task.
        var start = 0.0
        /// Moment at which the last line was drawn.
        var drawn = -Double.infinity
        var isOpen = false
    }

    private let state = Mutex(State())
    private let begin: Double
    private let clock: @Sendable () -> Double
    private let output: @Sendable () -> ProgressOutput
    /// Draws until the line is gone.
    private let ticker: Ticker?

    /// Seconds before anything is shown.
    private static let patience = 2.0

    /// A line on standard error.
    public convenience init() {
        self.init(output: { .standardError }, clock: ProgressOutput.uptime, ticking: true)
    }

    /// A line elsewhere.
    ///
    /// - Parameters:
    ///   - output: Destination of the line.
    ///   - clock: Seconds since any moment.
    ///   - ticking: False draws only when ``draw()`` is called.
    public init(
        output: @escaping @Sendable () -> ProgressOutput, clock: @escaping @Sendable () -> Double, ticking: Bool = false
    ) {
        (self.output, self.clock) = (output, clock)
        begin = clock()
        ticker = ticking ? Ticker() : nil
        ticker?.start { [weak self] in self?.draw() }
    }

    deinit { ticker?.stop() }

    /// Takes over the state of the work.
    ///
    /// - Parameters:
    ///   - task: Words for the work, such as `sampling`.
    ///   - share: Share of the task that is done, from 0 to 1; nil if that cannot be known.
    ///   - count: Number of things that the task goes through, if it has things.
    public func update(_ task: String, _ share: Double?, of count: Int? = nil) {
        let now = clock()
        state.withLock {
            if $0.task != task { ($0.task, $0.start) = (task, now) }
            ($0.share, $0.count) = (share, count)
        }
    }

    /// Draws the line if it is time for that.
    public func draw() {
        let (now, output) = (clock(), output())
        let width = output.width()
        state.withLock { state in
            guard !state.task.isEmpty, now - begin >= Self.patience, now - state.drawn >= (width == nil ? 10 : 0.2)
            else { return }
            state.drawn = now
            let line = Self.line(state, now)
            state.isOpen = width != nil
            output.write(width.map { "\r\u{1B}[K" + line.prefix(max(1, $0 - 1)) } ?? line + "\n")
        }
    }

    /// Removes the line; a later task shows it again.
    public func finish() {
        let output = output()
        state.withLock { state in
            if state.isOpen { output.write("\r\u{1B}[K") }
            (state.isOpen, state.task) = (false, "")
        }
    }

    private static func line(_ state: State, _ now: Double) -> String {
        let seconds = now - state.start
        guard let share = state.share else { return "\(state.task): \(Int(seconds)) s so far" }
        let done = state.count.map { "\(Int(Double($0) * share)) of \($0)" } ?? "\(Int(share * 100)) %"
        // The first moments of a task tell nothing about the rest.
        guard share > 0, seconds > 0.5 else { return "\(state.task): \(done)" }
        return "\(state.task): \(done), \(Int((seconds / share * (1 - share)).rounded())) s left"
    }
}

/// Calls back twice a second on a thread of its own.
private final class Ticker: Sendable {
    private let isStopped = Mutex(false)

    func start(_ tick: @escaping @Sendable () -> Void) {
        Thread.detachNewThread { [self] in
            while !isStopped.withLock(\.self) {
                Thread.sleep(forTimeInterval: 0.5)
                tick()
            }
        }
    }

    func stop() { isStopped.withLock { $0 = true } }
}
