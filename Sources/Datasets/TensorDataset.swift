public import Torch

/// Examples that lie in memory as one tensor.
public struct TensorDataset: Dataset {
    /// All examples [N, ...].
    public let values: Tensor
    /// Class of each example.
    public let labels: [Int]?
    /// Names of the classes.
    public let classNames: [String]
    private let labelTensor: Tensor?

    /// A data set over a tensor.
    ///
    /// - Parameters:
    ///   - values: Examples [N, ...].
    ///   - labels: Classes [N], each in `0..<K`; nil if there are none.
    ///   - classNames: Names of the K classes; `0`, `1`, ... up to the largest label if nil.
    /// - Throws: ``DatasetError`` if the counts differ or a label has no name.
    public init(values: Tensor, labels: Tensor? = nil, classNames: [String]? = nil) throws {
        let numbers = labels?.scalars(as: Int.self)
        if classNames == nil, let largest = numbers?.max(), largest >= ClassLabels.most {
            throw DatasetError(
                .outOfRange, "There is the label \(largest): classes are numbered from 0 to \(ClassLabels.most - 1).")
        }
        self.values = values
        self.labels = numbers
        self.classNames = classNames ?? (0..<((numbers?.max() ?? -1) + 1)).map(String.init)
        self.labelTensor = labels?.to(values.device, .int64)
        if let numbers { try Self.check(numbers, values.shape[0], self.classNames.count) }
    }

    private static func check(_ labels: [Int], _ count: Int, _ classes: Int) throws {
        guard labels.count == count else {
            throw DatasetError(
                .mismatch,
                "There are \(count) examples but \(labels.count) labels: the two files do not belong together.")
        }
        if let index = labels.firstIndex(where: { !(0..<classes).contains($0) }) {
            throw DatasetError(
                .outOfRange, "Example \(index) has the label \(labels[index]), but there are only \(classes) classes.")
        }
    }

    /// Number of examples, N.
    public var count: Int { values.shape[0] }

    /// All classes [N], int64.
    public var allLabels: Tensor? { labelTensor }

    /// One example, a view into ``values``.
    public func example(at index: Int) -> Tensor { values[index] }

    /// A batch, gathered in one operation.
    public func examples(at indices: [Int]) -> Examples {
        let indices = Tensor(indices, device: values.device)
        return Examples(values: values.indexSelect(0, indices), labels: labelTensor?.indexSelect(0, indices))
    }

    /// The first `count` examples, or all if there are fewer.
    public func prefix(_ count: Int) throws -> TensorDataset {
        try TensorDataset(
            values: values.slice(0, 0, count), labels: labelTensor?.slice(0, 0, count), classNames: classNames)
    }
}
