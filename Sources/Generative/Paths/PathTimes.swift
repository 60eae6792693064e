internal import Foundation
internal import Torch

/// The inverse of a path's noise: the time at which σ / α has a value.
///
/// A sampler's level need not be one of the model's path: data and noise at a position are the same whatever scales both, so a
/// model of any path can be asked about any level whose ratio of noise to data its path passes.
public struct PathTimes: Sendable {
    private let path: AnyPath
    private let times: [Double]
    /// σ / (α + σ) at these times, which falls from noise to data and is finite everywhere.
    private let shares: [Double]

    /// The inverse of a path, whose ratio of noise to data falls.
    public init(of path: some AffinePath) {
        self.path = AnyPath(path)
        times = (0...2048).map { Double($0) / 2048 }
        let at = path.coefficients(at: Tensor(times))
        shares = (at.sigma / (at.alpha + at.sigma)).scalars(as: Double.self)
        demand(
            shares.allSatisfy(\.isFinite) && zip(shares, shares.dropFirst()).allSatisfy { $0 > $1 },
            "the share of noise falls strictly along a path from t = 0 to t = 1")
    }

    /// The level of the path at a time in [0, 1].
    public func level(at time: Double) -> NoiseLevel {
        let at = path.coefficients(at: Tensor([time]))
        return NoiseLevel(alpha: max(at.alpha.item(), 0), sigma: max(at.sigma.item(), 0), time: time)
    }

    /// The level of the path with the ratio σ / α of another one.
    ///
    /// - Parameter level: Any level. Beyond the ends of the path the end is the answer. Its time is taken at once if the path
    ///   has the ratio there.
    public func level(like level: NoiseLevel) -> NoiseLevel {
        let wanted = level.sigma / (level.alpha + level.sigma)
        if (0...1).contains(level.time) {
            let own = self.level(at: level.time)
            let share = own.sigma / (own.alpha + own.sigma)
            if abs(share - wanted) <= 1e-12 * min(wanted, 1 - wanted) + 1e-15 { return own }
        }
        return self.level(at: time(ofShare: wanted))
    }

    private func time(ofShare wanted: Double) -> Double {
        if wanted >= shares[0] { return 0 }
        if wanted <= shares[shares.count - 1] { return 1 }
        // Between its neighbours in the list, the share of noise is nearly linear: false positions, kept within bounds.
        let above = shares.firstIndex { $0 <= wanted } ?? shares.count - 1
        var (low, high) = ((times[above - 1], shares[above - 1]), (times[above], shares[above]))
        for _ in 0..<60 {
            let part = (low.1 - wanted) / (low.1 - high.1)
            let time = low.0 + (high.0 - low.0) * min(max(part, 0.01), 0.99)
            let own = level(at: time)
            let share = own.sigma / (own.alpha + own.sigma)
            if abs(share - wanted) <= 1e-13 * wanted || high.0 - low.0 < 1e-15 { return time }
            if share > wanted { low = (time, share) } else { high = (time, share) }
        }
        return high.0
    }
}
