internal import Torch

/// Collects the cases of one family.
final class CaseRecorder {
    private let family: String
    /// Results of the cases, in their order.
    private(set) var results: [CaseResult] = []

    init(family: String) { self.family = family }

    /// Computes one case; whatever `body` throws, or libtorch objects to, is its failure.
    func check(_ name: String, _ body: (CaseComparisons) throws -> Void) {
        attempt(name) {
            let comparisons = makeComparisons(name)
            try body(comparisons)
            try record(name, comparisons.records.values.map(\.comparison).max { $0.rank < $1.rank })
        }
    }

    /// An empty list of comparisons of a case.
    func makeComparisons(_ name: String) -> CaseComparisons { CaseComparisons(family: family, name: name) }

    /// Takes down the comparison that decides a case.
    func record(_ name: String, _ worst: Comparison?) throws {
        guard let worst else { throw VerificationError("The case holds nothing that can be compared.") }
        results.append(CaseResult(name: "\(family)/\(name)", outcome: .compared(worst)))
    }

    /// Lists a case that is not looked at.
    func skip(_ name: String, because reason: String) {
        results.append(CaseResult(name: qualified(name), outcome: .skipped(reason)))
    }

    /// Runs the cases of a file; if it cannot even be opened, that is one failure.
    func attempt(_ name: String, _ body: () throws -> Void) {
        do {
            try catchingTorchErrors(body)
        } catch let unknown as Unknown {
            skip(name, because: unknown.reason)
        } catch {
            results.append(CaseResult(name: qualified(name), outcome: .broken("\(error)")))
        }
    }

    private func qualified(_ name: String) -> String { name.hasPrefix(family) ? name : "\(family)/\(name)" }
}

/// Comparisons of one case.
final class CaseComparisons {
    /// A quantity, and how many of its name came before.
    struct Key: Hashable {
        let quantity: String
        let repetition: Int
    }

    /// One value of the case beside that of the vectors, on the CPU in float64.
    struct Record {
        let actual: Tensor
        let measure: Measure
        let comparison: Comparison
    }

    private let place: String
    /// The quantities in their order.
    private(set) var keys: [Key] = []
    private(set) var records: [Key: Record] = [:]

    init(family: String, name: String) { place = "\(family)/\(name)" }

    /// Compares a computed value with that of the vectors.
    ///
    /// - Throws: ``VerificationError`` if their shapes differ.
    func compare(_ quantity: String, _ actual: Tensor, _ expected: Tensor, _ measure: Measure) throws {
        let (a, b) = (actual.detach().to(.cpu, .float64), expected.detach().to(.cpu, .float64))
        guard a.shape == b.shape else {
            throw VerificationError(
                "\(place): \(quantity) has the shape \(b.shape) in the file, and \(a.shape) computed from its inputs.")
        }
        let key = Key(quantity: quantity, repetition: keys.count { $0.quantity == quantity })
        keys.append(key)
        let comparison = Comparison(quantity: quantity, error: measure.error(a, b), tolerance: measure.tolerance)
        records[key] = Record(actual: a, measure: measure, comparison: comparison)
    }

    /// Compares two numbers.
    func compare(_ quantity: String, _ actual: Double, _ expected: Double, _ measure: Measure) throws {
        try compare(quantity, Tensor(actual), Tensor(expected), measure)
    }
}
