import Foundation
import Generative
import TestSupport
import Testing
import Torch

private struct KnownPath: Sendable, CustomTestStringConvertible {
    let name: String
    let path: any AffinePath
    var testDescription: String { name }
}

private let paths = [
    KnownPath(name: "linear", path: LinearPath()), KnownPath(name: "trigonometric", path: TrigonometricPath()),
    KnownPath(name: "vp_linear", path: VariancePreservingPath()), KnownPath(name: "vp_cosine", path: CosinePath()),
    KnownPath(name: "sub_vp", path: SubVariancePreservingPath()),
    KnownPath(name: "ve", path: VarianceExplodingPath()), KnownPath(name: "edm", path: KarrasPath()),
]

/// Facts of a mixture by Fixtures/transport_paths.py: 3 times, ends included, of 3 points in 3 dimensions each.
private struct Known {
    let file: SafetensorsFile
    let path: String

    init(_ path: KnownPath) throws {
        file = try SafetensorsFile(fixtures().appending(path: "transport_paths.safetensors"))
        self.path = path.name
    }

    func callAsFunction(_ name: String) throws -> Tensor { try #require(file["\(path)/\(name)"]) }
    func callAsFunction(_ prediction: Prediction) throws -> Tensor { try self(prediction.rawValue) }
    func shared(_ name: String) throws -> Tensor { try #require(file[name]) }
}

@Suite("Predictions and their conversions") struct PredictionTests {
    /// True if a prediction determines another one where the noise or the data has no share.
    private func isDetermined(_ wanted: Prediction, by known: Prediction, _ alpha: Double, _ sigma: Double, steep: Bool)
        -> Bool
    {
        if known == wanted { return true }
        if sigma == 0 {
            let hasScore = known == .score || (known == .velocity && steep)
            return hasScore || !(wanted == .score || (wanted == .velocity && steep))
        }
        if alpha == 0 {
            let hasData = known == .data || known == .velocity || known == .v
            return hasData || wanted == .noise || wanted == .score
        }
        return true
    }

    @Test(
        "Every quantity gives every other one, on every path and at its ends", arguments: paths,
        [
            DType.float32, .float64,
        ])
    fileprivate func conversions(along path: KnownPath, dtype: DType) throws {
        let known = try Known(path)
        let times = try known.shared("t").scalars(as: Double.self)
        for (row, time) in times.enumerated() {
            let (alpha, sigma) = (try known("alpha")[row].item(), try known("sigma")[row].item())
            let (x, t) = (try known("x")[row].to(dtype), Tensor.full([3], time, dtype: dtype))
            for from in Prediction.allCases {
                for to in Prediction.allCases {
                    let value = from.convert(try known(from)[row].to(dtype), to: to, at: x, time: t, along: path.path)
                    #expect(value.isfinite().all().intItem() == 1, "\(from) to \(to) at \(time)")
                    #expect(value.dtype == dtype)
                    guard isDetermined(to, by: from, alpha, sigma, steep: path.name.hasPrefix("vp")) else { continue }
                    // Where there is little noise, rounding of the position is large beside it.
                    let rounding = dtype == .float64 ? 1e-15 : 1e-7
                    let lost = sigma == 0 ? 0 : 100 * rounding / (sigma * sigma)
                    let tolerance = max(dtype == .float64 ? 1e-11 : 1e-3, lost)
                    assertClose(value.to(.float64), try known(to)[row], relative: tolerance, absolute: tolerance)
                }
            }
        }
    }

    @Test("Each example has its own time, also where there are as many examples as dimensions", arguments: paths)
    fileprivate func ownTimes(along path: KnownPath) throws {
        let known = try Known(path)
        // Point i at time i.
        func mixed(_ tensor: Tensor) -> Tensor { Tensor.stack((0..<3).map { tensor[$0][$0] }) }
        let (x, time) = (mixed(try known("x")), try known.shared("t"))
        let noise = Prediction.velocity.convert(
            mixed(try known(.velocity)), to: .noise, at: x, time: time, along: path.path)
        assertClose(noise, mixed(try known(.noise)), relative: 1e-11, absolute: 1e-11)
        let data = Prediction.v.convert(mixed(try known(.v)), to: .data, at: x, time: time, along: path.path)
        assertClose(data, mixed(try known(.data)), relative: 1e-11, absolute: 1e-11)
    }

    @Test("The exact velocity of a mixture is right on every path and at its ends", arguments: paths)
    fileprivate func velocities(along path: KnownPath) throws {
        let known = try Known(path)
        let mixture = GaussianMixture(
            weights: try known.shared("weights"), means: try known.shared("means"),
            covariances: try known.shared("covariances"))
        func check(_ path: some AffinePath) throws {
            for (row, time) in try known.shared("t").scalars(as: Double.self).enumerated() {
                let velocity = MixtureVelocity(of: mixture, along: path).velocity(at: try known("x")[row], time: time)
                assertClose(velocity, try known(.velocity)[row], relative: 1e-10, absolute: 1e-10)
            }
        }
        try check(path.path)
    }

    @Test("Targets of known data and noise convert into each other", arguments: paths)
    fileprivate func targets(along path: KnownPath) {
        let (data, noise, time) = (normal([3, 3], "data"), normal([3, 3], "noise"), Tensor([0.1, 0.5, 0.9]))
        func check(_ path: some AffinePath) {
            let x = path.position(of: data, noise: noise, at: time)
            for from in Prediction.allCases {
                let target = from.target(data: data, noise: noise, time: time, along: path)
                for to in Prediction.allCases {
                    let other = from.convert(target, to: to, at: x, time: time, along: path)
                    let expected = to.target(data: data, noise: noise, time: time, along: path)
                    assertClose(other, expected, relative: 1e-10, absolute: 1e-10)
                }
            }
        }
        check(path.path)
    }

    @Test("Half precision is converted in single precision, and comes back as it was")
    func halves() {
        let x = normal([2, 3], "x").to(.bfloat16)
        let noise = Prediction.data.convert(
            x, to: .noise, at: x, time: Tensor([0.25, 0.5] as [Float]), along: LinearPath())
        #expect(noise.dtype == .bfloat16)
        assertClose(noise.to(.float32), x.to(.float32), absolute: 0.02)
    }

    @Test("A model of any quantity leads to the same samples", arguments: Prediction.allCases)
    func samples(of prediction: Prediction) {
        let exact = MixtureVelocity(of: threeGaussians, along: TrigonometricPath())
        let model = ModelVelocity(
            of: PerfectModel(prediction: prediction), predicting: prediction, along: TrigonometricPath())
        let noise = normal([50, 2], "noise")
        // Noise and score tell nothing of the data at t = 0, so they start a little later.
        let times = TimeGrid.uniform(steps: 20, over: 0.01...1)
        let samples = ODESampler(.heun, times: times).sample(model, from: noise, using: source("unused"))
        let expected = ODESampler(.heun, times: times).sample(exact, from: noise, using: source("unused"))
        assertClose(samples.values, expected.values, relative: 1e-9, absolute: 1e-9)
    }

    private struct PerfectModel: PredictionModel {
        let prediction: Prediction

        func predict(_ x: Tensor, time: Tensor, given _: Void) -> Tensor {
            let at = TrigonometricPath().coefficients(at: time)
            let known = threeGaussians.posterior(at: x, alpha: at.alpha, sigma: at.sigma)
            switch prediction {
            case .data: return known.data
            case .noise: return known.noise
            case .score: return known.score
            case .v: return at.alpha.alongBatch(of: x) * known.noise - at.sigma.alongBatch(of: x) * known.data
            case .velocity:
                return MixtureVelocity(of: threeGaussians, along: TrigonometricPath()).velocity(at: x, time: time)
            }
        }
    }
}

@Suite("Times of training") struct TimeDistributionTests {
    private static let distributions: [any TimeDistribution] = [
        .uniform, UniformTimes(over: 0.2...0.9), .logitNormal(), .logitNormal(mean: 1.2, deviation: 0.5),
    ]

    @Test("The density is the derivative of the distribution function", arguments: 0..<4)
    func density(index: Int) {
        let times = Self.distributions[index]
        for share in [0.01, 0.3, 0.5, 0.9, 0.999] {
            let slope = (times.quantile(share + 1e-6) - times.quantile(share - 1e-6)) / 2e-6
            assertClose(slope * times.density(at: times.quantile(share)), 1, relative: 1e-4)
        }
        #expect(times.density(at: -0.1) == 0 && times.density(at: 1.1) == 0)
    }

    @Test("The logit of a logit-normal time has the given mean and deviation")
    func logits() {
        let times = LogitNormalTimes(mean: 0.7, deviation: 1.3)
            .sample(20_000, using: source("times"), dtype: .float64)
        let logits = (times / (1 - times)).log()
        #expect(abs(logits.mean().item() - 0.7) < 4 * 1.3 / 20_000.0.squareRoot())
        #expect(abs(logits.std().item() / 1.3 - 1) < 4 / 40_000.0.squareRoot())
        assertClose(LogitNormalTimes().quantile(0.975), 1 / (1 + 0.14086349409321755), relative: 1e-9)
    }

    @Test("Stratified times hit each interval of equal probability once, in random order", arguments: 0..<4)
    func stratified(index: Int) {
        let times = Self.distributions[index]
        let drawn = times.sample(100, stratified: true, using: source("times"), dtype: .float64).scalars(
            as: Double.self)
        for (place, time) in drawn.sorted().enumerated() {
            #expect(time >= times.quantile(max(Double(place) / 100, 1e-15)) - 1e-12)
            #expect(time <= times.quantile(min(Double(place + 1) / 100, 1 - 1e-15)) + 1e-12)
        }
        #expect(drawn != drawn.sorted())
        // Over many batches the first example's time is distributed like any other.
        let first = (0..<400).map { times.sample(5, stratified: true, using: source("\($0)"))[0].item() }
        let share = Double(first.filter { $0 < times.quantile(0.5) }.count) / 400
        #expect(abs(share - 0.5) < 4 * 0.5 / 20)
    }

    @Test("A stretch of time outside of [0, 1] stops the program with a reason")
    func invalid() async {
        let exit = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = UniformTimes(over: 0.5...1.5)
        }
        let message = String(decoding: exit?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("not a stretch of time within [0, 1]"))
    }
}
