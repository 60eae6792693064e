internal import Dispatch
internal import Foundation

/// Work on many things by all cores.
enum Parallel {
    /// Results of `body` for `0..<count`, in order.
    ///
    /// - Throws: The error of the first index that has one.
    static func map<Value: Sendable>(_ count: Int, _ body: @Sendable (Int) throws -> Value) throws -> [Value] {
        let parts = min(count, 4 * ProcessInfo.processInfo.activeProcessorCount)
        let results = Locked([Result<[Value], any Error>?](repeating: nil, count: parts))
        DispatchQueue.concurrentPerform(iterations: parts) { part in
            let range = part * count / parts..<(part + 1) * count / parts
            let result = Result { try range.map(body) }
            results.withLock { $0[part] = result }
        }
        return try results.withLock { try $0.flatMap { try $0?.get() ?? [] } }
    }
}

/// A value that threads take turns with.
final class Locked<Value>: @unchecked Sendable {
    private var value: Value
    private let lock = NSLock()

    init(_ value: Value) { self.value = value }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
