internal import Foundation
internal import Torch

/// The levels of noise that a sampler passes, from noise to data.
///
///     let edm = NoiseGrid.karras(steps: 18)
///     let ddim = NoiseTable.linear().grid(steps: 50, spacing: .trailing)
///     let flow = NoiseGrid(along: LinearPath(), over: .uniform(steps: 20))
public struct NoiseGrid: Sendable, Hashable {
    /// The steps in order.
    public let steps: [NoiseStep]

    /// Steps whose noise falls.
    ///
    /// - Parameter steps: At least one. A step usually begins where the one before ended; tables read with a stride that does
    ///   not fit, as DDIM's in diffusers, are the exception.
    public init(steps: [NoiseStep]) {
        demand(!steps.isEmpty, "a grid of noise levels has at least one step")
        for step in steps {
            demand(
                step.from.sigma > 0 && step.from.ratio > step.to.ratio,
                "noise falls along a grid, unlike from α = \(step.from.alpha), σ = \(step.from.sigma) to "
                    + "α = \(step.to.alpha), σ = \(step.to.sigma)")
        }
        self.steps = steps
    }

    /// Steps from each level to the next.
    ///
    /// - Parameter levels: At least two, with falling noise.
    public init(_ levels: [NoiseLevel]) {
        demand(levels.count >= 2, "a grid of noise levels has at least two levels, not \(levels.count)")
        self.init(steps: zip(levels, levels.dropFirst()).map { NoiseStep(from: $0, to: $1) })
    }

    /// The levels of a path at the times of a grid.
    ///
    /// - Parameters:
    ///   - path: The path.
    ///   - times: Rising times.
    public init(along path: some AffinePath, over times: TimeGrid) {
        let at = path.coefficients(at: Tensor(times.times))
        let (alpha, sigma) = (at.alpha.scalars(as: Double.self), at.sigma.scalars(as: Double.self))
        self.init(times.times.indices.map { NoiseLevel(alpha: alpha[$0], sigma: sigma[$0], time: times.times[$0]) })
    }

    /// EDM's levels: σ^(1/ρ) falls linearly from the highest to the lowest, then 0; α = 1, and times are σ.
    ///
    /// Karras et al., arXiv 2206.00364, equation 5.
    ///
    /// - Parameters:
    ///   - steps: N >= 1, the last of which leads to 0.
    ///   - lowest: σ before the last step, above 0; 0.002 by default.
    ///   - highest: σ of the start; 80 by default.
    ///   - rho: ρ, 7 by default.
    public static func karras(
        steps: Int, lowest: Double = 0.002, highest: Double = 80, rho: Double = 7
    ) -> NoiseGrid {
        NoiseGrid(
            karrasSigmas(steps, lowest, highest, rho).map { NoiseLevel(alpha: 1, sigma: $0, time: $0) } + [.data()])
    }

    /// N noise levels whose ρ-th roots fall linearly.
    static func karrasSigmas(_ steps: Int, _ lowest: Double, _ highest: Double, _ rho: Double) -> [Double] {
        demand(steps >= 1, "a grid of noise levels has at least one step, not \(steps)")
        demand(
            lowest > 0 && highest >= lowest && rho >= 1, "noise levels fall from \(highest) to \(lowest) > 0, ρ >= 1")
        let (start, end) = (pow(highest, 1 / rho), pow(lowest, 1 / rho))
        return (0..<steps).map { step in
            steps == 1 ? highest : pow(start + Double(step) / Double(steps - 1) * (end - start), rho)
        }
    }

    /// Number of steps.
    public var count: Int { steps.count }

    /// The level of the start.
    public var start: NoiseLevel { steps[0].from }

    /// The level of the samples.
    public var end: NoiseLevel { steps[steps.count - 1].to }

    /// The same levels with data of their own scale, α = 1: samplers that keep x = y + σ e run there.
    public var unscaled: NoiseGrid {
        NoiseGrid(steps: steps.map { NoiseStep(from: $0.from.unscaled, to: $0.to.unscaled) })
    }
}

extension NoiseGrid {
    /// Levels whose logarithm of σ / α falls linearly, then the data; α = 1, and times are σ.
    ///
    /// - Parameters:
    ///   - steps: N >= 1, the last of which leads to 0.
    ///   - lowest: σ before the last step, above 0.
    ///   - highest: σ of the start.
    public static func logUniform(steps: Int, lowest: Double, highest: Double) -> NoiseGrid {
        demand(steps >= 1 && lowest > 0 && highest >= lowest, "noise levels fall from \(highest) to \(lowest) > 0")
        let fall = log(lowest / highest)
        let sigmas = (0..<steps).map { steps == 1 ? highest : highest * exp(fall * Double($0) / Double(steps - 1)) }
        return NoiseGrid(sigmas.map { NoiseLevel(alpha: 1, sigma: $0, time: $0) } + [.data()])
    }

    /// The same levels with other times.
    public func retimed(_ time: (NoiseLevel) -> Double) -> NoiseGrid {
        func changed(_ level: NoiseLevel) -> NoiseLevel {
            NoiseLevel(alpha: level.alpha, sigma: level.sigma, time: time(level))
        }
        return NoiseGrid(steps: steps.map { NoiseStep(from: changed($0.from), to: changed($0.to)) })
    }
}
