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
            let comparisons = CaseComparisons(family: family, name: name)
            try body(comparisons)
            guard let worst = comparisons.worst else {
                throw VerificationError("The case holds nothing that can be compared.")
            }
            results.append(CaseResult(name: "\(family)/\(name)", outcome: .compared(worst)))
        }
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
    private let place: String
    private(set) var worst: Comparison?

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
        add(Comparison(quantity: quantity, error: measure.error(a, b), tolerance: measure.tolerance))
    }

    /// Compares two numbers.
    func compare(_ quantity: String, _ actual: Double, _ expected: Double, _ measure: Measure) throws {
        try compare(quantity, Tensor(actual), Tensor(expected), measure)
    }

    private func add(_ comparison: Comparison) {
        if let worst, worst.severity >= comparison.severity { return }
        worst = comparison
    }
}
