import Synchronization
import Testing
import Training

@Suite("Progress of long work") struct WorkProgressTests {
    /// A clock that is set, and what was written.
    private final class Desk: Sendable {
        let time = Mutex(100.0)
        let text = Mutex("")
        let columns: Int?

        init(columns: Int?) { self.columns = columns }

        func progress() -> WorkProgress {
            WorkProgress(
                output: { [self] in
                    ProgressOutput(width: { self.columns }, write: { new in self.text.withLock { $0 += new } })
                },
                clock: { [self] in time.withLock(\.self) })
        }

        func wait(_ seconds: Double) { time.withLock { $0 += seconds } }

        /// The text since the last time.
        func take() -> String {
            text.withLock { text in
                defer { text = "" }
                return text
            }
        }
    }

    @Test("nothing within two seconds; then task, share and time left, in a file every ten seconds")
    func file() {
        let desk = Desk(columns: nil)
        let progress = desk.progress()
        progress.update("sampling", 0)
        desk.wait(1)
        progress.update("sampling", 0.1, of: 500)
        progress.draw()
        #expect(desk.take() == "")
        desk.wait(1)
        progress.update("sampling", 0.25, of: 500)
        progress.draw()
        #expect(desk.take() == "sampling: 125 of 500, 6 s left\n")
        desk.wait(5)
        progress.draw()
        #expect(desk.take() == "")
        desk.wait(5)
        progress.update("measuring mmd, 2 of 8", nil)
        desk.wait(3)
        progress.draw()
        #expect(desk.take() == "measuring mmd, 2 of 8: 3 s so far\n")
        progress.finish()
        #expect(desk.take() == "")
    }

    @Test("a terminal's line is drawn over itself, never wider than the window, and removed in the end")
    func terminal() {
        let desk = Desk(columns: 30)
        let progress = desk.progress()
        progress.update("measuring precision, recall, density, coverage", 0.5)
        desk.wait(4)
        progress.draw()
        #expect(desk.take() == "\r\u{1B}[Kmeasuring precision, recall, ")
        desk.wait(1)
        progress.update("measuring mmd", 0.5)
        desk.wait(3)
        progress.update("measuring mmd", 0.8)
        progress.draw()
        #expect(desk.take() == "\r\u{1B}[Kmeasuring mmd: 80 %, 1 s left")
        progress.finish()
        #expect(desk.take() == "\r\u{1B}[K")
        progress.draw()
        #expect(desk.take() == "")
    }
}
