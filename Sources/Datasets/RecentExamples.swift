public import Torch

/// A data set that keeps the examples read last, so that those drawn again need not be read again.
///
/// Behind queues (``QueueSampler``), which hold the same examples for many steps, hardly more is read than arrives.
public final class RecentExamples: Dataset {
    /// The kept rows, by the second-chance algorithm: a hand goes round, passes those asked for since it last came by, and
    /// displaces the next that was not.
    private struct State {
        /// Elements of an example in each row.
        var memory: Tensor?
        /// Rows by index of the example.
        var rows: [Int: Int] = [:]
        /// Index of the example in each row.
        var owners: [Int] = []
        /// True if a row was asked for since the hand passed it.
        var wasUsed: [Bool] = []
        var hand = 0

        /// The row for a new example.
        mutating func place(_ index: Int, capacity: Int) -> Int {
            if owners.count < capacity {
                owners.append(index)
                wasUsed.append(true)
                rows[index] = owners.count - 1
                return owners.count - 1
            }
            while wasUsed[hand] {
                wasUsed[hand] = false
                hand = (hand + 1) % capacity
            }
            let row = hand
            hand = (hand + 1) % capacity
            rows[owners[row]] = nil
            (owners[row], wasUsed[row], rows[index]) = (index, true, row)
            return row
        }
    }

    private let dataset: any Dataset
    private let capacity: Int
    private let state = Locked(State())

    /// A data set in front of another.
    ///
    /// - Parameters:
    ///   - dataset: Data set to read; its examples have one shape and type.
    ///   - capacity: Examples that are kept, at least 1.
    public init(_ dataset: any Dataset, keeping capacity: Int) {
        precondition(capacity >= 1, "at least one example is kept")
        self.dataset = dataset
        self.capacity = min(capacity, dataset.count)
    }

    /// Number of examples.
    public var count: Int { dataset.count }
    /// Class of each example, if there are any.
    public var labels: [Int]? { dataset.labels }
    /// Names of the classes.
    public var classNames: [String] { dataset.classNames }

    /// One example.
    public func example(at index: Int) throws -> Tensor { try examples(at: [index]).values[0] }

    /// A batch; of two threads that ask at once, one waits.
    public func examples(at indices: [Int]) throws -> Examples {
        guard !indices.isEmpty else { return try dataset.examples(at: indices) }
        let values = try state.withLock { state in
            var wanted = Set<Int>()
            let missing = indices.filter { state.rows[$0] == nil && wanted.insert($0).inserted }
            for index in indices { state.rows[index].map { state.wasUsed[$0] = true } }
            let read = try missing.isEmpty ? nil : dataset.examples(at: missing).values
            guard let kept = state.memory ?? read.map(room) else { preconditionFailure("something was read or kept") }
            state.memory = kept
            let batch = Self.batch(of: indices, state, kept, read, missing)
            keep(missing, read, &state)
            return batch
        }
        return Examples(values: values, labels: labels(at: indices))
    }

    /// Memory for examples like those of a batch.
    private func room(for batch: Tensor) -> Tensor {
        .empty([capacity] + batch.shape.dropFirst(), dtype: batch.dtype)
    }

    /// Kept examples and those just read, in the order of the indices.
    private static func batch(
        of indices: [Int], _ state: State, _ kept: Tensor, _ read: Tensor?, _ missing: [Int]
    ) -> Tensor {
        let order = Dictionary(uniqueKeysWithValues: missing.enumerated().map { ($1, $0) })
        let batch = Tensor.empty([indices.count] + kept.shape.dropFirst(), dtype: kept.dtype)
        let known = indices.indices.filter { order[indices[$0]] == nil }
        if !known.isEmpty {
            let rows = known.compactMap { state.rows[indices[$0]] }
            batch.copyRows(at: Tensor(known), from: kept.indexSelect(0, Tensor(rows)))
        }
        let new = indices.indices.filter { order[indices[$0]] != nil }
        if let read, !new.isEmpty {
            let rows = new.compactMap { order[indices[$0]] }
            batch.copyRows(at: Tensor(new), from: read.indexSelect(0, Tensor(rows)))
        }
        return batch
    }

    private func keep(_ missing: [Int], _ read: Tensor?, _ state: inout State) {
        let taken = missing.prefix(capacity)
        guard let read, !taken.isEmpty else { return }
        let rows = taken.map { state.place($0, capacity: capacity) }
        state.memory?.copyRows(at: Tensor(rows), from: read.slice(0, 0, rows.count))
    }
}
