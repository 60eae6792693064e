public import Torch

/// Draws examples by class: so many of each label, without replacement.
///
/// Every draw is a pure function of the seed and the step's number, so that a run that resumes sees the same examples.
public struct ClassSampler: Sendable {
    /// Indices of the examples of each class, ascending.
    public let members: [[Int]]
    private let count: Int
    private let names: [String]
    private let seed: Seed

    /// A sampler over labels.
    ///
    /// - Parameters:
    ///   - labels: Class of each example, each in `0..<classes`; any other is a programmer's error.
    ///   - classes: Number of classes, K. Some may be empty, as long as nothing is asked of them.
    ///   - names: Names of the classes in errors; their numbers if there are none.
    ///   - seed: Origin of the draws.
    public init(labels: [Int], classes: Int, names: [String] = [], seed: Seed) {
        self.names = names
        var members = [[Int]](repeating: [], count: classes)
        for (index, label) in labels.enumerated() { members[label].append(index) }
        self.members = members
        self.count = labels.count
        self.seed = seed
    }

    /// A sampler over a data set's labels.
    ///
    /// - Throws: ``DatasetError`` if the data set has no labels.
    public init(_ dataset: some Dataset, seed: Seed) throws {
        guard let labels = dataset.labels else {
            throw DatasetError(.mismatch, "Drawing by class needs labels, and this data set has none.")
        }
        self.init(labels: labels, classes: dataset.classNames.count, names: dataset.classNames, seed: seed)
    }

    /// `perLabel` examples for each of `labels`.
    ///
    /// - Parameters:
    ///   - labels: Classes; one that occurs twice is drawn from twice, independently.
    ///   - perLabel: Number of examples per label, P.
    ///   - step: The step's number.
    /// - Returns: Indices, `perLabel` for the first label, then for the second, and so on. None occurs twice within one
    ///   label's.
    /// - Throws: ``DatasetError`` if a class is empty or has fewer than `perLabel` examples.
    public func indices(of labels: [Int], perLabel: Int, step: Int) throws -> [Int] {
        for label in Set(labels).sorted() { try check(label, perLabel) }
        let uniform = draws("class", step, labels.count * perLabel)
        return labels.enumerated().flatMap { row, label in
            let members = members[label]
            let places = Shuffle.places(perLabel, of: members.count, uniform[(row * perLabel)...])
            return places.map { members[$0] }
        }
    }

    /// `perRow` examples of any class for each of `rows` rows, drawn independently of each other and of the classes.
    ///
    /// - Returns: Indices, row after row; none occurs twice within a row.
    /// - Throws: ``DatasetError`` if there are fewer than `perRow` examples.
    public func indicesOfAnyClass(rows: Int, perRow: Int, step: Int) throws -> [Int] {
        guard perRow <= count else {
            throw DatasetError(.classTooSmall, "\(perRow) different examples were asked for, but there are \(count).")
        }
        let uniform = draws("any", step, rows * perRow)
        return (0..<rows).flatMap { Shuffle.places(perRow, of: count, uniform[($0 * perRow)...]) }
    }

    /// `count` labels with every class as often as any other, up to one, in random order.
    ///
    /// - Parameters:
    ///   - count: Number of labels.
    ///   - step: The step's number.
    /// - Returns: Labels of classes that are not empty.
    public func balancedLabels(_ count: Int, step: Int) -> [Int] {
        let classes = members.indices.filter { !members[$0].isEmpty }
        precondition(!classes.isEmpty, "there are no examples to draw labels from")
        let uniform = draws("labels", step, classes.count + count)
        let order = Shuffle.places(classes.count, of: classes.count, uniform[...]).map { classes[$0] }
        let labels = (0..<count).map { order[$0 % order.count] }
        return Shuffle.places(count, of: count, uniform[classes.count...]).map { labels[$0] }
    }

    private func check(_ label: Int, _ wanted: Int) throws {
        guard members.indices.contains(label) else {
            throw DatasetError(.outOfRange, "There is no class \(label): the classes are 0 to \(members.count - 1).")
        }
        let available = members[label].count
        guard available >= max(wanted, 1) else {
            let found = available == 0 ? "it is empty" : "it has \(available)"
            throw DatasetError(
                .classTooSmall,
                "Class \(ClassName.text(label, names)) should give \(wanted) different examples, but \(found). Leave the class out, or ask for fewer."
            )
        }
    }

    private func draws(_ purpose: String, _ step: Int, _ count: Int) -> [Double] {
        let source = RandomSource(seed.child(purpose).child(step))
        return Tensor.rand([count], using: source, dtype: .float64).scalars()
    }
}

/// The name of a class in errors.
enum ClassName {
    /// Such as `'cat' (number 3)`, or `3` without names.
    static func text(_ label: Int, _ names: [String]) -> String {
        guard names.indices.contains(label), names[label] != "\(label)" else { return "\(label)" }
        return "'\(names[label])' (number \(label))"
    }
}

/// Choosing without replacement.
enum Shuffle {
    /// The first `wanted` of `0..<available` shuffled (Fisher and Yates), touching no more than those.
    static func places(_ wanted: Int, of available: Int, _ uniform: ArraySlice<Double>) -> [Int] {
        var moved: [Int: Int] = [:]
        return zip(0..<wanted, uniform).map { place, u in
            let other = min(place + Int(u * Double(available - place)), available - 1)
            let chosen = moved[other] ?? other
            moved[other] = moved[place] ?? place
            return chosen
        }
    }
}
