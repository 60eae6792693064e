internal import Foundation
public import Torch

/// The family of stochastic equations with the marginals of a velocity field along a path from normal noise.
///
///     dx = (v + g²/2 ∇ log ρ) dt + g dW,    g² = noise² · 2 (σ² min(α'/α, 10) - σ σ')
///
/// Song et al., arXiv 2011.13456, appendix D.1; Albergo et al., arXiv 2303.08797. The score ∇ log ρ follows from the velocity. Any
/// g >= 0 has the same marginals. At `noise` 1 it is the reversal of the path's own forward equation, whose rate of noise, infinite
/// where α = 0, is bounded there; at 0 the probability-flow ODE.
public struct ModelDiffusion<Field: VectorField, Path: AffinePath>: StochasticField {
    /// Condition of the field.
    public typealias Condition = Field.Condition

    /// The velocity.
    public let field: Field
    /// Its path.
    public let path: Path
    /// Level of noise: 0 is the ODE, 1 the reversed forward equation.
    public let noise: Double

    /// An equation from a velocity, its path and a level of noise >= 0.
    public init(of field: Field, along path: Path, noise: Double = 1) {
        demand(noise >= 0 && noise.isFinite, "a level of noise is not negative, unlike \(noise)")
        self.field = field
        self.path = path
        self.noise = noise
    }

    /// v + g²/2 ∇ log ρ, shaped like `x` [B, ...], at the times [B].
    public func drift(at x: Tensor, time: Tensor, given condition: Condition) -> Tensor {
        let velocity = field.velocity(at: x, time: time, given: condition)
        guard noise > 0 else { return velocity }
        let score = Prediction.velocity.convert(velocity, to: .score, at: x, time: time, along: path)
        return velocity + (variance(at: time) * 0.5).factor(of: x) * score
    }

    /// g for each of the times [B].
    public func diffusion(at time: Tensor) -> Tensor { variance(at: time).sqrt() }

    private func variance(at time: Tensor) -> Tensor {
        let at = path.coefficients(at: time)
        let growth = (at.alphaRate / at.alpha.clamp(1e-12...)).clamp(...10.0)
        return (at.sigma.square() * growth - at.halfVarianceRate).clamp(0...) * (2 * noise * noise)
    }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Field.select(indices, from: condition)
    }
}

extension ModelDiffusion: Sendable where Field: Sendable {}
