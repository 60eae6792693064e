import Testing
import Training

/// A clock and a terminal of the test's own.
private final class Stage {
    var time = 0.0
    var width: Int?
    private(set) var written = ""

    init(width: Int?) { self.width = width }

    func line(_ goal: ProgressLine.Goal, after step: Int = 0) -> ProgressLine {
        let output = ProgressOutput(width: { self.width }, write: { self.written += $0 })
        return ProgressLine(goal: goal, after: step, to: output) { self.time }
    }

    /// Text written since the last call.
    func take() -> String {
        defer { written = "" }
        return written
    }
}

private let erased = "\r\u{1B}[K"

@Suite("Progress line")
struct ProgressLineTests {
    @Test("on a terminal one line is written over itself")
    func terminal() {
        let stage = Stage(width: 100)
        let line = stage.line(.step(1000))
        stage.time = 2
        line.update(step: 4, loss: 0.02314159, values: [("tau 0.02", 1.3), ("tau 0.2", 12345)])
        #expect(
            stage.take() == erased
                + "step 4/1000  2 steps/s  8m18s left  loss 0.02314  tau 0.02: 1.3  tau 0.2: 1.234e+04")
        stage.time = 2.05
        line.update(step: 5, loss: 1)
        #expect(stage.take().isEmpty)  // Too soon for the eye.
        stage.time = 2.2
        line.update(step: 6, loss: .nan)
        #expect(stage.take().hasPrefix(erased + "step 6/1000"))
        line.finish()
        #expect(stage.take() == "\n")
    }

    @Test("the newest step is shown in the end, however soon it came")
    func finish() {
        let stage = Stage(width: 100)
        let line = stage.line(.step(2))
        stage.time = 1
        line.update(step: 1, loss: 1)
        stage.time = 1.01
        line.update(step: 2, loss: 0.5)
        _ = stage.take()
        line.finish()
        let last = stage.take()
        #expect(last.contains("step 2/2") && last.contains("0s left") && last.hasSuffix("\n"))
        line.finish()
        #expect(stage.take().isEmpty)
    }

    @Test("without a terminal there are plain lines, one every ten seconds and the last")
    func plain() {
        let stage = Stage(width: nil)
        let line = stage.line(.step(100))
        for step in 1...100 {
            stage.time = Double(step) / 2
            line.update(step: step, loss: 1)
        }
        line.finish()
        let lines = stage.take().split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines.map { $0.prefix { $0 != "/" } } == [
                "step 1", "step 21", "step 41", "step 61", "step 81", "step 100", "",
            ])
        #expect(!lines.joined().contains("\u{1B}"))
    }

    @Test("values that have no room are left out whole, and no line is as wide as the terminal", arguments: 1...90)
    func narrow(width: Int) {
        let stage = Stage(width: width)
        let line = stage.line(.step(1000))
        stage.time = 1
        line.update(step: 1, loss: 0.5, values: [("field", 1.5), ("norm", 2)])
        let shown = stage.take().dropFirst(erased.count)
        let full = "step 1/1000  1 steps/s  16m39s left  loss 0.5  field: 1.5  norm: 2"
        #expect(shown.count <= max(width - 1, 0))
        #expect(full.hasPrefix(shown))
        if width > 12 { #expect(full.dropFirst(shown.count).hasPrefix("  ") || shown == full) }
    }

    @Test("the rate is that of the last half minute, and a resumed run starts from its step")
    func rate() {
        let stage = Stage(width: 100)
        let line = stage.line(.step(1_000_000), after: 500)
        stage.time = 10
        line.update(step: 501, loss: 1)
        #expect(stage.take().contains("10 s/step"))
        // From here two steps in a second.
        for step in 502...700 {
            stage.time += 0.5
            line.update(step: step, loss: 1)
        }
        #expect(stage.take().hasSuffix("step 700/1000000  2 steps/s  5d18h left  loss 1"))
    }

    @Test(
        "the time left is given in its two largest units",
        arguments: [
            (59.4, "59s"), (60.0, "1m00s"), (3599.0, "59m59s"), (3600.0, "1h00m"), (100_800.0, "1d04h"),
            (1e300, "ages"),
        ])
    func timeLeft(seconds: Double, text: String) {
        let stage = Stage(width: 100)
        let line = stage.line(.seconds(seconds))
        line.update(step: 1, loss: 1)
        #expect(stage.take() == erased + "step 1  \(text) left  loss 1")
    }

    @Test("a note stands above the line")
    func note() {
        let stage = Stage(width: 100)
        let line = stage.line(.step(10))
        line.note("before")
        #expect(stage.take() == "before\n")
        line.update(step: 1, loss: 1)
        _ = stage.take()
        line.note("saved")
        #expect(stage.take() == erased + "saved\n" + erased + "step 1/10  loss 1")
        stage.width = nil
        line.note("plain")
        #expect(stage.take().hasSuffix("plain\n"))
    }
}
