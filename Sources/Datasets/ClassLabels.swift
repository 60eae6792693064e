internal import FileFormats
internal import Torch

/// Classes of examples as files hold them: whole numbers from 0, of any type.
struct ClassLabels {
    /// Labels beyond are taken for damage: every class below the largest has a name and an embedding.
    static let most = 1_000_000

    /// Place in errors: file and array.
    let place: String
    /// Number of examples.
    let count: Int
    /// Labels must be below.
    var limit = most

    /// Reads a stored array.
    ///
    /// - Throws: ``DatasetError``: of another shape or number, not whole, negative or too large.
    func read(_ array: NumpyArray) throws -> [Int] {
        try checkShape(array.shape, array.elementType.name)
        switch array.elementType {
        case .float16, .float32, .float64: return try whole(array.doubles, array.elementType.name)
        // No tensor holds them all; those that are too large are named as they are.
        case .uint64:
            let values = array.values(as: UInt64.self)
            return try checked(values.map { Int(clamping: $0) }) { "\(values[$0])" }
        default: return try checked(array.integers ?? [])
        }
    }

    /// Reads a tensor.
    ///
    /// - Throws: As ``read(_:)-(NumpyArray)``.
    func read(_ tensor: Tensor) throws -> [Int] {
        try checkShape(tensor.shape, "\(tensor.dtype)")
        let flat = tensor.flatten()
        guard !tensor.dtype.isFloatingPoint else {
            return try whole(flat.to(.float64).scalars(), "\(tensor.dtype)")
        }
        return try checked(flat.to(.int64).scalars(as: Int.self))
    }

    /// [N], [N, 1], or a single number for a single example.
    private func checkShape(_ shape: [Int], _ type: String) throws {
        guard shape.count <= 1 || shape.count == 2 && shape[1] == 1 else {
            throw DatasetError(
                .mismatch,
                """
                \(place): the labels are \(type)\(shape), not whole numbers [N]. Write the number of the class of each \
                example, for one-hot rows `labels.argmax(1)`.
                """)
        }
        let found = shape.reduce(1, *)
        guard found == count else {
            throw DatasetError(
                .mismatch,
                "\(place): there are \(count) examples but \(found) labels. Write one label for each example.")
        }
    }

    private func whole(_ values: [Double], _ type: String) throws -> [Int] {
        if let index = values.firstIndex(where: { $0 != $0.rounded() || !$0.isFinite }) {
            throw DatasetError(
                .mismatch,
                """
                \(place): the labels are \(type), not whole numbers [N]: number \(index) is \(values[index]). Write the \
                numbers of the classes, 0, 1, ...
                """)
        }
        return try checked(values.map { Int(exactly: $0) ?? .max }) { "\(values[$0])" }
    }

    private func checked(_ labels: [Int], text: ((Int) -> String)? = nil) throws -> [Int] {
        guard let index = labels.firstIndex(where: { !(0..<limit).contains($0) }) else { return labels }
        throw DatasetError(
            .outOfRange,
            """
            \(place): there is the label \(text?(index) ?? "\(labels[index])") (number \(index)), which is not from 0 to \
            \(limit - 1). Number the classes 0, 1, ... without gaps.
            """)
    }
}
