import Foundation
import Generative
import TestSupport
import Testing
import Torch

private let narrow = GaussianMixture(
    mean: Tensor([0.0]), covariance: Tensor([0.25], shape: [1, 1]))

/// The perfect model of a mixture, through some prediction.
private struct Through: PredictionModel {
    let prediction: Prediction
    let table: NoiseTable

    func predict(_ x: Tensor, time: Tensor, given _: Void) -> Tensor {
        let level = table.level(Int(time[0].item()))
        let known = MixtureLevels(of: narrow).estimate(at: x, level: level, given: ())
        switch prediction {
        case .data: return known.data
        case .v: return known.noise * level.alpha - known.data * level.sigma
        default: return known.noise
        }
    }
}

@Suite("Diffusion samplers") struct DiffusionSamplerTests {
    /// Standard deviation of a rule's samples of Gaussian data, exactly: the map is linear, so one row carries the start and
    /// each other row one draw.
    private func deviation(_ rule: some StepRule, _ grid: NoiseGrid, start: Double = 1) -> Double {
        let rows = grid.count + 1
        func unit(_ row: Int, _ size: Double) -> Tensor {
            Tensor((0..<rows).map { $0 == row ? size : 0 }, shape: [rows, 1])
        }
        let samples = DiffusionSampler(rule, over: grid, for: MixtureLevels.self).sample(
            MixtureLevels(of: narrow), from: unit(0, start), given: (), drawing: { unit($0 + 1, 1) })
        return samples.values.square().sum().item().squareRoot()
    }

    @Test(
        "The spread of DDIM's samples is the known one",
        arguments: [
            (TableSpacing.trailing, 0.0, 10, 0.36995), (.trailing, 0, 50, 0.47140), (.trailing, 0, 1000, 0.49850),
            (.trailing, 1, 10, 0.33348), (.trailing, 1, 50, 0.44410), (.trailing, 1, 1000, 0.49611),
            (.leading, 0, 10, 0.37413), (.leading, 0, 50, 0.47244),
        ])
    func spread(_ spacing: TableSpacing, eta: Double, steps: Int, expected: Double) {
        let grid = NoiseTable.linear().grid(steps: steps, spacing: spacing)
        assertClose(deviation(DDIM(eta: eta), grid), expected, absolute: 6e-6)
    }

    @Test("Ancestral sampling with small variance is DDIM with eta 1, and large variance spreads more")
    func ancestral() {
        let grid = NoiseTable.linear().grid(steps: 50)
        assertClose(deviation(AncestralSampling(.small), grid), deviation(DDIM(eta: 1), grid), relative: 1e-10)
        #expect(deviation(AncestralSampling(.large), grid) > deviation(AncestralSampling(.small), grid) + 1e-3)
    }

