internal import Foundation

/// Memory of this machine, asked before something large is allocated: an error beats a process that the system kills.
package enum Memory {
    /// Bytes that this process may still take: of the machine, of its control group and of its own limit.
    package static var available: Int {
        [machine, group, limit].compactMap { $0 }.min() ?? Int(clamping: ProcessInfo.processInfo.physicalMemory)
    }

    /// Checks that there is memory for a computation.
    ///
    /// - Parameters:
    ///   - factors: Numbers whose product is the bytes that are needed; it may be beyond the largest integer.
    ///   - name: The computation, as the beginning of a sentence.
    ///   - remedy: A way around, as a sentence.
    /// - Throws: ``MetricError`` of code ``MetricError/Code/tooLarge``.
    package static func require(_ factors: Int..., for name: String, remedy: String) throws {
        let bytes = factors.reduce(1.0) { $0 * Double($1) }
        // Small requests are not worth the question.
        guard bytes > Double(64 << 20) else { return }
        let available = available
        guard bytes > Double(available) else { return }
        throw MetricError(
            .tooLarge,
            "\(name) needs \(gibibytes(bytes)) of memory, and \(gibibytes(Double(available))) are free. \(remedy)")
    }

    private static func gibibytes(_ bytes: Double) -> String {
        String(format: bytes < 1e14 ? "%.1f GiB" : "%.3g GiB", bytes / Double(1 << 30))
    }

    /// Memory that the system can give without swapping.
    private static var machine: Int? {
        guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
    }

    /// What is left of the limit of a container.
    private static var group: Int? {
        func number(_ name: String) -> Int? {
            let text = try? String(contentsOfFile: "/sys/fs/cgroup/memory.\(name)", encoding: .utf8)
            return text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }
        guard let most = number("max"), let used = number("current") else { return nil }
        return max(0, most - used)
    }

    /// What is left of `ulimit -v`.
    private static var limit: Int? {
        var limits = rlimit()
        #if os(Linux)
            guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limits) == 0 else { return nil }
        #else
            guard getrlimit(RLIMIT_AS, &limits) == 0 else { return nil }
        #endif
        guard limits.rlim_cur < UInt64(Int64.max) else { return nil }
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").first
        return max(0, Int(limits.rlim_cur) - (pages.flatMap { Int($0) } ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))))
    }
}
