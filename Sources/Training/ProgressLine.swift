/// The state of a training run on one line: step, rate, time left, loss and named values.
///
/// On a terminal the line is written over itself, at most ten times a second and never wider than the terminal; in a
/// file or a pipe it is a plain line every ten seconds. The newest step is always shown in the end.
///
/// ```
/// step 120/1000  1.02 steps/s  14m23s left  loss 0.0231  tau 0.02: 1.31
/// ```
public final class ProgressLine {
    /// The end of the run: a step, or a time if that comes first.
    public struct Goal: Sendable {
        /// The last step; nil if there is none.
        public var step: Int?
        /// Seconds since the line was made; nil without a limit.
        public var seconds: Double?

        /// An end by step, by time, or by whichever comes first.
        public init(step: Int? = nil, seconds: Double? = nil) {
            self.step = step
            self.seconds = seconds
        }

        /// After this step.
        public static func step(_ step: Int) -> Goal { Goal(step: step) }
        /// After this many seconds since the line was made.
        public static func seconds(_ seconds: Double) -> Goal { Goal(seconds: seconds) }
    }

    private struct State {
        let step: Int
        let loss: Double
        let values: [(name: String, value: Double)]
        let time: Double
    }

    private let goal: Goal
    private let output: ProgressOutput
    private let now: () -> Double
    private let start: Double
    private var rate: StepRate
    private var newest: State?
    private var isNewestShown = true
    private var lastShown: Double?
    private var isLineOpen = false
    /// Interval of updates on a terminal, which the eye can follow.
    private let terminalInterval = 0.1
    /// Interval of lines in a log file.
    private let plainInterval = 10.0

    /// A line for a run that starts, or goes on, after a step.
    ///
    /// - Parameters:
    ///   - goal: end of the run, for the time left.
    ///   - step: the last step that was done before.
    ///   - output: destination of the lines.
    ///   - now: a clock in seconds that never goes back.
    public init(
        goal: Goal, after step: Int = 0, to output: ProgressOutput = .standardError,
        now: @escaping () -> Double = ProgressOutput.uptime
    ) {
        self.goal = goal
        self.output = output
        self.now = now
        start = now()
        rate = StepRate(step: step, time: start)
    }

    /// Takes note of a finished step, and shows it when it is time to.
    ///
    /// - Parameters:
    ///   - step: the number of steps that were done.
    ///   - loss: the loss of the step.
    ///   - values: further values, in the order in which they are shown; from the end, those are left out that have no
    ///     room on the line.
    public func update(step: Int, loss: Double, values: [(name: String, value: Double)] = []) {
        newest = State(step: step, loss: loss, values: values, time: now())
        isNewestShown = false
        let interval = output.width() == nil ? plainInterval : terminalInterval
        let isTime = lastShown.map { now() - $0 >= interval } ?? true
        if isTime { showNewest() }
    }

    /// Prints a text on lines of its own, above the line.
    public func note(_ text: String) {
        output.write((isLineOpen ? Self.erased : "") + text + "\n")
        isLineOpen = false
        if output.width() != nil { showNewest() }
    }

    /// Shows the newest step and leaves the line.
    public func finish() {
        if !isNewestShown { showNewest() }
        if isLineOpen { output.write("\n") }
        isLineOpen = false
    }

    private func showNewest() {
        guard let newest else { return }
        rate.note(step: newest.step, time: newest.time)
        let fields = fields(of: newest)
        if let width = output.width() {
            // The last column stays free: some terminals begin a new line after it.
            output.write(Self.erased + Self.joined(fields, width: width - 1))
            isLineOpen = true
        } else {
            output.write(fields.joined(separator: "  ") + "\n")
        }
        lastShown = newest.time
        isNewestShown = true
    }

    /// Back to the first column, and the rest of the line erased.
    private static let erased = "\r\u{1B}[K"

    /// As many fields as have room; of the first, as many letters.
    private static func joined(_ fields: [String], width: Int) -> String {
        var line = String((fields.first ?? "").prefix(max(width, 0)))
        for field in fields.dropFirst() {
            guard line.count + 2 + field.count <= width else { break }
            line += "  " + field
        }
        return line
    }

    private func fields(of state: State) -> [String] {
        var fields = ["step \(state.step)"]
        if let last = goal.step, goal.seconds == nil { fields[0] += "/\(last)" }
        if let rate = rate.stepsPerSecond { fields.append(Self.rate(rate)) }
        if let left = secondsLeft(at: state) { fields.append("\(Self.duration(left)) left") }
        fields.append("loss \(Self.number(state.loss))")
        return fields + state.values.map { "\($0.name): \(Self.number($0.value))" }
    }

    private func secondsLeft(at state: State) -> Double? {
        let bySteps = goal.step.flatMap { last in rate.stepsPerSecond.map { max(Double(last - state.step), 0) / $0 } }
        let byTime = goal.seconds.map { max(start + $0 - state.time, 0) }
        return [bySteps, byTime].compactMap(\.self).min()
    }
}
