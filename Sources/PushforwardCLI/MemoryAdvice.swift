internal import ArgumentParser
internal import Pushforward
internal import Synchronization

/// Advice for a command that runs out of memory: the options that decide how much it takes.
enum MemoryAdvice {
    private static let current = Mutex<String?>(nil)

    /// The advice for the command that runs.
    static var chosen: String? { current.withLock { $0 } }

    /// Remembers the advice for a command.
    static func choose(for command: any ParsableCommand) {
        let advice: String? =
            switch command {
            case is Train, is Demo, is Reproduce, is BenchStep:
                """
                What a step takes grows with the sizes in section network and with the examples of a step: method.batch, \
                or method.labels, generated, positives and negatives (method.chunk halves them). Data: data.memory.
                """
            case is Sample: "Reduce --batch or --count."
            case is Evaluate: "Reduce --count or --size, or name fewer --metrics."
            case is InspectData: "Reduce --size."
            case is BenchField: "Reduce --shape."
            case is BenchSample: "Reduce --batch."
            case is BenchFrechet: "Reduce --dimension."
            case is BenchNeighbours, is BenchFeatures: "Reduce --count or --dimension."
            default: nil
            }
        current.withLock { $0 = advice }
    }
}
