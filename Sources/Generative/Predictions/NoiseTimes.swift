internal import Foundation
internal import Torch

/// The times of the indices of a ``NoiseTable``, each as likely as the others: what diffusion models are trained with.
///
/// As a law of a number it has no density; ``density(at:)`` is 1, that of equal cells about the indices.
public struct TableTimes: TimeDistribution, Hashable {
    /// T, the number of indices.
    public let count: Int

    /// The times 1 - i / (T - 1) of a table of T >= 2 indices.
    public init(count: Int) {
        demand(count >= 2, "a table of noise has at least two entries, not \(count)")
        self.count = count
    }

    /// The time of the index that holds a share of the times below it.
    public func quantile(_ share: Double) -> Double {
        let place = min(Int(share * Double(count)), count - 1)
        return Double(place) / Double(count - 1)
    }

    /// 1.
    public func density(at time: Double) -> Double { 1 }
}

/// Times that are denser near the noise or near the data: a uniform u becomes u / (u + shift (1 - u)).
///
/// Esser et al., arXiv 2403.03206, equation 23: more noise for larger images.
public struct ShiftedTimes: TimeDistribution, Hashable {
    /// Above 1 more times near the noise, below 1 near the data.
    public let shift: Double

    /// Times with a shift > 0.
    public init(by shift: Double) {
        demand(shift > 0 && shift.isFinite, "a shift of times is positive, unlike \(shift)")
        self.shift = shift
    }

    /// The shifted share.
    public func quantile(_ share: Double) -> Double { share / (share + shift * (1 - share)) }

    /// The derivative of the inverse.
    public func density(at time: Double) -> Double {
        guard (0...1).contains(time) else { return 0 }
        let scale = 1 + (shift - 1) * time
        return shift / (scale * scale)
    }
}

/// Times of a ``KarrasPath`` whose noise is log-normal, ln σ ~ N(mean, deviation²), cut off at the path's ends.
///
/// Karras et al., arXiv 2206.00364, table 1: mean -1.2 and deviation 1.2 for images in [-1, 1].
public struct LogNormalNoise: TimeDistribution, Hashable {
    /// Mean of ln σ.
    public let mean: Double
    /// Standard deviation of ln σ.
    public let deviation: Double
    /// The path.
    public let path: KarrasPath

    /// Times with a mean and a deviation > 0 of ln σ along a path.
    public init(mean: Double = -1.2, deviation: Double = 1.2, along path: KarrasPath = KarrasPath()) {
        demand(mean.isFinite && deviation > 0 && deviation.isFinite, "the deviation of ln σ is a positive number")
        self.mean = mean
        self.deviation = deviation
        self.path = path
    }

    private func share(below sigma: Double) -> Double { erfc((mean - log(sigma)) / (deviation * 2.0.squareRoot())) / 2 }

    /// The time of a quantile of σ; times rise where σ falls.
    public func quantile(_ share: Double) -> Double {
        let (low, high) = (self.share(below: path.lowest), self.share(below: path.highest))
        let wanted = min(max(low + (1 - share) * (high - low), 1e-300), 1 - 0x1p-53)
        let sigma = exp(mean + deviation * normalQuantile(wanted))
        let (start, end) = (pow(path.highest, 1 / path.rho), pow(path.lowest, 1 / path.rho))
        return min(max((pow(sigma, 1 / path.rho) - start) / (end - start), 0), 1)
    }

    /// The normal density of ln σ, times |d ln σ / dt|.
    public func density(at time: Double) -> Double {
        guard (0...1).contains(time) else { return 0 }
        let (start, end) = (pow(path.highest, 1 / path.rho), pow(path.lowest, 1 / path.rho))
        let root = start + time * (end - start)
        let z = (path.rho * log(root) - mean) / deviation
        let whole = share(below: path.highest) - share(below: path.lowest)
        let normal = exp(-z * z / 2) / (deviation * (2 * Double.pi).squareRoot())
        return normal * path.rho * (start - end) / root / whole
    }
}

/// Times in proportion to any function, for importance sampling: constant density on each of many small cells.
public struct TabulatedTimes: TimeDistribution, Hashable {
    private let interval: ClosedRange<Double>
    /// Share of the times before each cell, and 1.
    private let shares: [Double]

    /// Times of an interval within [0, 1], as likely as a function says that is not negative and not 0 throughout.
    ///
    /// - Parameters:
    ///   - interval: The interval.
    ///   - cells: Number of cells, 4096 by default.
    ///   - density: The function, asked at the middle of each cell; it need not integrate to 1.
    public init(
        over interval: ClosedRange<Double> = 0...1, cells: Int = 4096, inProportionTo density: ([Double]) -> [Double]
    ) {
        demand(
            interval.lowerBound >= 0 && interval.upperBound <= 1 && interval.lowerBound < interval.upperBound,
            "\(interval) is not a stretch of time within [0, 1]")
        let length = interval.upperBound - interval.lowerBound
        let values = density((0..<cells).map { interval.lowerBound + length * (Double($0) + 0.5) / Double(cells) })
        demand(values.count == cells && values.allSatisfy { $0 >= 0 && $0.isFinite }, "a density is not negative")
        let total = values.reduce(0, +)
        demand(total > 0, "a density is not 0 everywhere")
        var sum = 0.0
        self.interval = interval
        shares =
            [0]
            + values.map { value in
                sum += value / total
                return sum
            }
    }

    private var length: Double { interval.upperBound - interval.lowerBound }

    /// The end of a share of the times.
    public func quantile(_ share: Double) -> Double {
        var (low, high) = (0, shares.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if shares[middle] <= share { low = middle } else { high = middle }
        }
        let part = min(max((share - shares[low]) / (shares[high] - shares[low]), 0), 1)
        return interval.lowerBound + length * (Double(low) + part) / Double(shares.count - 1)
    }

    /// The density of the cell; 0 outside of the interval.
    public func density(at time: Double) -> Double {
        guard interval.contains(time) else { return 0 }
        let cells = shares.count - 1
        let cell = min(Int((time - interval.lowerBound) / length * Double(cells)), cells - 1)
        return (shares[cell + 1] - shares[cell]) * Double(cells) / length
    }

    /// Times in proportion to d log(α²/σ²) / dt, with which an unweighted loss of noise is that of the likelihood.
    ///
    /// Song et al., arXiv 2101.09258, section 4.2: the likelihood's weight of a loss of noise is half of this rate.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - interval: Times within which the rate is finite; [1e-3, 1 - 1e-3] by default.
    public static func likelihood(
        along path: some AffinePath, over interval: ClosedRange<Double> = 1e-3...(1 - 1e-3)
    ) -> TabulatedTimes {
        TabulatedTimes(over: interval) { times in
            let at = path.coefficients(at: Tensor(times))
            let rate = at.alphaRate / at.alpha - at.halfVarianceRate / at.sigma.square()
            return rate.scalars(as: Double.self)
        }
    }
}
