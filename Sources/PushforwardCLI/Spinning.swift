internal import Foundation

/// How long threads of libtorch wait for work at full speed before they sleep.
///
/// libgomp lets them spin for milliseconds, which is fastest for a process that has the machine to itself. Where two share the
/// cores, each spins while the other should compute, and both nearly stand still. It reads its variables when it is loaded, so
/// they can only be set for a program that is about to start: this one, once more.
enum Spinning {
    /// Turns of the loop; some microseconds.
    private static let turns = "0"

    /// Starts the program again with a short wait, unless the user has chosen one by OMP_WAIT_POLICY or GOMP_SPINCOUNT.
    static func limit() {
        #if os(Linux)
            guard getenv("OMP_WAIT_POLICY") == nil, getenv("GOMP_SPINCOUNT") == nil else { return }
            setenv("GOMP_SPINCOUNT", turns, 1)
            // It returns only if that cannot be done; then the work is done as it is.
            execv("/proc/self/exe", CommandLine.unsafeArgv)
        #endif
    }
}