    @Test("Noise, data and v lead to the same samples, clipped or not", arguments: [nil, -0.3...0.3])
    func predictions(range: ClosedRange<Double>?) {
        let table = NoiseTable.linear()
        let start = normal([16, 1], "start")
        let ends = [Prediction.noise, .data, .v].map { prediction in
            let model = LevelPrediction(
                of: Through(prediction: prediction, table: table), predicting: prediction, clipping: range)
            return DiffusionSampler(DDIM(), over: table.grid(steps: 25)).sample(
                model, from: start, given: (), using: source("unused")
            ).values
        }
        assertClose(ends[1], ends[0], absolute: 1e-5)
        assertClose(ends[2], ends[0], absolute: 1e-5)
        if let range { #expect(ends[0].abs().amax().item() <= range.upperBound + 1e-12) }
    }

    @Test(
        "Heun's method on Karras levels reaches the known position",
        arguments: [(18, 0.527625), (40, 0.504877), (256, 0.500095)])
    func heun(steps: Int, expected: Double) {
        let start = Tensor([80.0], shape: [1, 1])
        let grid = NoiseGrid.karras(steps: steps)
        let samples = DiffusionSampler(EDMHeun(), over: grid, for: MixtureLevels.self).sample(
            MixtureLevels(of: narrow), from: start, given: (), using: source("unused"))
        assertClose(samples.values.item(), expected, absolute: 1e-6)
        #expect(samples.evaluations == [2 * steps - 1])
        #expect(EDMHeun().evaluations(over: grid) == 2 * steps - 1)
    }

    private static let deterministic: [any StepRule] = [
        DDIM(), EDMHeun(), DPMSolver(order: 1, lowersOrderAtEnd: false), DPMSolver(order: 2, lowersOrderAtEnd: false),
        DPMSolver(order: 3, lowersOrderAtEnd: false), UniPC(order: 1), UniPC(order: 2), UniPC(order: 3),
    ]

    /// Ends of trajectories down to levels with a share of noise: there all rules keep their order.
    private static func ends(_ rule: some StepRule, steps: Int) -> Tensor {
        let grid = NoiseGrid(along: TrigonometricPath(), over: .uniform(steps: steps, over: 0.1...0.8))
        return DiffusionSampler(rule, over: grid, for: MixtureLevels.self).sample(
            MixtureLevels(of: threeGaussians), from: normal([8, 2], "start"), given: (), using: source("unused")
        ).values
    }

    private static let exactEnds = ends(EDMHeun(), steps: 4096)

    @Test("The measured order is the declared one", arguments: 0..<8)
    func order(index: Int) {
        func check(_ rule: some StepRule) {
            let errors = [32, 64, 128].map { steps in
                (Self.ends(rule, steps: steps) - Self.exactEnds).abs().amax().item()
            }
            let order = observedOrder(errors)
            #expect(order > Double(rule.order) - 0.25, "\(rule): \(errors)")
            // UniPC's corrections gain an order where the predictor has one estimate.
            if !(rule is UniPC) { #expect(order < Double(rule.order) + 0.5, "\(rule): \(errors)") }
        }
        check(Self.deterministic[index])
    }

    @Test("Stochastic rules end with the distribution of the data", arguments: 0..<6)
    func distribution(index: Int) {
        let rules: [any StepRule] = [
            DDIM(eta: 1), AncestralSampling(.small), AncestralSampling(.large), EDMHeun(churn: .init(amount: 10)),
            DPMSolver(order: 2, stochastic: true), PredictorCorrector(DDIM()),
        ]
        let mixture = threeGaussians
        let table = NoiseTable.linear()
        let isEDM = index == 3
        let grid = isEDM ? NoiseGrid.karras(steps: 80) : table.grid(steps: 250)
        func points(_ rule: some StepRule) -> Tensor {
            DiffusionSampler(rule, over: grid, for: MixtureLevels.self).sample(
                MixtureLevels(of: mixture), from: normal([4000, 2], "start") * (isEDM ? 80 : 1), given: (),
                using: source("steps")
            ).values
        }
        let drawn = points(rules[index])
        #expect((drawn.mean(0) - mixture.mean).abs().amax().item() < 0.08, "\(rules[index])")
        let offsets = drawn - drawn.mean(0)
        let covariance = offsets.transpose(0, 1).matmul(offsets) / 4000
        #expect((covariance - mixture.covariance).abs().amax().item() < 0.12, "\(rules[index])")
    }

    @Test("No state survives a call, and neighbours change nothing", arguments: 0..<8)
    func stateless(index: Int) {
        func check(_ rule: some StepRule) {
            let sampler = DiffusionSampler(
                rule, over: NoiseTable.linear().multistepGrid(steps: 8), for: MixtureLevels.self)
            let start = normal([6, 2], "start")
            func ends(_ start: Tensor) -> Tensor {
                sampler.sample(MixtureLevels(of: threeGaussians), from: start, given: (), using: source("unused"))
                    .values
            }
            let whole = ends(start)
            #expect((ends(start) - whole).abs().amax().item() == 0)
            assertClose(ends(start.slice(0, 2, 3)), whole.slice(0, 2, 3), absolute: 1e-12)
        }
        check(Self.deterministic[index])
    }

    @Test("Evaluations are counted, and are those declared", arguments: 0..<8)
    func evaluations(index: Int) {
        func check(_ rule: some StepRule) {
            let grid = NoiseGrid(along: LinearPath(), over: .uniform(steps: 7, over: 0.05...1))
            let samples = DiffusionSampler(rule, over: grid, for: MixtureLevels.self).sample(
                MixtureLevels(of: threeGaussians), from: normal([3, 2], "start"), given: (), using: source("unused"))
            #expect(samples.evaluations == Array(repeating: rule.evaluations(over: grid), count: 3), "\(rule)")
            #expect(samples.values.isfinite().all().intItem() == 1)
        }
        check(Self.deterministic[index])
        check(PredictorCorrector(DDIM(), corrections: 2))
    }

    @Test("Noise predictions at zero terminal SNR stop the program with a way out; v works")
    func zeroTerminal() async {
        let exit = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let table = NoiseTable.linear().withZeroTerminalSNR()
            _ = table.level(999).estimate(from: Tensor([1.0]), as: .noise, at: Tensor([1.0]))
        }
        let message = String(decoding: exit?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("zero terminal SNR") && message.contains("predicts v or data"))
        let table = NoiseTable.linear().withZeroTerminalSNR()
        let model = LevelPrediction(of: Through(prediction: .v, table: table), predicting: .v)
        let samples = DiffusionSampler(DDIM(), over: table.grid(steps: 10)).sample(
            model, from: Tensor([1.0], shape: [1, 1]), given: (), using: source("unused"))
        // From exactly standard normal noise, coarse steps shrink the spread as above.
        #expect(samples.values.isfinite().all().intItem() == 1 && samples.values.item() > 0.3)
    }

    @Test("Learned variances lie between the small and the large one")
    func learned() {
        struct Learned: LevelModel {
            let share: Double
            func estimate(at x: Tensor, level: NoiseLevel, given _: Void) -> Estimate {
                var known = MixtureLevels(of: narrow).estimate(at: x, level: level, given: ())
                known.varianceShare = Tensor.full(x.shape, share, dtype: x.dtype)
                return known
            }
        }
        func end<Model: LevelModel>(_ model: Model, _ variance: AncestralSampling.Variance) -> Tensor
        where Model.Condition == Void {
            DiffusionSampler(AncestralSampling(variance), over: NoiseTable.linear().grid(steps: 10)).sample(
                model, from: normal([4, 1], "start"), given: (), using: source("noise")
            ).values
        }
        func plain(_ variance: AncestralSampling.Variance) -> Tensor { end(MixtureLevels(of: narrow), variance) }
        assertClose(end(Learned(share: 0), .learned), plain(.small), relative: 1e-9, absolute: 1e-12)
        assertClose(end(Learned(share: 1), .learned), plain(.large), relative: 1e-9, absolute: 1e-12)
    }
}

@Suite("Adapters of diffusion models") struct DiffusionAdapterTests {
    @Test("Temporal score rescaling narrows a Gaussian of the given width exactly", arguments: [0.5, 2.0, 4.0])
    func rescaling(sharpness: Double) {
        let model = TemporalRescaling(of: MixtureLevels(of: narrow), width: 0.5, sharpness: sharpness)
        let grid = NoiseGrid(along: TrigonometricPath(), over: .uniform(steps: 400, over: 1e-4...1))
        let samples = DiffusionSampler(EDMHeun(), over: grid).sample(
            model, from: Tensor([1.0], shape: [1, 1]), given: (), using: source("unused"))
        assertClose(samples.values.item(), 0.5 / sharpness.squareRoot(), relative: 2e-3)
    }

