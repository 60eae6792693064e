public import Torch

/// Draws examples for a step: so many of each label, or of any.
///
/// A pure function of the step's number and of a seed, whatever was asked before.
public protocol ExampleSampler {
    /// `perLabel` examples for each of `labels`, those of the first label first.
    func indices(of labels: [Int], perLabel: Int, step: Int) throws -> [Int]

    /// `perRow` examples of any class for each of `rows` rows.
    func indicesOfAnyClass(rows: Int, perRow: Int, step: Int) throws -> [Int]
}

extension ClassSampler: ExampleSampler {}

/// Draws examples from queues that follow a stream of the data: a queue for each class, and one for all.
///
/// The stream is epoch after epoch in random orders. Before the first step it flows until the queues are full, or all data
/// have been seen; then so many examples arrive at each step. The queues hold indices, so their state at any step follows
/// from the seed: a run that resumes fills them again, in a moment, with the same elements at the same places.
public final class QueueSampler: ExampleSampler {
    /// Sizes of the queues.
    public struct Configuration: Sendable, Hashable {
        /// Elements of each class; 128 in the release.
        public var perClass = 128
        /// Elements of the queue of any class; 1000 in the release.
        public var anyClass = 1000
        /// Examples that arrive at each step; 64 in the paper, 64 or 128 per host in the release.
        public var arrivals = 64

        /// The release's sizes.
        public init() {}
    }

    private let labels: [Int]
    private let classes: Int
    private let names: [String]
    private let configuration: Configuration
    private let seed: Seed
    private let prefill: Int
    private var state: State

    /// A sampler over labels.
    ///
    /// - Parameters:
    ///   - labels: Class of each example, each in `0..<classes`.
    ///   - classes: Number of classes, K.
    ///   - names: Names of the classes in errors; their numbers if there are none.
    ///   - configuration: Sizes of the queues.
    ///   - seed: Origin of orders and draws.
    public init(
        labels: [Int], classes: Int, names: [String] = [], _ configuration: Configuration = .init(), seed: Seed
    ) {
        self.names = names
        self.labels = labels
        self.classes = classes
        self.configuration = configuration
        self.seed = seed
        var state = State(labels: labels, classes: classes, names, configuration, seed: seed)
        while state.pushed < labels.count, !state.isFull { state.push(labels) }
        prefill = state.pushed
        self.state = state
    }

    /// Examples from the queues of their labels as they are at a step.
    ///
    /// - Throws: ``DatasetError`` if a class is empty, or unknown.
    public func indices(of labels: [Int], perLabel: Int, step: Int) throws -> [Int] {
        let state = state(at: step)
        let uniform = draws("class", step, labels.count * perLabel)
        return try labels.enumerated().flatMap { row, label in
            guard (0..<classes).contains(label) else {
                throw DatasetError(.outOfRange, "There is no class \(label): the classes are 0 to \(classes - 1).")
            }
            return try state.byClass.draw(label: label, uniform[(row * perLabel)..<((row + 1) * perLabel)])
        }
    }

    /// Examples from the queue of all classes as it is at a step.
    public func indicesOfAnyClass(rows: Int, perRow: Int, step: Int) throws -> [Int] {
        let state = state(at: step)
        let uniform = draws("any", step, rows * perRow)
        return try (0..<rows).flatMap { row in
            try state.ofAny.draw(label: 0, uniform[(row * perRow)..<((row + 1) * perRow)])
        }
    }

    /// The queues of the classes as they are at a step, for inspection.
    public func queues(at step: Int) -> SampleQueues<Int> { state(at: step).byClass }

    private func state(at step: Int) -> State {
        let wanted = prefill + (step + 1) * configuration.arrivals
        if state.pushed > wanted { state = State(labels: labels, classes: classes, names, configuration, seed: seed) }
        while state.pushed < wanted { state.push(labels) }
        return state
    }

    private func draws(_ purpose: String, _ step: Int, _ count: Int) -> ArraySlice<Double> {
        let source = RandomSource(seed.child(purpose).child(step))
        return Tensor.rand([count], using: source, dtype: .float64).scalars()[...]
    }

    /// Queues after a number of arrivals.
    private struct State {
        var byClass: SampleQueues<Int>
        var ofAny: SampleQueues<Int>
        var pushed = 0
        private var stream: Epochs

        init(labels: [Int], classes: Int, _ names: [String], _ configuration: Configuration, seed: Seed) {
            byClass = SampleQueues(classes: classes, capacity: configuration.perClass, names: names)
            ofAny = SampleQueues(classes: 1, capacity: configuration.anyClass)
            stream = Epochs(count: labels.count, batchSize: 1, seed: seed.child("stream"))
        }

        var isFull: Bool {
            byClass.counts.allSatisfy { $0 == byClass.capacity } && ofAny.counts[0] == ofAny.capacity
        }

        mutating func push(_ labels: [Int]) {
            for index in stream.nextBatch() {
                byClass.push(index, label: labels[index])
                ofAny.push(index, label: 0)
            }
            pushed += 1
        }
    }
}
