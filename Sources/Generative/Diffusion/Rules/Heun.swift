internal import Foundation
public import Torch

/// EDM's sampler: Heun's method in the noise level σ / α, with optional churn, noise added before each step.
///
/// Karras et al., arXiv 2206.00364, algorithms 1 and 2. A step that leads to the data takes one evaluation, others two.
public struct EDMHeun: StepRule, Hashable {
    /// Noise that is added before steps.
    public struct Churn: Sendable, Hashable {
        /// S_churn: added noise in all, N γ; a step adds at most a factor of sqrt(2).
        public var amount: Double
        /// [S_min, S_max], noise levels at which it is added.
        public var range: ClosedRange<Double>
        /// S_noise, its standard deviation.
        public var deviation: Double

        /// Churn.
        ///
        /// - Parameters:
        ///   - amount: S_churn >= 0. The paper uses 40 for ImageNet-64 and none for its best CIFAR-10 models.
        ///   - range: [S_min, S_max]; all levels by default.
        ///   - deviation: S_noise, 1 by default; 1.003 to 1.007 in the paper.
        public init(amount: Double, range: ClosedRange<Double> = 0...Double.infinity, deviation: Double = 1) {
            demand(amount >= 0 && deviation > 0, "churn is not negative, and its deviation is positive")
            self.amount = amount
            self.range = range
            self.deviation = deviation
        }
    }

    /// Noise that is added before steps.
    public let churn: Churn?

    /// A rule; by default without churn, which draws nothing.
    public init(churn: Churn? = nil) { self.churn = churn }

    /// 2.
    public var order: Int { 2 }

    /// True with churn.
    public var isStochastic: Bool { (churn?.amount ?? 0) > 0 }

    /// Such as "EDM Heun, churn 40.0".
    public var description: String { churn.map { "EDM Heun, churn \($0.amount)" } ?? "EDM Heun" }

    /// Two per step, one for a step that leads to the data.
    public func evaluations(over grid: NoiseGrid) -> Int {
        grid.steps.reduce(0) { $0 + ($1.to.sigma > 0 ? 2 : 1) }
    }

    /// Positions at the end of a step.
    public func step(
        _ x: Tensor, _ place: StepPlace, _ memory: inout Void, estimate: (Tensor, NoiseLevel) -> Estimate,
        noise: () -> Tensor
    ) -> Tensor {
        let to = place.step.to
        let (start, from) = churned(x, place, noise)
        let length = to.ratio - from.ratio
        let position = start / from.alpha
        let slope = estimate(start, from).noise  // d(x / α) / d(σ / α)
        let tried = (position + slope * length) * to.alpha
        guard to.sigma > 0 else { return tried }
        let second = estimate(tried, to).noise
        return (position + (slope + second) * (length / 2)) * to.alpha
    }

    private func churned(_ x: Tensor, _ place: StepPlace, _ noise: () -> Tensor) -> (Tensor, NoiseLevel) {
        let level = place.step.from
        guard let churn, churn.range.contains(level.ratio) else { return (x, level) }
        let gamma = min(churn.amount / Double(place.count), 2.0.squareRoot() - 1)
        guard gamma > 0 else { return (x, level) }
        demand(level.alpha == 1, "churn needs a grid of data at their own scale: use NoiseGrid.unscaled")
        let raised = level.sigma * (1 + gamma)
        let added = (raised * raised - level.sigma * level.sigma).squareRoot() * churn.deviation
        return (x + noise() * added, NoiseLevel(alpha: 1, sigma: raised, time: raised))
    }
}
