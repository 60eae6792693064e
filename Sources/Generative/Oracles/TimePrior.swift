internal import Foundation

/// A distribution of the time t in (0, 1), as nodes and weights of a quadrature rule.
///
/// The nodes are equally spaced in logit t, so that times very close to 0 and 1 are resolved.
public struct TimePrior: Sendable {
    /// logit t at the nodes.
    let logits: [Double]
    /// Logarithms of the probabilities of the nodes.
    let logWeights: [Double]

    /// Times whose logit is normal: logit t ~ N(mean, deviation²).
    ///
    /// Mean 0 and deviation 1 are the default of Esser et al., arXiv 2403.03206, section 3.1. The skewed distribution
    /// of EDM, log σ ~ N(-1.2, 1.2²) with t = 1 / (1 + σ), is mean 1.2 and deviation 1.2.
    ///
    /// - Parameters:
    ///   - mean: Of logit t.
    ///   - deviation: Standard deviation of logit t.
    ///   - nodes: Of the rule, which spans 8 deviations on either side; 401 by default.
    public static func logitNormal(mean: Double = 0, deviation: Double = 1, nodes: Int = 401) -> TimePrior {
        demand(deviation > 0, "a deviation is positive")
        return TimePrior(over: mean - 8 * deviation...mean + 8 * deviation, nodes: nodes) { logit in
            -0.5 * ((logit - mean) / deviation) * ((logit - mean) / deviation)
        }
    }

    /// All times alike.
    ///
    /// - Parameter nodes: Of the rule, which spans times from 1e-7 to 1 - 1e-7; 401 by default.
    public static func uniform(nodes: Int = 401) -> TimePrior {
        // The density of logit t is t (1 - t).
        TimePrior(over: -16...16, nodes: nodes) { -log1p(exp(-$0)) - log1p(exp($0)) }
    }

    private init(over range: ClosedRange<Double>, nodes: Int, logDensity: (Double) -> Double) {
        demand(nodes >= 2, "a quadrature rule needs nodes")
        let spacing = (range.upperBound - range.lowerBound) / Double(nodes - 1)
        logits = (0..<nodes).map { range.lowerBound + spacing * Double($0) }
        let raw = logits.map(logDensity)
        let total = log(raw.map(exp).reduce(0, +))
        logWeights = raw.map { $0 - total }
    }
}
