internal import Foundation
internal import Pushforward

/// The share of samples that are drawn, on standard error, once drawing takes longer than a moment.
final class SamplingProgress {
    private let count: Int
    private let start = ContinuousClock.now
    private var shown = 0.0
    private var isOpen = false
    private let output = ProgressOutput.standardError

    init(count: Int) { self.count = count }

    func update(_ share: Double) {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        // A terminal's line may change often, a file gets one line in ten seconds.
        let width = output.width()
        guard seconds > 2, seconds - shown > (width == nil ? 10 : 0.2), share > 0 else { return }
        shown = seconds
        let left = Int((seconds / share * (1 - share)).rounded())
        let text = "sampling: \(Int(share * 100)) % of \(count), \(left) s left"
        output.write(width == nil ? text + "\n" : "\r\u{1B}[K" + text)
        isOpen = width != nil
    }

    /// Leaves the line.
    func finish() {
        if isOpen { output.write("\r\u{1B}[K") }
        isOpen = false
    }
}
