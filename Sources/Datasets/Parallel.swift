internal import Dispatch
internal import Foundation
internal import Torch

/// Work on many things by as many threads as the process is to use.
enum Parallel {
    /// Results of `body` for `0..<count`, in order.
    ///
    /// - Throws: The error of the first index that has one.
    static func map<Value: Sendable>(_ count: Int, _ body: @Sendable (Int) throws -> Value) throws -> [Value] {
        let parts = min(count, 4 * Machine.threads)
        let results = Locked([Result<[Value], any Error>?](repeating: nil, count: parts))
        perform(parts) { part in
            let range = part * count / parts..<(part + 1) * count / parts
            let result = Result { try range.map(body) }
            results.withLock { $0[part] = result }
        }
        return try results.withLock { try $0.flatMap { try $0?.get() ?? [] } }
    }

    /// Calls `body` for `0..<parts`, as many at a time as libtorch has threads.
    static func perform(_ parts: Int, _ body: @Sendable (Int) -> Void) {
        let next = Locked(0)
        DispatchQueue.concurrentPerform(iterations: max(1, min(parts, Machine.threads))) { _ in
            while true {
                let part = next.withLock { next in
                    defer { next += 1 }
                    return next
                }
                guard part < parts else { return }
                body(part)
            }
        }
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
