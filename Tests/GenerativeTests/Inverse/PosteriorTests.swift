import Foundation
import Generative
import TestSupport
import Testing
import Torch

/// A round Gaussian in three dimensions of which two combinations are measured.
private let round = GaussianMixture(
    mean: Tensor([0.5, -1, 0.25]), covariance: Tensor.eye(3, dtype: .float64) * 0.49)
private let matrix = Tensor([1, 0.5, 0, -0.3, 1, 0.8], shape: [2, 3])
private let seen = Tensor([1.2, -0.4])
private let noise = 0.3

@Suite("Posterior guidance") struct PosteriorTests {
    private let measurement = Measurement(MatrixOperator(matrix), noise: noise, dataDeviation: 0.7)

    private func condition(_ count: Int) -> Measured<Void> { Measured((), seen.expand(count, 2)) }

    @Test("The posterior of a mixture is the one that weighing prior samples gives")
    func oracle() {
        let (points, _) = threeGaussians.draw(400_000, using: source("draws"))
        let matrix = Tensor([1, -0.5], shape: [1, 2])
        let residual = points.matmul(matrix.mT) - 0.8
        let weights = (residual.square().sum(1) * (-0.5 / 0.16)).softmax(0)
        let exact = threeGaussians.conditioned(on: Tensor([0.8]), through: matrix, noise: 0.4)
        let mean = weights.matmul(points)
        assertClose(exact.mean, mean, absolute: 0.01)
        let offsets = points - mean
        assertClose(exact.covariance, (offsets * weights.unsqueeze(1)).mT.matmul(offsets), absolute: 0.01)
    }

    @Test(
        "On round Gaussian data every rule draws from the exact posterior",
        arguments: [(MeasurementPull.projection, 0.0), (.gradient, 0), (.projection, 1), (.gradient, 1)])
    func exact(pull: MeasurementPull, eta: Double) {
        let model = MeasurementGuidance(of: MixtureLevels(of: round), measurement, pull: pull)
        let count = 3000
        let steps = eta == 0 ? 60 : 250
        let grid = NoiseGrid(along: TrigonometricPath(), over: .uniform(steps: steps, over: 1e-3...1))
        func points(_ rule: some StepRule) -> Tensor {
            DiffusionSampler(rule, over: grid, for: type(of: model)).sample(
                model, from: normal([count, 3], "start"), given: condition(count), using: source("steps")
            ).values
        }
        let drawn = eta == 0 ? points(EDMHeun()) : points(DDIM(eta: eta))
        let posterior = round.conditioned(on: seen, through: matrix, noise: noise)
        #expect(worstMoment(of: drawn, posterior) < 5)
    }

    @Test("Ordinary ODE samplers follow the velocity given a measurement", arguments: MeasurementPull.allCases)
    func velocity(pull: MeasurementPull) {
        let field = MeasurementVelocity(
            of: MixtureVelocity(of: round, along: LinearPath()), along: LinearPath(), measurement, pull: pull)
        let posterior = round.conditioned(on: seen, through: matrix, noise: noise)
        let start = normal([3000, 3], "start")
        let fixed = ODESampler(.heun, times: .uniform(steps: 60), for: type(of: field))
            .sample(field, from: start, given: condition(3000), using: source("unused"))
        #expect(worstMoment(of: fixed.values, posterior) < 5)
        let adaptive = AdaptiveODESampler(control: StepSizeControl(absoluteTolerance: 1e-4), for: type(of: field))
            .sample(field, from: start, given: condition(3000), using: source("unused"))
        #expect(adaptive.stopped.allSatisfy { $0 == .completed })
        assertClose(adaptive.values, fixed.values, absolute: 0.02)
    }

    @Test("A measurement without noise is kept exactly, and chooses the right mode of a mixture")
    func mixture() {
        let mixture = GaussianMixture(
            weights: Tensor([0.5, 0.5]), means: Tensor([-2.0, 1, 2, -1], shape: [2, 2]),
            covariances: (Tensor.eye(2, dtype: .float64) * 0.04).expand(2, 2, 2))
        let mask = Measurement(MaskOperator(Tensor([1.0, 0])), dataDeviation: 2)
        let model = MeasurementGuidance(of: MixtureLevels(of: mixture), mask)
        let grid = NoiseGrid(along: LinearPath(), over: .uniform(steps: 50))
        let z = Tensor([1.9, 0.0]).expand(500, 2)
        let samples = DiffusionSampler(DDIM(), over: grid).sample(
            model, from: normal([500, 2], "start"), given: Measured((), z), using: source("unused"))
        let (first, second) = (samples.values.select(1, 0), samples.values.select(1, 1))
        #expect((first - 1.9).abs().amax().item() < 0.02)
        // The exact posterior of the other coordinate is N(-1, 0.2²); the guidance supposes one round Gaussian, and sends a few
        // samples to the other mode.
        let right = second.scalars(as: Double.self).filter { $0 < 0 }
        #expect(right.count > 450)
        let mean = right.reduce(0, +) / Double(right.count)
        let variance = right.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(right.count)
        #expect(abs(mean + 1) < 0.1 && abs(variance.squareRoot() - 0.2) < 0.1, "mean \(mean), variance \(variance)")
    }

    @Test("DPS pulls samples towards the measurement with the evaluations of its rule")
    func dps() {
        let operation = MatrixOperator(matrix)
        let z = seen.expand(400, 2)
        let grid = NoiseGrid(along: TrigonometricPath(), over: .uniform(steps: 200, over: 1e-3...1))
        let rule = PosteriorSampling(DDIM(eta: 1), operation, towards: z, scale: 0.05)
        let samples = DiffusionSampler(rule, over: grid).sample(
            MixtureLevels(of: round), from: normal([400, 3], "start"), given: (), using: source("steps"))
        #expect(samples.evaluations.allSatisfy { $0 == 200 })
        let misfit = (operation.apply(samples.values) - z).square().sum(1).sqrt().mean().item()
        let prior = (operation.apply(round.draw(400, using: source("prior")).points) - z).square().sum(1).sqrt()
        #expect(misfit < 0.25 * prior.mean().item())
    }

    @Test("A velocity needs a noisy measurement: the message says what to use")
    func noiseless() async {
        let exit = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = MeasurementVelocity(
                of: MixtureVelocity(of: .ring(), along: LinearPath()), along: LinearPath(),
                Measurement(MatrixOperator(.eye(2))))
        }
        let exitText = String(decoding: exit?.standardErrorContent ?? [], as: UTF8.self)
        #expect(exitText.contains("use MeasurementGuidance"))
    }
}
