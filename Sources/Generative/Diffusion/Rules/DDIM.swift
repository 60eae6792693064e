internal import Foundation
public import Torch

/// Denoising diffusion implicit models, from the ODE (η = 0) to ancestral sampling (η = 1).
///
///     s = η (σ' / σ) sqrt(σ² - (σ' α / α')²),    x' = α' E[y | x] + sqrt(σ'² - s²) E[e | x] + s z
///
/// Song et al., arXiv 2010.02502, equations 12 and 16, written for any shares of data and noise. At η = 0 this is Euler's
/// method in the variable σ / α; at η = 1 and α = 1 it is the ancestral sampler of k-diffusion.
public struct DDIM: StepRule, Hashable {
    /// η in [0, 1].
    public let eta: Double

    /// A rule with η in [0, 1]; 0, which draws nothing, by default.
    public init(eta: Double = 0) {
        demand((0...1).contains(eta), "η lies in [0, 1], unlike \(eta)")
        self.eta = eta
    }

    /// 1.
    public var order: Int { 1 }

    /// True where η is not 0.
    public var isStochastic: Bool { eta > 0 }

    /// Such as "DDIM, eta 0.5".
    public var description: String { eta == 0 ? "DDIM" : "DDIM, eta \(eta)" }

    /// Positions at the end of a step.
    public func step(
        _ x: Tensor, _ place: StepPlace, _ memory: inout Void, estimate: (Tensor, NoiseLevel) -> Estimate,
        noise: () -> Tensor
    ) -> Tensor {
        let (from, to) = (place.step.from, place.step.to)
        let known = estimate(x, from)
        let drawn = eta * to.sigma / from.sigma * from.variance(above: to).squareRoot()
        let kept = max(to.sigma * to.sigma - drawn * drawn, 0).squareRoot()
        let end = known.data * to.alpha + known.noise * kept
        return drawn > 0 ? end + noise() * drawn : end
    }
}

extension NoiseLevel {
    /// σ² - (σ' α / α')²: the variance of this level given a position at one of less noise.
    func variance(above other: NoiseLevel) -> Double {
        let share = alpha / other.alpha * other.sigma
        return max(sigma * sigma - share * share, 0)
    }
}
