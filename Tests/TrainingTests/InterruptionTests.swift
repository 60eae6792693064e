import Foundation
import Testing
import Training

/// Sends a signal to this process, and waits until it has had its effect.
///
/// `raise` would send it to this thread, which blocks signals when it belongs to the system's pool; from outside, a
/// signal reaches the main thread.
private func send(_ signal: Int32, within seconds: Int = 30, until isDone: () -> Bool = { false }) {
    kill(getpid(), signal)
    for _ in 0..<seconds * 1000 where !isDone() { usleep(1000) }
}

/// Undoes what the process was started with: shells let background jobs ignore SIGINT.
private func resetSignals() {
    signal(SIGINT, SIG_DFL)
    signal(SIGTERM, SIG_DFL)
}

@Suite("Interruption by signals")
struct InterruptionTests {
    @Test("the first signal only sets the flag")
    func first() async {
        await #expect(processExitsWith: .exitCode(42)) {
            resetSignals()
            let signal = Interruption.watching(announces: false) { interruption in
                #expect(!interruption.isRequested && interruption.signal == nil)
                send(SIGTERM) { interruption.isRequested }
                #expect(interruption.isRequested)
                return interruption.signal
            }
            #expect(signal == SIGTERM)
            exit(42)
        }
    }

    @Test("the announcement goes to standard error")
    func announcement() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            resetSignals()
            Interruption.watching { interruption in send(SIGINT) { interruption.isRequested } }
            // The handler sets the flag before it writes, on another thread.
            sleep(1)
        }
        let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(text.contains("\nStopping after this step; a second signal stops at once.\n"))
    }

    @Test("a second signal ends the process at once with 128 and its number: 130 for SIGINT")
    func second() async {
        await #expect(processExitsWith: .exitCode(130)) {
            resetSignals()
            Interruption.watching(announces: false) { interruption in
                send(SIGINT) { interruption.isRequested }
                send(SIGINT)
                exit(1)
            }
        }
        await #expect(processExitsWith: .exitCode(143)) {
            resetSignals()
            Interruption.watching(announces: false) { interruption in
                send(SIGINT) { interruption.isRequested }
                send(SIGTERM)
                exit(1)
            }
        }
    }

    @Test("a signal in the middle of a computation is noticed")
    func computing() async {
        await #expect(processExitsWith: .success) {
            resetSignals()
            let isRequested = Interruption.watching(announces: false) { interruption in
                Thread.detachNewThread {
                    usleep(20_000)
                    kill(getpid(), SIGINT)
                }
                var sum = 0.0
                let start = Date()
                while !interruption.isRequested, -start.timeIntervalSinceNow < 20 { sum += sin(sum + 1) }
                return interruption.isRequested
            }
            #expect(isRequested)
        }
    }

    @Test("afterwards the signals do what they did before")
    func restored() async {
        await #expect(processExitsWith: .signal(SIGINT)) {
            resetSignals()
            Interruption.watching(announces: false) { interruption in send(SIGINT) { interruption.isRequested } }
            send(SIGINT)
            exit(1)
        }
        await #expect(processExitsWith: .exitCode(7)) {
            resetSignals()
            signal(SIGTERM) { _ in _exit(7) }
            struct Stop: Error {}
            try? Interruption.watching(announces: false) { _ in throw Stop() }
            send(SIGTERM)
            exit(1)
        }
    }

    @Test("one watch after the other starts with a clear flag")
    func again() async {
        await #expect(processExitsWith: .success) {
            resetSignals()
            Interruption.watching(announces: false) { interruption in send(SIGINT) { interruption.isRequested } }
            #expect(Interruption.watching { !$0.isRequested })
        }
    }

    @Test("an ignored signal stays ignored")
    func ignored() async {
        await #expect(processExitsWith: .success) {
            signal(SIGINT, SIG_IGN)
            Interruption.watching(announces: false) { interruption in
                send(SIGINT, within: 1) { interruption.isRequested }
                #expect(!interruption.isRequested)
            }
            send(SIGINT, within: 1)
        }
    }
}
