public import Generative

/// The two constants of distance marching, in units of squared distances.
///
/// Wang et al., arXiv 2602.02928. Their values are not published; ours make both as large as the squared distance from the
/// data of the least noisy examples of training, so that neither loss is ruled by a few of them.
public struct MarchingConstants: Sendable, Hashable {
    /// c0 > 0, added to squared distances in directions and in the distance that is learned: u* = sqrt(d² + c0).
    public let softening: Double
    /// ε > 0, added to squared distances in the weight of the one-step loss.
    public let epsilon: Double

    /// Given constants; `epsilon` is `softening` by default.
    public init(softening: Double, epsilon: Double? = nil) {
        let epsilon = epsilon ?? softening
        demand(
            softening > 0 && epsilon > 0 && softening.isFinite && epsilon.isFinite,
            "c0 and ε are positive numbers, unlike \(softening) and \(epsilon)")
        (self.softening, self.epsilon) = (softening, epsilon)
    }

    /// Our default: c0 = ε = (1 - t99)² E|e - y|², with the 99th percentile t99 of the times of training.
    ///
    /// - Parameters:
    ///   - noiseDistance: sqrt(E|e - y|²), the distance of noise from data.
    ///   - times: The times of training.
    public init(noiseDistance: Double, times: some TimeDistribution) {
        let scale = (1 - times.quantile(0.99)) * noiseDistance
        self.init(softening: scale * scale)
    }

    /// sqrt(c0): the least distance that an exact model tells, on a data point.
    public var floor: Double { softening.squareRoot() }
}
