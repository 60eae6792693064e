internal import Foundation
internal import Torch

/// Reads batches on background threads, a bounded number of them ahead.
///
/// Batches come in the order of the ``Epochs``, whichever thread was faster, so that results do not depend on timing.
public final class Prefetcher: Sendable {
    /// Amount that is read ahead.
    public struct Configuration: Sendable, Hashable {
        /// Threads that read; as many as there are cores.
        public var workers = ProcessInfo.processInfo.activeProcessorCount
        /// Batches in memory at most, those being read included; two per thread.
        public var ahead = 2 * ProcessInfo.processInfo.activeProcessorCount

        /// The defaults.
        public init() {}
    }

    private struct State {
        var epochs: Epochs
        var nextToRead = 0
        var nextToGive = 0
        var ready: [Int: (result: Result<Examples, any Error>, after: Epochs.Position)] = [:]
        var position: Epochs.Position
        var isCancelled = false
    }

    /// State that the threads share; they do not keep the prefetcher alive.
    private final class Queue: @unchecked Sendable {
        var state: State
        let condition = NSCondition()

        init(_ epochs: Epochs) { state = State(epochs: epochs, position: epochs.position) }

        /// Waits until `isReady`, then changes the state; nil if all is over.
        func wait<Value>(until isReady: (State) -> Bool, _ body: (inout State) -> Value) -> Value? {
            condition.lock()
            defer { condition.unlock() }
            while !state.isCancelled, !isReady(state) { condition.wait() }
            if state.isCancelled { return nil }
            defer { condition.broadcast() }
            return body(&state)
        }

        func cancel() {
            condition.lock()
            state.isCancelled = true
            condition.broadcast()
            condition.unlock()
        }
    }

    private let queue: Queue

    /// Starts reading.
    ///
    /// - Parameters:
    ///   - dataset: Data set to read.
    ///   - epochs: The order; its position is where the first batch starts.
    ///   - configuration: Amount to read ahead.
    public init(_ dataset: any Dataset, _ epochs: Epochs, _ configuration: Configuration = .init()) {
        precondition(epochs.count == dataset.count, "\(epochs.count) indices for \(dataset.count) examples")
        precondition(configuration.workers >= 1 && configuration.ahead >= 1, "\(configuration) reads nothing")
        let queue = Queue(epochs)
        self.queue = queue
        for _ in 0..<min(configuration.workers, configuration.ahead) {
            Thread.detachNewThread { Self.work(queue, dataset, ahead: configuration.ahead) }
        }
    }

    deinit { queue.cancel() }

    /// The next batch; waits until it has been read.
    ///
    /// - Throws: Errors of reading it; the batches after it still come.
    public func next() throws -> Examples {
        let taken = queue.wait(until: { $0.ready[$0.nextToGive] != nil }) { state in
            let batch = state.ready.removeValue(forKey: state.nextToGive)
            state.nextToGive += 1
            if let batch { state.position = batch.after }
            return batch?.result
        }
        guard let result = taken ?? nil else { preconditionFailure("a prefetcher in use is not cancelled") }
        return try result.get()
    }

    /// Start of the batch after the last one given: a run saves it to resume.
    public var position: Epochs.Position {
        queue.condition.lock()
        defer { queue.condition.unlock() }
        return queue.state.position
    }

    private static func work(_ queue: Queue, _ dataset: any Dataset, ahead: Int) {
        while true {
            let job = queue.wait(until: { $0.nextToRead - $0.nextToGive < ahead }) { state in
                let indices = state.epochs.nextBatch()
                defer { state.nextToRead += 1 }
                return (number: state.nextToRead, indices: indices, after: state.epochs.position)
            }
            guard let job else { return }
            let result = Result { try dataset.examples(at: job.indices) }
            let kept: Void? = queue.wait(until: { _ in true }) { $0.ready[job.number] = (result, job.after) }
            if kept == nil { return }
        }
    }
}
