public import Torch

/// Batches of indices, epoch after epoch without end, each epoch in a new random order.
///
/// The order of an epoch depends on the seed and the epoch's number only, so that a run resumes from its ``position``
/// with the same batches as if it had never stopped.
public struct Epochs: Sendable, Hashable {
    /// Start of the next batch.
    public struct Position: Sendable, Hashable, Codable {
        /// Number of whole epochs before.
        public var epoch: Int
        /// Number of examples of this epoch that have been handed out.
        public var offset: Int

        /// A place in the stream of batches; its start by default.
        public init(epoch: Int = 0, offset: Int = 0) {
            self.epoch = epoch
            self.offset = offset
        }
    }

    /// Treatment of the last examples of an epoch that does not divide into whole batches.
    public enum Remainder: Sendable, Hashable {
        /// The examples that are left over wait for another epoch.
        case dropped
        /// The last batch is smaller.
        case kept
    }

    /// Number of examples, N.
    public let count: Int
    /// Number of examples per batch, B.
    public let batchSize: Int
    /// Origin of the orders.
    public let seed: Seed
    /// Treatment of the last examples of an epoch.
    public let remainder: Remainder
    /// Start of the next batch.
    public private(set) var position: Position
    private var order: [Int]

    /// A stream of batches.
    ///
    /// - Parameters:
    ///   - count: Number of examples, at least one, and at least `batchSize` if the remainder is dropped.
    ///   - batchSize: Number of examples per batch.
    ///   - seed: Origin of the orders.
    ///   - remainder: Treatment of the last examples of an epoch.
    ///   - position: Start, for runs that resume.
    public init(
        count: Int, batchSize: Int, seed: Seed, remainder: Remainder = .dropped, startingAt position: Position = .init()
    ) {
        precondition(count >= 1 && batchSize >= 1, "\(count) examples in batches of \(batchSize) make no epoch")
        precondition(
            remainder == .kept || batchSize <= count, "a batch of \(batchSize) needs more than \(count) examples")
        precondition(
            position.epoch >= 0 && (0...count).contains(position.offset), "\(position) is outside of any epoch")
        self.count = count
        self.batchSize = batchSize
        self.seed = seed
        self.remainder = remainder
        self.position = position
        self.order = Self.order(of: position.epoch, count, seed)
    }

    /// Number of batches in one epoch.
    public var batchesPerEpoch: Int {
        remainder == .dropped ? count / batchSize : (count + batchSize - 1) / batchSize
    }

    /// The indices of the next batch, each in `0..<count`, none twice within an epoch.
    public mutating func nextBatch() -> [Int] {
        let left = count - position.offset
        if left == 0 || (remainder == .dropped && left < batchSize) { startNextEpoch() }
        let end = min(position.offset + batchSize, count)
        defer { position.offset = end }
        return Array(order[position.offset..<end])
    }

    private mutating func startNextEpoch() {
        position = Position(epoch: position.epoch + 1)
        order = Self.order(of: position.epoch, count, seed)
    }

    private static func order(of epoch: Int, _ count: Int, _ seed: Seed) -> [Int] {
        Tensor.randperm(count, using: RandomSource(seed.child("epoch").child(epoch))).scalars()
    }
}
