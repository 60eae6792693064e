internal import Dispatch

/// Values that are made in the background before they are asked for.
///
/// Preparation changes the time at which a value is made, and nothing else.
package final class ReadAhead<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private final class Job: @unchecked Sendable {
        let key: Key
        let isDone = DispatchSemaphore(value: 0)
        // Written before the semaphore is signalled, read after it was waited for.
        var result: Result<Value, any Error>?

        init(_ key: Key) { self.key = key }
    }

    private let jobs = Locked([Job]())
    private let limit: Int
    private let make: @Sendable (Key) throws -> Value

    /// Nothing prepared yet.
    ///
    /// - Parameters:
    ///   - limit: Values that wait at most; the oldest that nobody has asked for make room.
    ///   - make: Function that makes a value, on any thread.
    package init(limit: Int, _ make: @escaping @Sendable (Key) throws -> Value) {
        self.limit = limit
        self.make = make
    }

    /// Starts to make a value, unless that has begun.
    package func prepare(_ key: Key) {
        let job = Job(key)
        let isNew = jobs.withLock { jobs in
            if jobs.contains(where: { $0.key == key }) { return false }
            if jobs.count >= limit { jobs.removeFirst() }
            jobs.append(job)
            return true
        }
        guard isNew else { return }
        DispatchQueue.global().async { [make] in
            job.result = Result { try make(key) }
            job.isDone.signal()
        }
    }

    /// A value: the one that was prepared, once it is there, or one that is made now.
    ///
    /// - Throws: Errors of making it.
    package func value(_ key: Key) throws -> Value {
        let job = jobs.withLock { jobs in
            jobs.firstIndex { $0.key == key }.map { jobs.remove(at: $0) }
        }
        job?.isDone.wait()
        return try job?.result?.get() ?? make(key)
    }
}
