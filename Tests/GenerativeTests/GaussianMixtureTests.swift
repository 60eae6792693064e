import Foundation
import Generative
import TestSupport
import Testing
import Torch

/// A point, its α and σ, and what torch.distributions knows there: log density, score, posterior mean of the data.
private struct Known: Sendable {
    var x: [Double]
    var alpha: Double
    var sigma: Double
    var logDensity: Double
    var score: [Double]
    var data: [Double]
}

// Printed by Fixtures/gaussian_mixture.py.
private let known = [
    Known(
        x: [0.3, 0.1], alpha: 0.25, sigma: 0.75, logDensity: -1.5394257470669532,
        score: [-0.6286537523101163, 0.10653663987338893], data: [-0.2144709426977618, 0.6397074397151251]),
    Known(
        x: [-1, 1], alpha: 0.7, sigma: 0.4, logDensity: -2.273763941127171,
        score: [-0.04053387802158703, -2.7037810603747214], data: [-1.4378363149763629, 0.8105643290572064]),
    Known(
        x: [2, -2], alpha: 1, sigma: 0, logDensity: -9.171649246969285,
        score: [-4.374999999999965, 5.93750000000008], data: [2, -2]),
]

@Suite("Gaussian mixtures") struct GaussianMixtureTests {
    private let mixture = threeGaussians
    private let positions = normal([6, 2], "positions") * 1.5

    @Test("Density, score and posterior mean are those of torch.distributions")
    func numbers() {
        for point in known {
            let at = mixture.posterior(
                at: Tensor(point.x, shape: [1, 2]), alpha: Tensor([point.alpha]), sigma: Tensor([point.sigma]))
            assertClose(at.logDensity.item(), point.logDensity, relative: 1e-12)
            assertClose(at.score[0], Tensor(point.score), relative: 1e-11)
            assertClose(at.data[0], Tensor(point.data), relative: 1e-11)
        }
    }

    @Test("The score is the gradient of the log density", arguments: [nil, [0, 1, 2, 3, 2, 3]])
    func score(labels: [Int]?) {
        let x = positions.clone().requiringGrad()
        let alpha = Tensor([0.1, 0.3, 0.5, 0.7, 0.9, 1])
        let at = mixture.posterior(at: x, alpha: alpha, sigma: 1 - alpha, labels: labels.map { Tensor($0) })
        let gradient = gradients(of: at.logDensity.sum(), withRespectTo: [x])[0]
        assertClose(at.score, gradient, relative: 1e-10, absolute: 1e-10)
    }

    @Test("Posterior means of data and noise add up to the position, and the noise is -σ times the score")
    func means() {
        let (alpha, sigma) = (Tensor([0.2, 0.4, 0.6, 0.8, 1, 0]), Tensor([0.9, 0.5, 3, 0.1, 0, 1]))
        let at = mixture.posterior(at: positions, alpha: alpha, sigma: sigma)
        let sum = alpha.unsqueeze(1) * at.data + sigma.unsqueeze(1) * at.noise
        assertClose(sum, positions, relative: 1e-11)
        assertClose(at.noise, -(sigma.unsqueeze(1) * at.score), relative: 1e-11)
        assertClose(at.responsibilities.sum(1), .ones([6], dtype: .float64), relative: 1e-12)
    }

    @Test("The velocity satisfies the continuity equation", arguments: [0.05, 0.3, 0.7, 0.95])
    func continuity(time: Double) {
        checkContinuity(along: LinearPath(), at: time)
        checkContinuity(along: TrigonometricPath(), at: time)
    }

    /// ∂_t log ρ + ∇ · v + v · ∇ log ρ = 0, with central differences.
    private func checkContinuity(along path: some AffinePath, at time: Double) {
        let h = 1e-4
        func knowledge(_ x: Tensor, _ time: Double) -> (logDensity: Tensor, score: Tensor, velocity: Tensor) {
            let times = Tensor.full([x.shape[0]], time, dtype: .float64)
            let at = path.coefficients(at: times)
            let posterior = mixture.posterior(at: x, alpha: at.alpha, sigma: at.sigma)
            let velocity = MixtureVelocity(of: mixture, along: path).velocity(at: x, time: times)
            return (posterior.logDensity, posterior.score, velocity)
        }
        let here = knowledge(positions, time)
        let change = (knowledge(positions, time + h).logDensity - knowledge(positions, time - h).logDensity) / (2 * h)
        var divergence = Tensor.zeros([positions.shape[0]], dtype: .float64)
        for dimension in 0..<2 {
            let offset = Tensor((0..<2).map { $0 == dimension ? h : 0 })
            let (ahead, behind) = (knowledge(positions + offset, time), knowledge(positions - offset, time))
            divergence += (ahead.velocity - behind.velocity)[TensorIndex.all, dimension] / (2 * h)
        }
        let residual = change + divergence + (here.velocity * here.score).sum(1)
        #expect(residual.abs().amax().item() < 2e-5, "residual \(residual)")
    }

