internal import Torch

/// Result of one case of the vectors.
public struct CaseResult: Sendable {
    /// End of a case.
    public enum Outcome: Sendable {
        /// It was computed; of everything that it holds, the value nearest to its tolerance, or furthest beyond.
        case compared(Comparison)
        /// It could not be computed, and why.
        case broken(String)
        /// It was not looked at, and why.
        case skipped(String)
    }

    /// Family and name, such as `drift_loss/c01`.
    public let name: String
    /// End of the case.
    public let outcome: Outcome
}

/// One value of a case beside the one of the vectors.
public struct Comparison: Sendable, Hashable {
    /// Name of the compared quantity, such as `gradient`.
    public let quantity: String
    /// Largest error in the measure of the tolerance; NaN if a value is not a number where it should be one.
    public let error: Double
    /// Largest error that passes.
    public let tolerance: Double

    /// True if the error is within the tolerance; an error that is not a number is not.
    public var passes: Bool { error <= tolerance }

    /// Rank by which one of several is shown: 1 at the tolerance.
    var severity: Double { error.isNaN ? .infinity : tolerance > 0 ? error / tolerance : error > 0 ? .infinity : 0 }
}

/// A measure of the difference of two tensors, and its limit.
enum Measure {
    /// max |a - b| / (1 + |b|): absolute for small values, relative for large ones.
    case forward(Double = 1e-4)
    /// max |a - b| / max |b|, where gradients below `floor` count as `floor`.
    case ofMaximum(Double = 1e-3, floor: Double = 1e-9)
    /// max |a - b|, and none.
    case exact
    /// |a - b| / |b| of the Euclidean lengths.
    case ofLength(Double)

    var tolerance: Double {
        switch self {
        case .forward(let tolerance), .ofMaximum(let tolerance, _), .ofLength(let tolerance): tolerance
        case .exact: 0
        }
    }

    func error(_ actual: Tensor, _ expected: Tensor) -> Double {
        guard expected.count > 0 else { return 0 }
        let difference = actual - expected
        switch self {
        case .forward: return (difference.abs() / (expected.abs() + 1)).amax().item()
        case .ofMaximum(_, let floor): return difference.abs().amax().item() / max(expected.abs().amax().item(), floor)
        case .exact: return difference.abs().amax().item()
        case .ofLength: return difference.norm().item() / max(expected.norm().item(), 1e-30)
        }
    }
}
