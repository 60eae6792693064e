public import Torch

/// A path from noise e to data y along which positions are x_t = α(t) y + σ(t) e.
///
/// Time runs from 0 (noise) to 1 (data). The share of the data grows against that of the noise: α/σ rises.
public protocol AffinePath: Sendable {
    /// α, σ and their derivatives.
    ///
    /// - Parameter time: Times in [0, 1], one per example [B].
    /// - Returns: Five numbers per example.
    func coefficients(at time: Tensor) -> PathCoefficients
}

extension AffinePath {
    /// Positions α(t) y + σ(t) e, shaped and typed like the data y [B, ...], at the times [B].
    public func position(of data: Tensor, noise: Tensor, at time: Tensor) -> Tensor {
        let at = coefficients(at: time)
        return at.alpha.factor(of: data) * data + at.sigma.factor(of: data) * noise
    }

    /// Velocities α'(t) y + σ'(t) e of single positions, shaped and typed like the data y [B, ...].
    ///
    /// Their mean given the position is the velocity that carries the marginals (Lipman et al., arXiv 2210.02747,
    /// equation 8). Not finite at an end of a path where σ' is not.
    public func velocity(of data: Tensor, noise: Tensor, at time: Tensor) -> Tensor {
        let at = coefficients(at: time)
        return at.alphaRate.factor(of: data) * data + at.sigmaRate.factor(of: data) * noise
    }
}

extension Tensor {
    /// These numbers [B] as factors of the examples of a batch, in its dtype.
    func factor(of batch: Tensor) -> Tensor { alongBatch(of: batch).to(batch.dtype) }
}
