import Foundation
import Generative
import TestSupport
import Testing
import Torch
import Transport

private func source(_ name: String) -> RandomSource { RandomSource(Seed(2027).child(name)) }

private let mixture = GaussianMixture(
    weights: Tensor([0.4, 0.6]), means: Tensor([1, 1, -1, 0.5], shape: [2, 2]),
    covariances: Tensor([0.3, 0.1, 0.1, 0.2, 0.2, 0, 0, 0.4], shape: [2, 2, 2]))

/// The mixture's own prediction along a path, wrong by a factor and a shift.
private struct SkewedModel<Path: AffinePath>: PredictionModel {
    let path: Path
    let prediction: Prediction
    var factor = 1.0
    var shift = 0.0

    func predict(_ x: Tensor, time: Tensor, given labels: Tensor) -> Tensor {
        let at = path.coefficients(at: time)
        let noise = mixture.posterior(at: x, alpha: at.alpha, sigma: at.sigma).noise
        return Prediction.noise.convert(noise * factor + shift, to: prediction, at: x, time: time, along: path)
    }
}

/// A linear model of the position, x Aᵀ + c, its parameters θ [D, D + 1] = (A, c).
private struct LinearModel: PredictionModel {
    let parameters: Tensor

    func predict(_ x: Tensor, time: Tensor, given labels: Tensor) -> Tensor {
        let dimensions = x.shape[1]
        return x.linear(parameters[TensorIndex.all, 0..<dimensions], parameters[TensorIndex.all, dimensions])
    }
}

private func batch(_ count: Int, at time: Double? = nil) -> LabelledBatch {
    var batch = LabelledBatch(data: mixture.draw(count, using: source("data")).points, using: source("noise"))
    if let time { batch.time = .full([count], time, dtype: .float64) }
    return batch
}

@Suite("Score matching") struct ScoreMatchingTests {
    @Test("With a normal source flow and score matching are one loss up to a weight of time, and one field")
    func coincidence() {
        let (path, batch) = (TrigonometricPath(), batch(64))
        let velocity = SkewedModel(path: path, prediction: .velocity, factor: 0.9, shift: 0.1)
        let noise = SkewedModel(path: path, prediction: .noise, factor: 0.9, shift: 0.1)
        let flow = FlowMatching(along: path, for: SkewedModel<TrigonometricPath>.self)
            .loss(of: velocity, on: batch, using: source("unused"))
        let score = DenoisingScoreMatching(along: path, predicting: .noise, for: SkewedModel<TrigonometricPath>.self)
            .loss(of: noise, on: batch, using: source("unused"))
        // error of the velocity = (α' σ - α σ') / α · error of the noise.
        let at = path.coefficients(at: batch.time)
        let weight = ((at.alphaRate * at.sigma - at.alpha * at.sigmaRate) / at.alpha).square()
        assertClose(flow.perExample, score.perExample * weight, relative: 1e-6, absolute: 1e-9)

        // And the velocity of the flow gives the score exactly.
        let exact = SkewedModel(path: path, prediction: .velocity)
        let (x, time) = (Tensor([0.3, -1, 2, 0.5], shape: [2, 2]), Tensor([0.3, 0.8]))
        let known = path.coefficients(at: time)
        assertClose(
            Prediction.velocity.convert(
                exact.predict(x, time: time, given: time), to: .score, at: x, time: time, along: path),
            mixture.posterior(at: x, alpha: known.alpha, sigma: known.sigma).score, relative: 1e-9)
    }

    @Test("With another source they part: its velocity carries the marginals, but gives no score")
    func otherSource() {
        // Source: ±1 with deviation 0.1; data: standard normal, x = t y + (1 - t) e. By symmetry of the two roles
        // E[e | x] is the posterior mean of a mixture with shares (1 - t) of "data" e and t of normal "noise" y.
        let pair = GaussianMixture(
            weights: Tensor([0.5, 0.5]), means: Tensor([1.0, -1], shape: [2, 1]),
            covariances: Tensor([0.01, 0.01], shape: [2, 1, 1]))
        let (x, t) = (Tensor([0.2, 0.6, -0.9], shape: [3, 1]), Tensor([0.5, 0.5, 0.3]))
        let posterior = pair.posterior(at: x, alpha: 1 - t, sigma: t)
        let (data, noise, score) = (posterior.noise, posterior.data, posterior.score)
        let velocity = data - noise
        let claimed = Prediction.velocity.convert(velocity, to: .score, at: x, time: t, along: LinearPath())
        // What the formula gives is -E[e | x] / σ, which is not the score now.
        assertClose(claimed, -(noise / (1 - t).unsqueeze(1)), relative: 1e-9)
        #expect((claimed - score).abs().amin().item() > 0.3)
        // The flow still carries the marginal: d/dt ρ + d/dx (v ρ) = 0, by differences.
        func density(_ x: Double, _ t: Double) -> Double {
            let known = pair.posterior(at: Tensor([x], shape: [1, 1]), alpha: Tensor([1 - t]), sigma: Tensor([t]))
            return exp(known.logDensity.item())
        }
        func flux(_ x: Double, _ t: Double) -> Double {
            let known = pair.posterior(at: Tensor([x], shape: [1, 1]), alpha: Tensor([1 - t]), sigma: Tensor([t]))
            return (known.noise - known.data).item() * exp(known.logDensity.item())
        }
        let h = 1e-4
        for (x, t) in [(0.2, 0.5), (-0.9, 0.3)] {
            let residual =
                (density(x, t + h) - density(x, t - h)) / (2 * h) + (flux(x + h, t) - flux(x - h, t)) / (2 * h)
            assertClose(residual, 0, absolute: 1e-5)
        }
    }

