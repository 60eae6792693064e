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
    signal(SIGHUP, SIG_DFL)
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

    @Test(
        "a terminal that closes asks to stop as Ctrl-C does; the status tells the signal",
        arguments: [SIGHUP, SIGTERM, SIGINT])
    func statuses(signal: Int32) async {
        await #expect(processExitsWith: .exitCode(128 + signal)) { [signal = signal as Int32] in
            resetSignals()
            let status = Interruption.watching(announces: false) { interruption in
                send(signal) { interruption.isRequested }
                return interruption.exitStatus
            }
            exit(status)
        }
    }

    @Test("where nothing would be lost the first signal ends the process, with a word")
    func atOnce() async throws {
        let result = await #expect(processExitsWith: .exitCode(143), observing: [\.standardErrorContent]) {
            resetSignals()
            Interruption.watching(endsAtOnce: true) { interruption in
                send(SIGTERM) { interruption.isRequested }
                sleep(5)
                exit(1)
            }
        }
        let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        #expect(text.contains("Stopped between steps"))
    }

    @Test("where something would be lost it only sets the flag, also in a watch that ends at once elsewhere")
    func saving() async {
        await #expect(processExitsWith: .exitCode(42)) {
            resetSignals()
            Interruption.watching(announces: false, endsAtOnce: true) { interruption in
                interruption.savingFirst { send(SIGHUP) { interruption.isRequested } }
                #expect(interruption.signal == SIGHUP)
            }
            exit(42)
        }
    }

    @Test("progress that cannot be written is dropped: closed, full, or without a reader")
    func deafOutput() async {
        await #expect(processExitsWith: .exitCode(42)) {
            signal(SIGPIPE, SIG_IGN)
            var ends: [Int32] = [0, 0]
            pipe(&ends)
            close(ends[0])
            for descriptor in [open("/dev/full", O_WRONLY), ends[1], -1] {
                if descriptor >= 0 { dup2(descriptor, STDERR_FILENO) } else { close(STDERR_FILENO) }
                ProgressOutput.standardError.write("step 1\n")
            }
            exit(42)
        }
    }
}
