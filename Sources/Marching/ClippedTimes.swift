public import Generative

/// A distribution of times whose tails are moved to the ends of an interval.
///
///     let skewed = ClippedTimes(.logitNormal(mean: 1.2, deviation: 1.2), to: 0.002...0.998)
///
/// That is the skewed law log σ ~ N(-1.2, 1.2²), t = 1 / (1 + σ), of EDM (Karras et al., arXiv 2206.00364, table 1), clipped.
public struct ClippedTimes<Base: TimeDistribution>: TimeDistribution {
    /// The distribution without ends.
    public let base: Base
    /// The interval, within [0, 1].
    public let interval: ClosedRange<Double>

    /// Times of `base`, those outside of the interval at its ends.
    public init(_ base: Base, to interval: ClosedRange<Double>) {
        demand(
            interval.lowerBound >= 0 && interval.upperBound <= 1 && interval.lowerBound < interval.upperBound,
            "\(interval) is not a stretch of time within [0, 1]")
        (self.base, self.interval) = (base, interval)
    }

    /// The time below which a share of all times lies.
    public func quantile(_ share: Double) -> Double {
        min(max(base.quantile(share), interval.lowerBound), interval.upperBound)
    }

    /// The density within the interval, beside which its ends have a mass of their own; 0 outside.
    public func density(at time: Double) -> Double { interval.contains(time) ? base.density(at: time) : 0 }
}
