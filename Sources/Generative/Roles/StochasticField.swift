public import Torch

/// Drift and diffusion of a stochastic differential equation dx = f(x, t) dt + g(t) dW, in the sense of Itô.
///
/// Time runs from 0 (noise) to 1 (data). With drift v + g²/2 ∇ log ρ the marginals are those of the vector field v,
/// whatever g is (Song et al., arXiv 2011.13456, appendix D.1; Albergo et al., arXiv 2303.08797).
public protocol StochasticField: Conditional {
    // Restated in every role, or it is not inferred from the method below.
    associatedtype Condition

    /// Mean velocities.
    ///
    /// - Parameters:
    ///   - x: Positions [B, ...].
    ///   - time: Times in [0, 1], one per example [B].
    ///   - condition: Condition of each sample, such as its class.
    /// - Returns: Drifts f, shaped like `x`.
    func drift(at x: Tensor, time: Tensor, given condition: Condition) -> Tensor

    /// Standard deviation of the noise per root of time.
    ///
    /// - Parameter time: Times in [0, 1], one per example [B].
    /// - Returns: Diffusions g >= 0 [B].
    func diffusion(at time: Tensor) -> Tensor
}
