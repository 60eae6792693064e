public import Torch

/// The velocity that carries noise to a ``GaussianMixture`` along a path: v = α' E[y | x] - σ σ' ∇ log ρ(x).
///
/// The limit of flow matching with unlimited data and capacity.
///
///     let field = MixtureVelocity(of: .ring(), along: LinearPath())
public struct MixtureVelocity<Path: AffinePath>: VectorField, Sendable {
    private let mixture: GaussianMixture
    private let path: Path

    /// The velocity field of data along a path.
    public init(of mixture: GaussianMixture, along path: Path) {
        self.mixture = mixture
        self.path = path
    }

    /// Velocities, shaped like `x` [B, ...], at the times [B].
    public func velocity(at x: Tensor, time: Tensor, given _: Void) -> Tensor {
        mixture.velocity(at: x, time: time, along: path, labels: nil)
    }
}

/// ``MixtureVelocity`` for each component: a class-conditional model with a label for "any".
public struct LabelledMixtureVelocity<Path: AffinePath>: VectorField, Sendable {
    private let mixture: GaussianMixture
    private let path: Path

    /// The velocity field of each class of data along a path.
    public init(of mixture: GaussianMixture, along path: Path) {
        self.mixture = mixture
        self.path = path
    }

    /// Velocities, shaped like `x` [B, ...], at the times [B], towards the components `labels` [B] in 0...K, K for any.
    public func velocity(at x: Tensor, time: Tensor, given labels: Tensor) -> Tensor {
        mixture.velocity(at: x, time: time, along: path, labels: labels)
    }
}

/// Stochastic equations that carry noise to a ``GaussianMixture`` with the marginals of ``MixtureVelocity``.
///
///     dx = (v + g²/2 ∇ log ρ) dt + g dW
///
/// for a constant g (Albergo et al., arXiv 2303.08797).
public struct MixtureDiffusion<Path: AffinePath>: StochasticField, Sendable {
    private let mixture: GaussianMixture
    private let path: Path
    private let noise: Double

    /// The equation with the diffusion g = `noise` >= 0; 0 is the probability-flow ODE.
    public init(of mixture: GaussianMixture, along path: Path, noise: Double) {
        demand(noise >= 0, "a diffusion is not negative")
        self.mixture = mixture
        self.path = path
        self.noise = noise
    }

    /// Drifts, shaped like `x` [B, ...], at the times [B].
    public func drift(at x: Tensor, time: Tensor, given _: Void) -> Tensor {
        let at = path.coefficients(at: time)
        let known = mixture.posterior(at: x, alpha: at.alpha, sigma: at.sigma)
        return known.velocity(at) + known.score * (noise * noise / 2)
    }

    /// g for each of the times [B].
    public func diffusion(at time: Tensor) -> Tensor { time.onesLike() * noise }
}

/// The denoiser of a ``GaussianMixture``: E[y | y + σ e = x].
public struct MixtureDenoiser: Denoiser, Sendable {
    private let mixture: GaussianMixture

    /// The denoiser of data.
    public init(of mixture: GaussianMixture) {
        self.mixture = mixture
    }

    /// Estimates, shaped like `x` [B, ...], at the noise levels [B].
    public func denoise(_ x: Tensor, sigma: Tensor, given _: Void) -> Tensor {
        mixture.posterior(at: x, alpha: sigma.onesLike(), sigma: sigma).data
    }
}

extension GaussianMixture {
    fileprivate func velocity(at x: Tensor, time: Tensor, along path: some AffinePath, labels: Tensor?) -> Tensor {
        let at = path.coefficients(at: time)
        return posterior(at: x, alpha: at.alpha, sigma: at.sigma, labels: labels).velocity(at)
    }
}

extension GaussianMixture.Posterior {
    /// α' E[y | x] - σ σ' ∇ log ρ(x), which is α' E[y | x] + σ' E[e | x] and finite also where σ' is not.
    fileprivate func velocity(_ at: PathCoefficients) -> Tensor {
        at.alphaRate.factor(of: data) * data - at.halfVarianceRate.factor(of: score) * score
    }
}
