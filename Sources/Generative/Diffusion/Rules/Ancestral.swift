internal import Foundation
public import Torch

/// Ancestral sampling of DDPM: a draw from the Gaussian of a less noisy position given this one and the estimated data.
///
///     x' = (α / α') (σ' / σ)² x + α' (v / σ²) E[y | x] + sqrt(V) z,    v = σ² - (σ' α / α')²
///
/// Ho et al., arXiv 2006.11239, equations 6 and 7 and algorithm 2, written for any shares of data and noise.
public struct AncestralSampling: StepRule, Hashable {
    /// Choice of the variance V of a step.
    public enum Variance: String, Sendable, Hashable, CaseIterable {
        /// v (σ' / σ)², which is right for data at a point; the mean and the spread are then those of ``DDIM`` with η = 1.
        case small
        /// v, which is β of the table for neighbouring indices: right for standard normal data.
        case large
        /// Between the two, where the model says (``Estimate/varianceShare``).
        case learned
    }

    /// Choice of the variance.
    public let variance: Variance
    /// Noise also in a last step that leads to the data.
    public let drawsInLastStep: Bool

    /// A rule.
    ///
    /// - Parameters:
    ///   - variance: Choice of the variance; small by default.
    ///   - drawsInLastStep: Large variance also in a last step that leads to the data. By default not, as in the paper;
    ///     diffusers does so unless the grid holds index 0.
    public init(_ variance: Variance = .small, drawingInLastStep drawsInLastStep: Bool = false) {
        self.variance = variance
        self.drawsInLastStep = drawsInLastStep
    }

    /// 1.
    public var order: Int { 1 }

    /// True.
    public var isStochastic: Bool { true }

    /// Such as "DDPM, large variance".
    public var description: String { "DDPM, \(variance.rawValue) variance" }

    /// Positions at the end of a step.
    public func step(
        _ x: Tensor, _ place: StepPlace, _ memory: inout Void, estimate: (Tensor, NoiseLevel) -> Estimate,
        noise: () -> Tensor
    ) -> Tensor {
        let (from, to) = (place.step.from, place.step.to)
        let known = estimate(x, from)
        let above = from.variance(above: to)
        let total = from.sigma * from.sigma
        let kept = to.sigma * to.sigma / total
        let mean = x * (from.alpha / to.alpha * kept) + known.data * (to.alpha * above / total)
        let (small, large) = (above * kept, above)
        if to.sigma == 0 && !(variance == .large && drawsInLastStep) { return mean }
        switch variance {
        case .small: return mean + noise() * small.squareRoot()
        case .large: return mean + noise() * large.squareRoot()
        case .learned:
            guard let share = known.varianceShare else {
                fatalError("Generative: learned variances need a model that predicts them; choose small or large")
            }
            let deviation = ((share * (log(large) - log(small)) + log(small)) * 0.5).exp()
            return mean + noise() * deviation
        }
    }
}
