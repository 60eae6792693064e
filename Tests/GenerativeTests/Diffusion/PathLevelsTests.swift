import Foundation
import Generative
import TestSupport
import Testing
import Torch

private let mixture = GaussianMixture(
    weights: Tensor([0.4, 0.6]), means: Tensor([1, 1, -1, 0.5], shape: [2, 2]),
    covariances: Tensor([0.03, 0.01, 0.01, 0.02, 0.02, 0, 0, 0.04], shape: [2, 2, 2]))

/// A perfect model of the mixture along a path; labels 0 and 1 are its components, 2 is any.
private struct PerfectModel: PredictionModel, Sendable {
    let path: AnyPath
    let prediction: Prediction

    func predict(_ x: Tensor, time: Tensor, given labels: Tensor) -> Tensor {
        let at = path.coefficients(at: time)
        let known = mixture.posterior(at: x, alpha: at.alpha, sigma: at.sigma, labels: labels)
        switch prediction {
        case .data: return known.data
        case .noise: return known.noise
        case .score: return known.score
        case .velocity, .v:
            return Prediction.data.convert(known.data, to: prediction, at: x, time: time, along: path)
        }
    }
}

private let paths: [AnyPath] = [
    AnyPath(LinearPath()), AnyPath(TrigonometricPath()), AnyPath(VariancePreservingPath()), AnyPath(CosinePath()),
    AnyPath(SubVariancePreservingPath()), AnyPath(VarianceExplodingPath()), AnyPath(KarrasPath()),
    AnyPath(TablePath(.cosine())), AnyPath(TablePath(.linear())),
]

private func normal(_ name: String, _ count: Int) -> Tensor {
    Tensor.randn([count, 2], using: RandomSource(Seed(5).child(name)), dtype: .float64)
}

@Suite("Models of paths on any levels") struct PathLevelsTests {
    @Test("A model of any path and prediction gives the same samples on EDM's levels", arguments: Prediction.allCases)
    func levels(_ prediction: Prediction) {
        let grid = NoiseGrid.karras(steps: 12, lowest: 0.02, highest: 40)
        let start = normal("start", 16) * 40
        let labels = Tensor.full([16], 2, dtype: .int64)
        let exact = DiffusionSampler(EDMHeun(), over: grid, for: MixtureLevels.self)
            .sample(MixtureLevels(of: mixture), from: start, given: ()) { _ in start }
        for path in paths {
            let model = PathLevels(
                of: PerfectModel(path: path, prediction: prediction), predicting: prediction, along: path)
            let ends = DiffusionSampler(EDMHeun(), over: grid, for: PathLevels<PerfectModel, AnyPath>.self)
                .sample(model, from: start, given: labels) { _ in start }
            assertClose(ends.values, exact.values, relative: 1e-6, absolute: 1e-6)
        }
    }

    @Test("The time of a level is that of the path with its noise")
    func times() {
        for path in paths {
            let times = PathTimes(of: path)
            for time in [0.001, 0.25, 0.5, 0.913, 0.999] {
                let level = times.level(at: time)
                let scaled = NoiseLevel(alpha: level.alpha * 3, sigma: level.sigma * 3, time: 77)
                assertClose(times.level(like: scaled).time, time, relative: 0, absolute: 1e-9)
            }
            // Beyond the ends, the ends.
            #expect(times.level(like: NoiseLevel(alpha: 1e-9, sigma: 1, time: 77)).time < 1e-6)
            #expect(times.level(like: NoiseLevel(alpha: 1, sigma: 1e-9, time: 77)).time > 1 - 1e-6)
        }
    }

    @Test("A table as a path has the table's levels at its indices, and rates that fit its shares")
    func table() {
        let table = NoiseTable.cosine().withZeroTerminalSNR()
        let path = TablePath(table)
        let indices = [0, 1, 499, 998, 999]
        let at = path.coefficients(at: Tensor(indices.map { path.time(of: Double($0)) }))
        assertClose(at.alpha, Tensor(indices.map { table.level($0).alpha }), relative: 1e-9, absolute: 1e-12)
        assertClose(at.sigma, Tensor(indices.map { table.level($0).sigma }), relative: 1e-9)
        let (t, h) = (Tensor([0.1234, 0.5012, 0.9]), 1e-7)
        let (known, above, below) = (
            path.coefficients(at: t), path.coefficients(at: t + h), path.coefficients(at: t - h)
        )
        assertClose(known.alphaRate, (above.alpha - below.alpha) / (2 * h), relative: 1e-5)
        assertClose(known.sigmaRate, (above.sigma - below.sigma) / (2 * h), relative: 1e-5)
        assertClose(known.halfVarianceRate, known.sigma * known.sigmaRate, relative: 1e-12)
    }

    @Test("Guidance on levels is that of velocities, counted within its interval")
    func guidance() {
        let path = AnyPath(LinearPath())
        let model = PerfectModel(path: path, prediction: .velocity)
        let field = ModelVelocity(of: model, predicting: .velocity, along: path)
        let levels = PathLevels(of: model, predicting: .velocity, along: path)
        let (x, labels) = (normal("x", 6), Tensor([0, 1, 0, 1, 0, 1]))
        let guided = ClassifierFreeLevels(levels, nullClass: 2, scale: 2.5, during: 0.3...0.8)
        for (time, passes) in [(0.2, 1), (0.5, 2), (0.9, 1)] {
            let level = levels.times.level(at: time)
            let velocity = ClassifierFree(field, nullClass: 2, scale: 2.5, during: 0.3...0.8)
                .velocity(at: x, time: time, given: labels)
            let estimate = guided.estimate(at: x, level: level, given: labels)
            assertClose(estimate.data - estimate.noise, velocity, relative: 1e-9, absolute: 1e-9)
            #expect(guided.passes(at: level) == passes)
            let weak = GuidedLevels(levels, against: levels, scale: 2.5, during: 0.3...0.8)
            #expect(weak.passes(at: level) == passes)
            assertClose(
                weak.estimate(at: x, level: level, given: labels).data,
                levels.estimate(at: x, level: level, given: labels).data, relative: 1e-9, absolute: 1e-9)
        }
        #expect(ClassifierFreeLevels(levels, nullClass: 2, scale: 0).passes(at: levels.times.level(at: 0.5)) == 1)
    }

