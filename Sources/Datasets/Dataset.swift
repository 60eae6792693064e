public import Torch

/// Examples with random access: images, latents or points, with or without labels.
///
/// Images are 8-bit [C, H, W] as they lie in their files; ``Pixels`` makes them floats in [-1, 1]. Reading may touch the
/// disk, so it may fail. Conforming types may be read from several threads at once.
public protocol Dataset: Sendable {
    /// Number of examples.
    var count: Int { get }

    /// Class of each example, known without reading it; nil if the examples have no labels.
    var labels: [Int]? { get }

    /// Names of the classes, the label being the index; empty if the examples have no labels.
    var classNames: [String] { get }

    /// One example, [C, H, W] for images.
    ///
    /// - Parameter index: In `0..<count`; any other is a programmer's error.
    /// - Throws: ``DatasetError`` or an error of the file format, which names the file.
    func example(at index: Int) throws -> Tensor

    /// The examples at `indices`, in that order, as one batch. Types that can read many at once override the default,
    /// which reads one after the other and traps if their shapes differ.
    ///
    /// - Parameter indices: Each in `0..<count`; may repeat.
    /// - Throws: As ``example(at:)``.
    func examples(at indices: [Int]) throws -> Examples
}

/// A batch of examples.
public struct Examples: Sendable {
    /// The examples [B, ...].
    public var values: Tensor
    /// Their classes [B], int64; nil if there are none.
    public var labels: Tensor?

    /// A batch of examples [B, ...] with labels [B].
    public init(values: Tensor, labels: Tensor? = nil) {
        self.values = values
        self.labels = labels
    }

    /// Number of examples, B.
    public var count: Int { values.shape[0] }

    /// The same batch on `device`.
    public func to(_ device: Device) -> Examples {
        Examples(values: values.to(device), labels: labels?.to(device))
    }
}

extension Dataset {
    /// Reads one example after the other.
    public func examples(at indices: [Int]) throws -> Examples {
        let values = try Tensor.stack(indices.map(example(at:)))
        return Examples(values: values, labels: labels(at: indices))
    }

    /// Labels of the examples at `indices` [B], int64.
    public func labels(at indices: [Int]) -> Tensor? {
        labels.map { labels in Tensor(indices.map { labels[$0] }) }
    }

    /// Number of examples of each class; empty if there are no labels.
    public var classCounts: [Int] {
        guard let labels else { return [] }
        var counts = [Int](repeating: 0, count: classNames.count)
        for label in labels { counts[label] += 1 }
        return counts
    }
}