    @Test("Paths: α, σ and their rates agree, and run from noise to data")
    func paths() {
        for path in [LinearPath(), TrigonometricPath()] as [any AffinePath] {
            let (h, time) = (1e-6, Tensor([0.2, 0.5, 0.9]))
            let (here, ahead, behind) = (
                path.coefficients(at: time), path.coefficients(at: time + h), path.coefficients(at: time - h)
            )
            assertClose(here.alphaRate, (ahead.alpha - behind.alpha) / (2 * h), relative: 1e-8)
            assertClose(here.sigmaRate, (ahead.sigma - behind.sigma) / (2 * h), relative: 1e-8)
            let ends = path.coefficients(at: Tensor([0.0, 1]))
            assertClose(ends.alpha, Tensor([0.0, 1]), absolute: 1e-15)
            assertClose(ends.sigma, Tensor([1.0, 0]), absolute: 1e-15)
        }
    }

    @Test("Positions along a path have the marginal that the posterior claims, and the mean velocity")
    func marginals() {
        let count = 20_000
        let data = mixture.draw(count, using: source("data")).points
        let noise = normal([count, 2], "noise")
        let time = Tensor.full([count], 0.6, dtype: .float64)
        let x = LinearPath().position(of: data, noise: noise, at: time)
        #expect(worstMoment(of: x, mixture.diffused(alpha: 0.6, sigma: 0.4)) < 4)
        // E[(y - e) φ(x)] = E[v(x) φ(x)] for every φ, here coordinates of x.
        let single = LinearPath().velocity(of: data, noise: noise, at: time)
        let mean = MixtureVelocity(of: mixture, along: LinearPath()).velocity(at: x, time: time)
        let differences = (single - mean).unsqueeze(2) * x.unsqueeze(1)
        let scaled = differences.mean(0).abs() / (differences.std(0) / Double(count).squareRoot())
        #expect(scaled.amax().item() < 4)
    }

    @Test("Draws have the moments and the labels of the mixture")
    func draws() {
        let (points, labels) = mixture.draw(20_000, using: source("draws"))
        #expect(worstMoment(of: points, mixture) < 4)
        assertClose(labels.bincount().to(.float64) / 20_000, mixture.weights, relative: 0, absolute: 0.015)
        let second = points.maskedSelect((labels .== 1).unsqueeze(1)).reshape(-1, 2)
        let component = GaussianMixture(mean: mixture.means[1], covariance: mixture.covariances[1])
        #expect(worstMoment(of: second, component) < 4)
    }

    @Test("A label picks its component, and the last one any")
    func labels() {
        let (alpha, sigma) = (Tensor.full([6], 0.8, dtype: .float64), Tensor.full([6], 0.3, dtype: .float64))
        let any = mixture.posterior(at: positions, alpha: alpha, sigma: sigma)
        let free = mixture.posterior(at: positions, alpha: alpha, sigma: sigma, labels: .full([6], 3, dtype: .int64))
        assertClose(free.logDensity, any.logDensity, relative: 1e-12)
        let second = mixture.posterior(at: positions, alpha: alpha, sigma: sigma, labels: .ones([6], dtype: .int64))
        let component = GaussianMixture(mean: mixture.means[1], covariance: mixture.covariances[1])
            .posterior(at: positions, alpha: alpha, sigma: sigma)
        assertClose(second.logDensity, component.logDensity, relative: 1e-12)
        assertClose(second.data, component.data, relative: 1e-12)
    }

    @Test("The denoiser is Tweedie's formula, and exact without noise")
    func denoiser() {
        let sigma = Tensor([0, 0.1, 0.5, 1, 5, 80])
        let score = mixture.posterior(at: positions, alpha: sigma.onesLike(), sigma: sigma).score
        let estimate = MixtureDenoiser(of: mixture).denoise(positions, sigma: sigma)
        assertClose(estimate, positions + sigma.square().unsqueeze(1) * score, relative: 1e-9, absolute: 1e-9)
        assertClose(estimate[0], positions[0], relative: 1e-12)
    }

    @Test("Examples may have any shape with the right number of elements")
    func images() {
        let four = GaussianMixture(mean: normal([4], "mean"), covariance: .eye(4, dtype: .float64) * 0.3)
        let x = normal([4, 1, 2, 2], "images")
        let time = Tensor([0.1, 0.4, 0.6, 0.9])
        let field = MixtureVelocity(of: four, along: LinearPath())
        let flat = field.velocity(at: x.flatten(1), time: time)
        assertEqual(field.velocity(at: x, time: time), flat.reshape(x.shape))
    }

    @Test("The affine generator pushes noise to the Gaussian that it names")
    func generator() {
        let generator = AffineGenerator(mean: mixture.means[0], covariance: mixture.covariances[0])
        assertClose(generator.image.mean, mixture.means[0], relative: 1e-14)
        assertClose(generator.image.covariance, mixture.covariances[0], relative: 1e-12)
        #expect(worstMoment(of: generator.generate(from: normal([20_000, 2], "push")), generator.image) < 4)
    }
}
