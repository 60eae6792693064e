public import Torch

/// The coefficients of an ``AffinePath`` at a time for each example.
public struct PathCoefficients: Sendable {
    /// α(t), the share of the data [B].
    public let alpha: Tensor
    /// σ(t), the share of the noise [B].
    public let sigma: Tensor
    /// dα/dt [B].
    public let alphaRate: Tensor
    /// dσ/dt [B]; infinite at the data where the noise vanishes like a root, as on variance-preserving paths.
    public let sigmaRate: Tensor
    /// σ dσ/dt, half the rate of the noise's variance [B], finite also where dσ/dt is not.
    ///
    /// The velocity of the marginals, α' E[y | x] - σ σ' ∇ log ρ(x), needs it instead of dσ/dt.
    public let halfVarianceRate: Tensor

    /// Coefficients, [B] each.
    ///
    /// - Parameters:
    ///   - alpha: α.
    ///   - sigma: σ.
    ///   - alphaRate: dα/dt.
    ///   - sigmaRate: dσ/dt.
    ///   - halfVarianceRate: σ dσ/dt; to be given by paths on which dσ/dt is infinite somewhere. By default the product.
    public init(
        alpha: Tensor, sigma: Tensor, alphaRate: Tensor, sigmaRate: Tensor, halfVarianceRate: Tensor? = nil
    ) {
        self.alpha = alpha
        self.sigma = sigma
        self.alphaRate = alphaRate
        self.sigmaRate = sigmaRate
        self.halfVarianceRate = halfVarianceRate ?? sigma * sigmaRate
    }
}
