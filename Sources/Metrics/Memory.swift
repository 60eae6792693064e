internal import Foundation
internal import Torch

/// Memory of this machine, asked before something large is allocated: an error beats a process that the system kills.
package enum Memory {
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
        let available = Machine.availableMemory ?? Int(clamping: ProcessInfo.processInfo.physicalMemory)
        guard bytes > Double(available) else { return }
        throw MetricError(
            .tooLarge,
            "\(name) needs \(gibibytes(bytes)) of memory, and \(gibibytes(Double(available))) are free. \(remedy)")
    }

    private static func gibibytes(_ bytes: Double) -> String {
        String(format: bytes < 1e14 ? "%.1f GiB" : "%.3g GiB", bytes / Double(1 << 30))
    }
}
