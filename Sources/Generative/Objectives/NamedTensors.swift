public import Torch

/// Tensors by name, in the order in which they were added, as a training loop logs them, column by column.
///
///     var metrics: NamedTensors = ["scale": scale]
///     metrics["force"] = force
///
/// Values are detached: they keep no gradient graph alive.
public struct NamedTensors: Sendable, RandomAccessCollection, ExpressibleByDictionaryLiteral {
    private var entries: [Element] = []

    /// A name and its tensor.
    public typealias Element = (name: String, value: Tensor)

    /// No tensors.
    public init() {}

    /// The tensors of a literal; a name that occurs twice is a programmer's error.
    public init(dictionaryLiteral elements: (String, Tensor)...) {
        for (name, value) in elements {
            demand(self[name] == nil, "two tensors are named '\(name)'")
            self[name] = value
        }
    }

    /// The tensor of this name; a new name goes to the end, nil removes.
    public subscript(name: String) -> Tensor? {
        get { entries.first { $0.name == name }?.value }
        set {
            let place = entries.firstIndex { $0.name == name }
            switch (place, newValue?.detach()) {
            case (let place?, let value?): entries[place].value = value
            case (nil, let value?): entries.append((name, value))
            case (let place?, nil): entries.remove(at: place)
            case (nil, nil): break
            }
        }
    }

    /// The names in order.
    public var names: [String] { entries.map(\.name) }

    /// The first place, 0.
    public var startIndex: Int { entries.startIndex }

    /// The place after the last one.
    public var endIndex: Int { entries.endIndex }

    /// The name and the tensor at a place.
    public subscript(position: Int) -> Element { entries[position] }
}
