internal import Foundation

/// Faults of the program, which trap: an assertion, an index out of bounds, memory that Swift cannot get.
enum Faults {
    /// Lets the process end with one line and code 70 (`EX_SOFTWARE`) instead of a dump of registers and threads.
    ///
    /// With the variable SWIFT_BACKTRACE set, Swift's own back-trace is left as it is.
    static func tellBriefly() {
        guard getenv("SWIFT_BACKTRACE") == nil else { return }
        // A stack that has overflowed leaves no room for a handler.
        var stack = stack_t()
        stack.ss_size = 1 << 16
        stack.ss_sp = malloc(stack.ss_size)
        sigaltstack(&stack, nil)
        for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT] {
            var action = sigaction()
            #if canImport(Glibc)
                action.__sigaction_handler.sa_handler = { _ in Faults.end() }
            #else
                action.__sigaction_u.__sa_handler = { _ in Faults.end() }
            #endif
            action.sa_flags = Int32(SA_ONSTACK)
            sigaction(signal, &action, nil)
        }
    }

    /// Only calls that are allowed in a handler of signals.
    private static func end() -> Never {
        let line: StaticString =
            "Error: a fault of the program, not of its input. Please report it, with what SWIFT_BACKTRACE=enable=yes adds.\n"
        write(STDERR_FILENO, line.utf8Start, line.utf8CodeUnitCount)
        _exit(EX_SOFTWARE)
    }
}
