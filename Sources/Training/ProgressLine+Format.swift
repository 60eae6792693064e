import Foundation

extension ProgressLine {
    /// Steps per second, or seconds per step where that is the larger number.
    static func rate(_ stepsPerSecond: Double) -> String {
        stepsPerSecond >= 1
            ? "\(digits(stepsPerSecond, 3)) steps/s" : "\(digits(1 / stepsPerSecond, 3)) s/step"
    }

    /// A time in its two largest units: `12s`, `4m05s`, `1h20m`, `3d04h`.
    static func duration(_ seconds: Double) -> String {
        // Beyond this the number says nothing, and it would overflow.
        guard seconds < 1e9 else { return "ages" }
        let whole = Int(seconds.rounded())
        switch whole {
        case ..<60: return "\(whole)s"
        case ..<3600: return pair(whole, "m", 60, "s", 1)
        case ..<86_400: return pair(whole, "h", 3600, "m", 60)
        default: return pair(whole, "d", 86_400, "h", 3600)
        }
    }

    /// A value with four significant digits.
    static func number(_ value: Double) -> String { digits(value, 4) }

    private static func pair(_ seconds: Int, _ large: String, _ size: Int, _ small: String, _ part: Int) -> String {
        let rest = seconds % size / part
        return "\(seconds / size)\(large)\(rest < 10 ? "0" : "")\(rest)\(small)"
    }

    private static func digits(_ value: Double, _ count: Int) -> String {
        String(format: "%.\(count)g", value)
    }
}

/// The speed of the last half minute, which follows changes but not the unrest of single steps.
struct StepRate {
    private var history: [(step: Int, time: Double)]
    private let memory = 30.0

    init(step: Int, time: Double) {
        history = [(step, time)]
    }

    mutating func note(step: Int, time: Double) {
        history.append((step, time))
        // One entry at the far end of the window stays, so that steps of minutes have a rate as well.
        while history.count > 2, history[1].time <= time - memory { history.removeFirst() }
    }

    /// Nil until a step has been done in a measurable time.
    var stepsPerSecond: Double? {
        guard let first = history.first, let last = history.last, last.time > first.time, last.step > first.step else {
            return nil
        }
        return Double(last.step - first.step) / (last.time - first.time)
    }
}