    @Test(
        "Stochastic equations of any noise have the marginals of the flow",
        arguments: [
            AnyPath(LinearPath()), AnyPath(VariancePreservingPath()),
            AnyPath(VarianceExplodingPath(lowest: 0.01, highest: 10)),
        ],
        [0.5, 1.2])
    func marginals(_ path: AnyPath, _ noise: Double) {
        let field = ModelVelocity(
            of: PerfectModel(path: path, prediction: .noise), predicting: .noise, along: path)
        let equation = ModelDiffusion(of: field, along: path, noise: noise)
        let count = 2500
        let scale = path.coefficients(at: Tensor([0.0])).sigma.item()
        let end = 0.999
        let samples = EulerMaruyamaSampler(times: .uniform(steps: 120, over: 0...end), for: type(of: equation)).sample(
            equation, from: normal("start", count) * scale, given: Tensor.full([count], 2, dtype: .int64),
            using: RandomSource(Seed(8)))
        let real = mixture.draw(count, using: RandomSource(Seed(9))).points
        assertClose(samples.values.mean(0), real.mean(0), relative: 0, absolute: 0.08)
        assertClose(
            (samples.values - samples.values.mean(0)).square().mean(0).sqrt(),
            (real - real.mean(0)).square().mean(0).sqrt(), relative: 0.08)
        // The share of the first component.
        assertClose((samples.values.select(1, 0) .> 0).to(.float64).mean().item(), 0.4, absolute: 0.05)
    }

    @Test("A rescaled velocity makes N(0, s²) into N(0, s²/k)")
    func temperature() {
        let gaussian = GaussianMixture(mean: Tensor([0.0]), covariance: Tensor([0.25], shape: [1, 1]))
        struct Field: VectorField {
            let velocity: MixtureVelocity<LinearPath>
            func velocity(at x: Tensor, time: Tensor, given _: Void) -> Tensor { velocity.velocity(at: x, time: time) }
        }
        let field = Field(velocity: MixtureVelocity(of: gaussian, along: LinearPath()))
        let rescaled = RescaledVelocity(of: field, along: LinearPath(), width: 0.5, sharpness: 4)
        let start = Tensor([-2.0, -0.5, 0.3, 1], shape: [4, 1])
        let ends = ODESampler(.rk4, times: .uniform(steps: 100), for: RescaledVelocity<Field, LinearPath>.self)
            .sample(rescaled, from: start, given: (), using: RandomSource(Seed(1)))
        // The flow of a Gaussian scales: deviation 0.5 / sqrt(4).
        assertClose(ends.values, start * 0.25, relative: 1e-4, absolute: 1e-6)
    }
}

@Suite("Laws of times") struct NoiseTimesTests {
    private static let laws: [any TimeDistribution] = [
        ShiftedTimes(by: 3), ShiftedTimes(by: 0.4), LogNormalNoise(), LogNormalNoise(mean: 0, deviation: 2),
        TabulatedTimes.likelihood(along: VariancePreservingPath()),
        TabulatedTimes { $0.map { $0 * $0 } }, LogitNormalTimes(),
    ]

    @Test("Densities are the derivatives of quantiles, which rise from 0 to 1", arguments: laws.indices)
    func consistent(_ index: Int) {
        let law = Self.laws[index]
        for share in [0.02, 0.3, 0.5, 0.81, 0.97] {
            let h = 1e-3
            let slope = (law.quantile(share + h) - law.quantile(share - h)) / (2 * h)
            assertClose(law.density(at: law.quantile(share)) * slope, 1, relative: 0.03)
        }
        let total = (0..<20_000).reduce(0.0) { $0 + law.density(at: (Double($1) + 0.5) / 20_000) } / 20_000
        assertClose(total, 1, relative: 2e-3)
    }

    @Test("Log-normal noise has the mean and deviation of its logarithm")
    func logNormal() {
        let law = LogNormalNoise(mean: -1.2, deviation: 1.2)
        let times = Tensor((0..<2000).map { law.quantile((Double($0) + 0.5) / 2000) })
        let logs = KarrasPath().coefficients(at: times).sigma.log()
        assertClose(logs.mean().item(), -1.2, absolute: 2e-3)
        assertClose((logs + 1.2).square().mean().item().squareRoot(), 1.2, absolute: 5e-3)
    }

    @Test("A table's times are its indices, each alike")
    func table() {
        let law = TableTimes(count: 5)
        let times = (0..<10).map { law.quantile((Double($0) + 0.5) / 10) }
        #expect(times == [0, 0, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1, 1])
    }

    @Test("Importance sampling of the likelihood is uniform in log noise for exploding variance")
    func importance() {
        let law = TabulatedTimes.likelihood(along: VarianceExplodingPath(), over: 0...1)
        assertClose(law.quantile(0.3), 0.3, absolute: 1e-6)
        assertClose(law.density(at: 0.7), 1, relative: 1e-6)
    }
}