    @Test("EDM's loss is denoising inside of its preconditioning, with unit weight on the network's error")
    func edm() {
        struct Network: PredictionModel {
            func predict(_ x: Tensor, time: Tensor, given labels: Tensor) -> Tensor {
                x * 0.3 + time.unsqueeze(1) * 0.1
            }
        }
        let path = KarrasPath()
        let denoiser = EDMPreconditioning(of: Network(), dataDeviation: 0.7)
        let model = DenoiserPrediction(of: denoiser, along: path)
        var batch = batch(64)
        batch.time = Tensor.rand([64], using: source("times"), dtype: .float64)
        let loss = DenoisingScoreMatching(
            along: path, predicting: .data, weighting: .edm(dataDeviation: 0.7),
            for: DenoiserPrediction<EDMPreconditioning<Network>, KarrasPath>.self
        ).loss(of: model, on: batch, using: source("unused"))
        let sigma = path.coefficients(at: batch.time).sigma
        let x = batch.data + sigma.unsqueeze(1) * batch.noise
        let input = x / (sigma.square() + 0.49).sqrt().unsqueeze(1)
        let raw = Network().predict(input, time: sigma.log() * 0.25, given: batch.labels)
        let expected = (raw - denoiser.target(data: batch.data, x: x, sigma: sigma)).square().mean(1)
        assertClose(loss.perExample, expected, relative: 1e-6, absolute: 1e-9)
    }

    @Test("Sliced and denoising score matching rank models alike: differences of their losses agree")
    func sliced() {
        let (path, batch) = (LinearPath(), batch(40_000, at: 0.6))
        typealias Model = SkewedModel<LinearPath>
        let sliced = SlicedScoreMatching<Model, LinearPath>(along: path)
        let denoising = DenoisingScoreMatching<Model, LinearPath>(along: path, predicting: .score)
        func losses(_ factor: Double, _ shift: Double) -> (Double, Double) {
            let model = Model(path: path, prediction: .score, factor: factor, shift: shift)
            return (
                sliced.loss(of: model, on: batch, using: source("probes")).mean.item(),
                denoising.loss(of: model, on: batch, using: source("unused")).mean.item()
            )
        }
        let best = losses(1, 0)
        for (factor, shift) in [(0.6, 0.0), (1.3, 0.0), (1.0, 0.4)] {
            let other = losses(factor, shift)
            #expect(other.0 > best.0 && other.1 > best.1)
            // Half of the squared error, as in equation 8.
            assertClose(other.0 - best.0, 0.5 * (other.1 - best.1), relative: 0.1, absolute: 0.02)
        }
    }

    @Test("The least sliced loss of a linear model on a Gaussian is its score", arguments: [Prediction.score, .noise])
    func slicedMinimiser(of prediction: Prediction) {
        let gaussian = GaussianMixture(
            mean: Tensor([0.5, -1]), covariance: Tensor([0.8, 0.3, 0.3, 0.5], shape: [2, 2]))
        let count = 20_000
        var batch = LabelledBatch(data: gaussian.draw(count, using: source("data")).points, using: source("noise"))
        batch.time = .full([count], 0.7, dtype: .float64)
        let objective = SlicedScoreMatching<LinearModel, LinearPath>(
            along: LinearPath(), predicting: prediction, probes: 2)
        func slope(at parameters: Tensor) -> Tensor {
            let model = LinearModel(parameters: parameters.clone().requiringGrad())
            let loss = objective.loss(of: model, on: batch, using: source("probes"))
            return gradients(of: loss.mean, withRespectTo: [model.parameters])[0].flatten()
        }
        // The loss is quadratic, so differences of slopes are the Hessian and one step of Newton's method is exact.
        let zero = slope(at: .zeros([2, 3], dtype: .float64))
        let columns = (0..<6).map { place in
            slope(at: Tensor((0..<6).map { $0 == place ? 1.0 : 0 }, shape: [2, 3])) - zero
        }
        let fitted = LinearModel(parameters: -Tensor.stack(columns, 1).solve(zero.unsqueeze(1)).reshape(2, 3))
        let x = Tensor([0, 0, 1, 0, 0, 1, -1, 0.5], shape: [4, 2])
        let time = Tensor.full([4], 0.7, dtype: .float64)
        let score = prediction.convert(
            fitted.predict(x, time: time, given: time), to: .score, at: x, time: time, along: LinearPath())
        let known = gaussian.posterior(at: x, alpha: time, sigma: 1 - time).score
        assertClose(score, known, relative: 0, absolute: 0.12)
    }
}
