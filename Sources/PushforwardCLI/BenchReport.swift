internal import Foundation

/// Output of a bench.
struct BenchReport: Encodable, CustomStringConvertible {
    /// Seconds of a round, the median of all.
    let medianSeconds: Double
    /// Samples of a round by its seconds.
    let samplesPerSecond: Double
    /// Number of rounds.
    let rounds: Int
    /// The most memory that this process had while it was timed, libraries included.
    let peakResidentBytes: Int
    /// Growth of that since the first round, beyond inputs and results.
    let peakExtraBytes: Int
    /// The loss of the last round, where there is one.
    let loss: Double?

    /// - Parameters:
    ///   - seconds: Of each round.
    ///   - samples: In one round.
    ///   - before: Resident bytes before the first round, with the inputs in place.
    ///   - results: Bytes of a round's results.
    ///   - loss: Of the last round.
    init(_ seconds: [Double], samples: Int, since before: Int, results: Int = 0, loss: Double? = nil) {
        let sorted = seconds.sorted()
        medianSeconds = sorted.isEmpty ? 0 : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
        samplesPerSecond = medianSeconds > 0 ? Double(samples) / medianSeconds : 0
        rounds = seconds.count
        peakResidentBytes = ResidentMemory.peak
        peakExtraBytes = max(0, peakResidentBytes - before - results)
        self.loss = loss
    }

    var description: String {
        let style = FloatingPointFormatStyle<Double>.number.precision(.significantDigits(3))
        let gibibytes = (Double(peakResidentBytes) / Double(1 << 30)).formatted(style)
        return """
            \(medianSeconds.formatted(style)) s (median of \(rounds)), \(gibibytes) GiB at most: \
            \(Int(samplesPerSecond)) samples per second
            """
    }
}

/// Bytes of memory that this process holds.
enum ResidentMemory {
    /// At most so far.
    static var peak: Int {
        var usage = rusage()
        #if os(Linux)
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return usage.ru_maxrss * 1024
        #else
            getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss
        #endif
    }

    /// At present, and forgets the peak before, as far as the system does that: making the inputs may have taken
    /// more than the work that is measured.
    static func beginning() -> Int {
        // Linux: 5 sets the high-water mark back to what is resident (proc(5), clear_refs).
        try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
        return now
    }

    /// At present; the peak where the system does not say.
    static var now: Int {
        // Sizes in pages: the whole address space, what is resident, ...
        guard let sizes = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " "),
            sizes.count > 1, let pages = Int(sizes[1])
        else { return peak }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
