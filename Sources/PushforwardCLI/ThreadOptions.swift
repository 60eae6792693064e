internal import ArgumentParser
internal import Pushforward

/// The option of commands that compute and record nothing about it.
struct ThreadOptions: ParsableArguments {
    @Option(help: "Threads of the CPU. [default: all cores, or OMP_NUM_THREADS]")
    var threads: Int?

    func validate() throws {
        guard let threads else { return }
        guard (1...1024).contains(threads) else {
            throw ValidationError("--threads must be from 1 to 1024, not \(threads).")
        }
        Machine.threads = threads
    }
}
