internal import Foundation
public import Torch

/// A distribution of the times in [0, 1] at which a model is trained, by its quantiles.
public protocol TimeDistribution: Sendable {
    /// The time below which a share of all times lies.
    ///
    /// - Parameter share: A number in (0, 1).
    /// - Returns: A time in [0, 1], which rises with the share.
    func quantile(_ share: Double) -> Double

    /// The density at a time in (0, 1), which integrates to 1.
    func density(at time: Double) -> Double
}

extension TimeDistribution {
    /// Times for the examples of a batch.
    ///
    /// Stratified, example i takes the quantile of (p(i) + u) / B with a random permutation p and a number u in [0, 1)
    /// that the batch shares: each time is distributed as before, and a batch covers the distribution evenly, which lowers
    /// the variance of its loss (as in Kingma et al., arXiv 2107.00630, appendix I.1).
    ///
    /// - Parameters:
    ///   - count: B.
    ///   - stratified: One time from each of B equally likely intervals; independent times by default.
    ///   - source: Randomness; the times are on its device.
    ///   - dtype: Type of the times, float32 by default.
    /// - Returns: Times [B].
    public func sample(
        _ count: Int, stratified: Bool = false, using source: RandomSource, dtype: DType = .float32
    ) -> Tensor {
        var shares = Tensor.rand([stratified ? 1 : count], using: source, dtype: .float64)
        if stratified {
            let order = Tensor.randperm(count, using: source).to(.float64)
            shares = (order + shares) / Double(max(count, 1))
        }
        let times = shares.scalars(as: Double.self).map { quantile(min(max($0, 0x1p-54), 1 - 0x1p-53)) }
        return Tensor(times).to(dtype).to(source.device)
    }
}

/// All times of an interval alike.
public struct UniformTimes: TimeDistribution, Hashable {
    /// The interval, within [0, 1].
    public let interval: ClosedRange<Double>

    /// Times of an interval within [0, 1]; all times by default.
    public init(over interval: ClosedRange<Double> = 0...1) {
        demand(
            interval.lowerBound >= 0 && interval.upperBound <= 1 && interval.lowerBound < interval.upperBound,
            "\(interval) is not a stretch of time within [0, 1]")
        self.interval = interval
    }

    private var length: Double { interval.upperBound - interval.lowerBound }

    /// The end of a share of the interval.
    public func quantile(_ share: Double) -> Double { interval.lowerBound + length * share }

    /// 1 / length within the interval, 0 outside.
    public func density(at time: Double) -> Double { interval.contains(time) ? 1 / length : 0 }
}

/// Times whose logit is normal: log(t / (1 - t)) ~ N(mean, deviation²).
///
/// Esser et al., arXiv 2403.03206, section 3.1. A mean above 0 puts more times near the data. The noise levels of EDM,
/// log σ ~ N(-1.2, 1.2²), with t = 1 / (1 + σ) are mean 1.2 and deviation 1.2.
public struct LogitNormalTimes: TimeDistribution, Hashable {
    /// Mean of the logit.
    public let mean: Double
    /// Standard deviation of the logit, above 0.
    public let deviation: Double

    /// Times whose logit has this mean and standard deviation; 0 and 1 by default.
    public init(mean: Double = 0, deviation: Double = 1) {
        demand(mean.isFinite && deviation > 0 && deviation.isFinite, "the deviation of a logit is a positive number")
        self.mean = mean
        self.deviation = deviation
    }

    /// The sigmoid of the normal quantile.
    public func quantile(_ share: Double) -> Double { 1 / (1 + exp(-mean - deviation * normalQuantile(share))) }

    /// The normal density of the logit, divided by t (1 - t); 0 at the ends.
    public func density(at time: Double) -> Double {
        guard time > 0 && time < 1 else { return 0 }
        let z = (log(time) - log1p(-time) - mean) / deviation
        return exp(-z * z / 2) / (deviation * (2 * Double.pi).squareRoot() * time * (1 - time))
    }
}

extension TimeDistribution where Self == UniformTimes {
    /// All times alike.
    public static var uniform: UniformTimes { UniformTimes() }
}

extension TimeDistribution where Self == LogitNormalTimes {
    /// Times whose logit is normal.
    public static func logitNormal(mean: Double = 0, deviation: Double = 1) -> LogitNormalTimes {
        LogitNormalTimes(mean: mean, deviation: deviation)
    }
}