    @Test("A rescaled mixture keeps the weights of separated modes")
    func weights() {
        let mixture = GaussianMixture(
            weights: Tensor([0.3, 0.7]), means: Tensor([-4.0, 4], shape: [2, 1]),
            covariances: Tensor([0.25, 0.25], shape: [2, 1, 1]))
        let model = TemporalRescaling(of: MixtureLevels(of: mixture), width: 0.5, sharpness: 4)
        let grid = NoiseGrid(along: TrigonometricPath(), over: .uniform(steps: 60, over: 0.001...1))
        let ends = DiffusionSampler(EDMHeun(), over: grid).sample(
            model, from: normal([4000, 1], "start"), given: (), using: source("unused")
        ).values
        let right = (ends .> 0).to(.float64)
        #expect(abs(right.mean().item() - 0.7) < 0.04)
        let inside = (ends - 4).square() * right
        assertClose((inside.sum() / right.sum()).sqrt().item(), 0.25, relative: 0.1)
    }

    @Test("EDM's network sees and returns numbers of unit variance, and none is best for Gaussian data")
    func preconditioning() {
        struct Nothing: PredictionModel {
            let seen: @Sendable (Tensor, Tensor) -> Void
            func predict(_ x: Tensor, time: Tensor, given _: Void) -> Tensor {
                seen(x, time)
                return x.zerosLike()
            }
        }
        for sigma in [0.002, 0.5, 80] {
            let (data, noise) = (normal([20_000, 1], "data") * 0.5, normal([20_000, 1], "noise"))
            let x = data + noise * sigma
            let levels = Tensor.full([20_000], sigma, dtype: .float64)
            let denoiser = EDMPreconditioning(
                of: Nothing { input, time in
                    assertClose(input.square().mean().item(), 1, relative: 0.05)
                    assertClose(time[0].item(), log(sigma) / 4, relative: 1e-12)
                })
            // E[y | x] of Gaussian data of the assumed deviation is c_skip x: the network has nothing to add.
            let exact = MixtureDenoiser(of: narrow).denoise(x, sigma: levels)
            assertClose(denoiser.denoise(x, sigma: levels), exact, relative: 1e-9, absolute: 1e-12)
            let target = denoiser.target(data: data, x: x, sigma: levels)
            assertClose(target.square().mean().item(), 1, relative: 0.05)
        }
    }
}
