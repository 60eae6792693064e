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
    /// Largest change of the quantity, in the same measure, by relative perturbations of 1e-7 of inputs and parameters; nil where that is not
    /// measured.
    public private(set) var response: Double?

    init(quantity: String, error: Double, tolerance: Double, response: Double? = nil) {
        self.quantity = quantity
        self.error = error
        self.tolerance = tolerance
        self.response = response
    }

    /// Largest error that conditioning may explain, over the response: the vectors' rounding is one draw, responses are others.
    public static let mostOverResponse = 10.0
    /// Largest error that conditioning may explain at all.
    public static let mostExplained = 0.1

    /// True if the error is within the tolerance; an error that is not a number is not.
    public var agrees: Bool { error <= tolerance }

    /// True if the error is beyond the tolerance, but no larger than what rounding of the inputs does to this quantity.
    public var isIllConditioned: Bool {
        guard let response, !agrees else { return false }
        return error <= Self.mostOverResponse * response && error <= Self.mostExplained
    }

    /// True if the value agrees, or differs because it is ill-conditioned.
    public var passes: Bool { agrees || isIllConditioned }

    /// The same with a response.
    func responding(by response: Double?) -> Comparison {
        var comparison = self
        comparison.response = response
        return comparison
    }

    /// Rank by which one of several is shown: a failure, else one that is ill-conditioned, else the nearest to its tolerance.
    var rank: Rank { Rank(verdict: passes ? (agrees ? 0 : 1) : 2, severity: severity) }

    /// 1 at the tolerance.
    private var severity: Double {
        error.isNaN ? .infinity : tolerance > 0 ? error / tolerance : error > 0 ? .infinity : 0
    }

    struct Rank: Comparable {
        let verdict: Int
        let severity: Double

        static func < (left: Rank, right: Rank) -> Bool {
            (left.verdict, left.severity) < (right.verdict, right.severity)
        }
    }
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

    /// True of measures of values rather than of gradients.
    var isOfValues: Bool { if case .forward = self { true } else { false } }

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
