internal import Foundation
public import Torch

/// The variance-exploding path: data keep their scale, α = 1, and the noise falls geometrically, σ = a (b / a)^(1 - t).
///
/// Song and Ermon, arXiv 1907.05600; Song et al., arXiv 2011.13456, equation 31. σ(1) = a is not 0: a sampler that follows it
/// to the end leaves that much noise.
public struct VarianceExplodingPath: AffinePath, Hashable {
    /// a, σ at the data.
    public let lowest: Double
    /// b, σ at the noise.
    public let highest: Double

    /// A path.
    ///
    /// - Parameters:
    ///   - lowest: a > 0, 0.01 by default.
    ///   - highest: b > a, 50 by default (the release's value for CIFAR-10).
    public init(lowest: Double = 0.01, highest: Double = 50) {
        demand(
            lowest > 0 && highest > lowest && highest.isFinite,
            "noise levels fall from b to a > 0, unlike \(highest) and \(lowest)")
        self.lowest = lowest
        self.highest = highest
    }

    /// 1, σ, 0 and dσ/dt = -σ log(b / a).
    public func coefficients(at time: Tensor) -> PathCoefficients {
        let decay = log(highest / lowest)
        let sigma = ((1 - time) * decay).exp() * lowest
        return PathCoefficients(
            alpha: time.onesLike(), sigma: sigma, alphaRate: time.zerosLike(), sigmaRate: sigma * -decay)
    }
}

/// EDM's path: α = 1 and σ between its ends so that steps of equal time are Karras steps, σ^(1/ρ) linear in t.
///
/// Karras et al., arXiv 2206.00364, equation 5. σ(1) is its lowest noise, not 0.
public struct KarrasPath: AffinePath, Hashable {
    /// σ at the data.
    public let lowest: Double
    /// σ at the noise.
    public let highest: Double
    /// ρ: the larger, the shorter are the steps near the data.
    public let rho: Double

    /// A path.
    ///
    /// - Parameters:
    ///   - lowest: σ at the data, above 0; 0.002 by default.
    ///   - highest: σ at the noise, above `lowest`; 80 by default.
    ///   - rho: ρ >= 1, 7 by default.
    public init(lowest: Double = 0.002, highest: Double = 80, rho: Double = 7) {
        demand(
            lowest > 0 && highest > lowest && highest.isFinite && rho >= 1 && rho.isFinite,
            "noise levels fall from \(highest) to \(lowest) > 0 with ρ >= 1, unlike \(rho)")
        self.lowest = lowest
        self.highest = highest
        self.rho = rho
    }

    /// 1, σ, 0 and dσ/dt.
    public func coefficients(at time: Tensor) -> PathCoefficients {
        let (start, end) = (pow(highest, 1 / rho), pow(lowest, 1 / rho))
        let root = time * (end - start) + start
        return PathCoefficients(
            alpha: time.onesLike(), sigma: root.pow(rho), alphaRate: time.zerosLike(),
            sigmaRate: root.pow(rho - 1) * (rho * (end - start)))
    }
}
