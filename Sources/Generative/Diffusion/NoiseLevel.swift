internal import Foundation

/// A mixture of data and noise, x = α y + σ e, and the time by which a model knows it.
public struct NoiseLevel: Sendable, Hashable {
    /// α >= 0, the share of the data.
    public let alpha: Double
    /// σ >= 0, the share of the noise.
    public let sigma: Double
    /// Number that the model is told: a time in [0, 1] along a path, an index of a ``NoiseTable``, or σ for EDM.
    public let time: Double

    /// A level.
    ///
    /// - Parameters:
    ///   - alpha: α >= 0.
    ///   - sigma: σ >= 0; not both are 0.
    ///   - time: Number that the model is told.
    public init(alpha: Double, sigma: Double, time: Double) {
        demand(
            alpha >= 0 && sigma >= 0 && alpha + sigma > 0 && (alpha + sigma).isFinite,
            "a level has finite shares of data and noise, unlike \(alpha) and \(sigma)")
        self.alpha = alpha
        self.sigma = sigma
        self.time = time
    }

    /// The data themselves: α = 1, σ = 0.
    ///
    /// - Parameter time: Number that stands for it; no rule evaluates a model there.
    public static func data(time: Double = 0) -> NoiseLevel { NoiseLevel(alpha: 1, sigma: 0, time: time) }

    /// σ / α, the noise level of data that keep their scale; infinite for pure noise.
    public var ratio: Double { sigma / alpha }

    /// log(α / σ), half the logarithm of the signal-to-noise ratio.
    public var logRatio: Double { log(alpha / sigma) }

    /// The same level with data of their own scale: α = 1, σ / α.
    public var unscaled: NoiseLevel {
        demand(alpha > 0, "pure noise has no level in units of the data")
        return NoiseLevel(alpha: 1, sigma: ratio, time: time)
    }
}

/// One step of a sampler: from a level to one of less noise.
public struct NoiseStep: Sendable, Hashable {
    /// The level at which the step begins.
    public let from: NoiseLevel
    /// The level at which it ends.
    public let to: NoiseLevel

    /// A step.
    public init(from: NoiseLevel, to: NoiseLevel) {
        self.from = from
        self.to = to
    }
}
