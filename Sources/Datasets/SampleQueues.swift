/// The newest elements of each class, in ring buffers: a stream that does not fit in memory, as training remembers it.
///
/// Source: the queues of arXiv 2602.04770, A.8, with the release's places: each class writes at its own pointer, in the
/// order of the stream, over its oldest element. An empty class gives an error, not zeros.
public struct SampleQueues<Element: Sendable>: Sendable {
    /// Most elements per class.
    public let capacity: Int
    /// Elements of each class in the order of their places; no more than ``capacity``.
    public private(set) var elements: [[Element]]
    /// Place of each class that is written next.
    public private(set) var next: [Int]
    private let names: [String]

    /// Empty queues of `classes` classes, whose names, if there are any, errors use.
    public init(classes: Int, capacity: Int, names: [String] = []) {
        self.names = names
        precondition(classes >= 1 && capacity >= 1, "\(classes) queues of \(capacity) elements hold nothing")
        self.capacity = capacity
        elements = [[Element]](repeating: [], count: classes)
        next = [Int](repeating: 0, count: classes)
    }

    /// Number of elements of each class.
    public var counts: [Int] { elements.map(\.count) }

    /// Adds an element, over the oldest of its class if that is full.
    public mutating func push(_ element: Element, label: Int) {
        if elements[label].count < capacity {
            elements[label].append(element)
        } else {
            elements[label][next[label]] = element
        }
        next[label] = (next[label] + 1) % capacity
    }

    /// Elements of a class: without replacement where it has enough of them, as the paper says, else with, as the release.
    ///
    /// - Parameters:
    ///   - label: The class.
    ///   - uniform: One number in [0, 1) for each element that is wanted.
    /// - Throws: ``DatasetError`` if the class is empty.
    public func draw(label: Int, _ uniform: ArraySlice<Double>) throws -> [Element] {
        let held = elements[label]
        guard !held.isEmpty else {
            throw DatasetError(
                .classTooSmall,
                "Class \(ClassName.text(label, names)) has no examples in its queue. Leave the class out, or give it examples."
            )
        }
        guard uniform.count > held.count else {
            return Shuffle.places(uniform.count, of: held.count, uniform).map { held[$0] }
        }
        return uniform.map { held[min(Int($0 * Double(held.count)), held.count - 1)] }
    }
}
