public import Torch

/// A path from noise e to data y along which positions are x_t = α(t) y + σ(t) e.
///
/// Time runs from 0 (noise) to 1 (data).
public protocol AffinePath: Sendable {
    /// α, σ and their derivatives.
    ///
    /// - Parameter time: Times in [0, 1], one per example [B].
    /// - Returns: Four numbers per example.
    func coefficients(at time: Tensor) -> PathCoefficients
}

/// The coefficients of an ``AffinePath`` at a time for each example.
public struct PathCoefficients: Sendable {
    /// α(t), the share of the data [B].
    public let alpha: Tensor
    /// σ(t), the share of the noise [B].
    public let sigma: Tensor
    /// dα/dt [B].
    public let alphaRate: Tensor
    /// dσ/dt [B].
    public let sigmaRate: Tensor

    /// Coefficients, [B] each.
    public init(alpha: Tensor, sigma: Tensor, alphaRate: Tensor, sigmaRate: Tensor) {
        self.alpha = alpha
        self.sigma = sigma
        self.alphaRate = alphaRate
        self.sigmaRate = sigmaRate
    }
}

extension AffinePath {
    /// Positions α(t) y + σ(t) e, shaped like the data y and the noise e [B, ...], at the times [B].
    public func position(of data: Tensor, noise: Tensor, at time: Tensor) -> Tensor {
        let at = coefficients(at: time)
        return at.alpha.alongBatch(of: data) * data + at.sigma.alongBatch(of: noise) * noise
    }

    /// Velocities α'(t) y + σ'(t) e of single positions, shaped like the data y and the noise e [B, ...].
    ///
    /// Their mean given the position is the velocity that carries the marginals (Lipman et al., arXiv 2210.02747,
    /// equation 8).
    public func velocity(of data: Tensor, noise: Tensor, at time: Tensor) -> Tensor {
        let at = coefficients(at: time)
        return at.alphaRate.alongBatch(of: data) * data + at.sigmaRate.alongBatch(of: noise) * noise
    }
}

/// The straight path: α = t, σ = 1 - t.
///
/// The conditional optimal-transport path of Lipman et al., arXiv 2210.02747, section 4.1 (with σ_min = 0), and
/// rectified flow (Liu et al., arXiv 2209.03003).
public struct LinearPath: AffinePath {
    /// The path; it has no parameters.
    public init() {}

    /// t, 1 - t, 1 and -1.
    public func coefficients(at time: Tensor) -> PathCoefficients {
        let one = time.onesLike()
        return PathCoefficients(alpha: time, sigma: 1 - time, alphaRate: one, sigmaRate: -one)
    }
}

/// The path along a quarter circle, which keeps unit variance: α = sin(π t / 2), σ = cos(π t / 2).
///
/// "GVP" in Ma et al., arXiv 2401.08740; Albergo and Vanden-Eijnden, arXiv 2209.15571.
public struct TrigonometricPath: AffinePath {
    /// The path; it has no parameters.
    public init() {}

    /// Sine and cosine of π t / 2, and their derivatives.
    public func coefficients(at time: Tensor) -> PathCoefficients {
        let speed = Double.pi / 2
        let (sine, cosine) = ((time * speed).sin(), (time * speed).cos())
        return PathCoefficients(alpha: sine, sigma: cosine, alphaRate: cosine * speed, sigmaRate: -(sine * speed))
    }
}
