internal import Foundation

/// A distribution of the time t in (0, 1), whose posterior ``MarchingOptimum`` integrates over.
///
/// Densities are integrated by nodes that are equally spaced in logit t, so that times very close to 0 and 1 are resolved,
/// and as close as the dimension of the data asks for.
public struct TimePrior: Sendable {
    /// Nodes of a quadrature rule and the logarithms of their probabilities.
    struct Rule {
        /// logit t at the nodes.
        let logits: [Double]
        /// Logarithms of their probabilities.
        let logWeights: [Double]
    }

    private enum Form {
        case times([Double])
        case density(over: ClosedRange<Double>, @Sendable (_ logit: Double) -> Double)
    }

    private let form: Form

    /// Equally likely times.
    ///
    /// - Parameter times: At least one, each in (0, 1).
    public init(times: [Double]) {
        demand(!times.isEmpty && times.allSatisfy { $0 > 0 && $0 < 1 }, "times of a prior lie in (0, 1)")
        form = .times(times)
    }

    private init(_ form: Form) { self.form = form }

    /// Times whose logit is normal: logit t ~ N(mean, deviation²).
    ///
    /// Mean 0 and deviation 1 are the default of Esser et al., arXiv 2403.03206, section 3.1. The skewed distribution
    /// of EDM, log σ ~ N(-1.2, 1.2²) with t = 1 / (1 + σ), is mean 1.2 and deviation 1.2.
    ///
    /// - Parameters:
    ///   - mean: Of logit t.
    ///   - deviation: Standard deviation of logit t.
    public static func logitNormal(mean: Double = 0, deviation: Double = 1) -> TimePrior {
        demand(deviation > 0, "a deviation is positive")
        return TimePrior(
            .density(over: mean - 8 * deviation...mean + 8 * deviation) { logit in
                -0.5 * ((logit - mean) / deviation) * ((logit - mean) / deviation)
            })
    }

    /// All times alike, within 1e-7 of both ends.
    public static func uniform() -> TimePrior {
        // The density of logit t is t (1 - t).
        TimePrior(.density(over: -16...16) { -log1p(exp(-$0)) - log1p(exp($0)) })
    }

    /// A rule for posteriors of positions in D dimensions.
    ///
    /// Such a position knows the logarithm of its noise to 1 / sqrt(2 D), and the trapezoidal rule integrates a Gaussian of
    /// width w to 3e-9 with nodes at distances of w; there are 401 at least.
    func rule(dimensions: Int) -> Rule {
        switch form {
        case .times(let times):
            return Rule(
                logits: times.map { log($0) - log1p(-$0) }, logWeights: times.map { _ in -log(Double(times.count)) })
        case .density(let range, let logDensity):
            let length = range.upperBound - range.lowerBound
            let intervals = max(400, Int((length * (2 * Double(dimensions)).squareRoot()).rounded(.up)))
            let logits = (0...intervals).map { range.lowerBound + length / Double(intervals) * Double($0) }
            let raw = logits.map(logDensity)
            let total = log(raw.map(exp).reduce(0, +))
            return Rule(logits: logits, logWeights: raw.map { $0 - total })
        }
    }
}
