import Foundation
import Generative
import TestSupport
import Testing
import Torch
import Transport

private func source(_ name: String) -> RandomSource { RandomSource(Seed(7).child(name)) }

private let mixture = GaussianMixture(
    weights: Tensor([0.4, 0.6]), means: Tensor([1, -0.5, 0.3, -1, 0.2, 0.8], shape: [2, 3]),
    covariances: Tensor(
        [0.5, 0.1, 0, 0.1, 0.4, 0.05, 0, 0.05, 0.3, 0.2, 0, 0.1, 0, 0.6, 0, 0.1, 0, 0.5], shape: [2, 3, 3]))

/// x' = a x with one rate for each dimension, a parameter: the flow and its divergence are known.
private struct Stretch: VectorField {
    let rates: Tensor
    func velocity(at x: Tensor, time: Tensor, given _: Void) -> Tensor { x * rates }
}

@Suite("Likelihood by change of variables") struct LikelihoodTests {
    private let points = Tensor.randn([5, 3], using: source("points"), dtype: .float64)

    private func exact(_ x: Tensor) -> Tensor {
        let ones = Tensor.ones([x.shape[0]], dtype: x.dtype)
        return mixture.posterior(at: x, alpha: ones, sigma: ones.zerosLike()).logDensity
    }

    @Test("The exact divergence gives the density of the data on paths that begin with pure noise")
    func density() {
        var control = StepSizeControl(absoluteTolerance: 1e-8, relativeTolerance: 1e-8)
        control.shortestStep = 1e-10
        let likelihood = Likelihood(solver: .adaptive(control))
        for result in [
            likelihood.logDensity(
                of: points, under: MixtureVelocity(of: mixture, along: LinearPath()), using: source("unused")),
            likelihood.logDensity(
                of: points, under: MixtureVelocity(of: mixture, along: TrigonometricPath()), using: source("unused")),
        ] {
            assertClose(result.logDensity, exact(points), absolute: 1e-6)
            #expect(result.stopped.allSatisfy { $0 == .completed })
        }
    }

    @Test("Data go to noise and come back")
    func roundTrip() {
        let field = MixtureVelocity(of: mixture, along: LinearPath())
        let control = StepSizeControl(absoluteTolerance: 1e-8, relativeTolerance: 1e-8)
        let result = Likelihood(solver: .adaptive(control)).logDensity(
            of: points, under: field, using: source("unused"))
        let back = AdaptiveODESampler(control: control).sample(field, from: result.noise, using: source("unused"))
        assertClose(back.values, points, absolute: 1e-5)
    }

    @Test(
        "Hutchinson's estimate is unbiased, and signs are exact for a diagonal Jacobian",
        arguments: Divergence.Probe.allCases)
    func hutchinson(probe: Divergence.Probe) {
        let stretch = Stretch(rates: Tensor([0.3, -0.2, 0.5]))
        func integral(_ divergence: Divergence, _ count: Int) -> Tensor {
            Likelihood(divergence: divergence, solver: .fixed(.rk4, steps: 4)).logDensity(
                of: Tensor.randn([count, 3], using: source("many"), dtype: .float64), under: stretch,
                using: source("probes")
            ).divergenceIntegral
        }
        assertClose(integral(.exact, 4), Tensor.full([4], 0.6, dtype: .float64), absolute: 1e-12)
        let estimates = integral(.hutchinson(probes: 2, probe), 4000)
        if probe == .rademacher {
            assertClose(estimates, Tensor.full([4000], 0.6, dtype: .float64), absolute: 1e-12)
        } else {
            // Var of z·Az is 2 |A|² for normal z: 2 (0.09 + 0.04 + 0.25) / 2 probes.
            let error = (0.38 / 4000).squareRoot()
            #expect(abs(estimates.mean().item() - 0.6) < 4 * error)
            assertClose(estimates.std().item(), 0.38.squareRoot(), relative: 0.1)
        }
    }

    @Test("More probes change nothing but the variance, and the mean is the exact divergence of a mixture's field")
    func probes() {
        let field = MixtureVelocity(of: mixture, along: LinearPath())
        let many = points.slice(0, 0, 1).expand([600, 3]).contiguous()
        let estimate = Likelihood(divergence: .hutchinson(probes: 1), solver: .fixed(.rk4, steps: 20)).logDensity(
            of: many, under: field, using: source("probes"))
        let value = Likelihood(solver: .fixed(.rk4, steps: 20)).logDensity(
            of: points.slice(0, 0, 1), under: field, using: source("unused"))
        let error = estimate.logDensity.std().item() / 600.0.squareRoot()
        #expect(abs((estimate.logDensity.mean() - value.logDensity[0]).item()) < 4 * error)
    }

    @Test("Gradients flow to the parameters, and are those of the closed form")
    func gradientsFlow() {
        let rates = Tensor([0.3, -0.2, 0.5]).requiringGrad()
        for divergence in [Divergence.exact, .hutchinson(probes: 1)] {
            rates.grad = nil
            let result = Likelihood(divergence: divergence, solver: .fixed(.rk4, steps: 20)).logDensity(
                of: points, under: Stretch(rates: rates), using: source("probes"), isDifferentiable: true)
            result.logDensity.sum().backward()
            // log p = log N(x e^-a) - sum a: d/da = x² e^-2a - 1.
            let expected = (points.square() * (rates.detach() * -2.0).exp() - 1).sum(0)
            assertClose(rates.grad ?? .zeros([3]), expected, relative: 1e-5, absolute: 1e-6)
        }
    }

    @Test("Bits per dimension of a standard normal at 0")
    func bits() {
        let logDensity = Likelihood.Prior.standardNormal.logDensity(Tensor.zeros([1, 784], dtype: .float64))
        assertClose(BitsPerDimension.of(logDensity, dimensions: 784)[0].item(), 8.325748, absolute: 1e-6)
        assertClose(BitsPerDimension.of(logDensity, dimensions: 784, scale: 127.5)[0].item(), 8.320102, absolute: 1e-6)
    }

    @Test("Conditions and shapes follow their samples, in whatever company")
    func company() {
        let field = LabelledMixtureVelocity(of: mixture, along: LinearPath())
        let labels = Tensor([0, 1, 2, 0, 1] as [Int64])
        let likelihood = Likelihood(
            solver: .adaptive(StepSizeControl(absoluteTolerance: 1e-6, relativeTolerance: 1e-6)))
        let all = likelihood.logDensity(of: points, under: field, given: labels, using: source("unused"))
        for row in 0..<5 {
            let one = likelihood.logDensity(
                of: points.slice(0, row, row + 1), under: field, given: labels.slice(0, row, row + 1),
                using: source("unused"))
            assertClose(one.logDensity[0].item(), all.logDensity[row].item(), absolute: 1e-9)
            #expect(one.evaluations == [all.evaluations[row]])
        }
    }
}
