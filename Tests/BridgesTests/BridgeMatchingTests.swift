import Bridges
import Generative
import TestSupport
import Testing
import Torch

/// Ends of a bridge between Gaussians in the plane.
private let bridge = GaussianBridge(
    from: .init(mean: Tensor([-1.0, 0.5]), covariance: Tensor([0.5, 0.2, 0.2, 0.4], shape: [2, 2])),
    to: .init(mean: Tensor([1.0, -0.5]), covariance: Tensor([0.7, -0.3, -0.3, 0.5], shape: [2, 2])), sigma: 0.8)
private let reference = BrownianBridge(sigma: 0.8)

private func normal(_ shape: [Int], _ name: String) -> Tensor {
    Tensor.randn(shape, using: RandomSource(Seed(31).child(name)), dtype: .float64)
}

private func covariance(_ x: Tensor, _ y: Tensor) -> Tensor {
    (x - x.mean(0)).mT.matmul(y - y.mean(0)) / Double(x.shape[0])
}

private func draw(_ gaussian: GaussianBridge.Gaussian, _ count: Int, _ name: String) -> Tensor {
    normal([count, 2], name).matmul(gaussian.covariance.cholesky().mT) + gaussian.mean
}

/// Pairs of the Schrödinger bridge's own coupling, from its closed form.
private func pairs(_ count: Int) -> (start: Tensor, end: Tensor) {
    let cross = bridge.crossCovariance
    let joint = Tensor.cat(
        [Tensor.cat([bridge.start.covariance, cross], 1), Tensor.cat([cross.mT, bridge.end.covariance], 1)], 0)
    let both = normal([count, 4], "pairs").matmul(joint.cholesky().mT)
    return (both[TensorIndex.all, 0..<2] + bridge.start.mean, both[TensorIndex.all, 2..<4] + bridge.end.mean)
}

/// A linear model of the position at one time: x Aᵀ + c, its parameters (A, c) [D, D + 1].
private struct LinearModel: PredictionModel {
    typealias Condition = Void
    let parameters: Tensor

    func predict(_ x: Tensor, time: Tensor, given _: Void) -> Tensor {
        x.linear(parameters[TensorIndex.all, 0..<2], parameters[TensorIndex.all, 2])
    }
}

/// The closed form of a target.
private struct Exact: PredictionModel, Sendable {
    typealias Condition = Void
    let target: BrownianBridge.Target
    var bridge: GaussianBridge

    func predict(_ x: Tensor, time: Tensor, given _: Void) -> Tensor {
        switch target {
        case .drift: bridge.drift(at: x, time: time, given: ())
        case .velocity: bridge.velocity(at: x, time: time)
        case .score: bridge.score(at: x, time: time) * bridge.sigma
        }
    }
}

@Suite("Bridge matching") struct BridgeMatchingTests {
    @Test(
        "On pairs of a Gaussian bridge the least loss of a linear model is at the closed form, at every time",
        arguments: BrownianBridge.Target.allCases, [0.1, 0.6])
    func minimiser(of target: BrownianBridge.Target, _ time: Double) {
        let count = 40_000
        let (start, end) = pairs(count)
        var batch = BridgeBatch(start: start, end: end, using: RandomSource(Seed(1)))
        batch.time = .full([count], time, dtype: .float64)
        let objective = BridgeMatching<LinearModel>(target, of: reference)
        func slope(at parameters: Tensor) -> Tensor {
            let model = LinearModel(parameters: parameters.clone().requiringGrad())
            let loss = objective.loss(of: model, on: batch, using: RandomSource(Seed(0)))
            return gradients(of: loss.mean, withRespectTo: [model.parameters])[0].flatten()
        }
        // The loss is quadratic, so differences of slopes are the Hessian and one step of Newton's method is exact.
        let zero = slope(at: .zeros([2, 3], dtype: .float64))
        let columns = (0..<6).map { place in
            slope(at: Tensor((0..<6).map { $0 == place ? 1.0 : 0 }, shape: [2, 3])) - zero
        }
        let fitted = LinearModel(parameters: -Tensor.stack(columns, 1).solve(zero.unsqueeze(1)).reshape(2, 3))
        let x = bridge.mean(at: Tensor([time])) + normal([6, 2], "probe") * 0.7
        let times = Tensor.full([6], time, dtype: .float64)
        let exact = Exact(target: target, bridge: bridge).predict(x, time: times, given: ())
        assertClose(fitted.predict(x, time: times, given: ()), exact, relative: 0, absolute: 0.1)
    }

    @Test("positions of the bridge have the marginals of the closed form")
    func marginals() {
        let (start, end) = pairs(20_000)
        for time in [0.2, 0.7] {
            let times = Tensor.full([20_000], time, dtype: .float64)
            let x = reference.position(from: start, to: end, noise: normal([20_000, 2], "noise"), at: times)
            assertClose(covariance(x, x), bridge.covariance(at: Tensor([time]))[0], absolute: 0.03)
        }
    }

    @Test("drift, velocity and score of one bridge fit each other, whichever way time runs")
    func identities() {
        let (start, end) = pairs(5)
        let (noise, time) = (normal([5, 2], "noise"), Tensor([0.1, 0.3, 0.5, 0.7, 0.9]))
        func value(_ target: BrownianBridge.Target, _ batch: BridgeBatch) -> Tensor {
            reference.value(target, from: batch.start, to: batch.end, noise: batch.noise, at: batch.time)
        }
        let batch = BridgeBatch(start: start, end: end, noise: noise, time: time)
        let (velocity, half) = (value(.velocity, batch), value(.score, batch) * (reference.sigma / 2))
        assertClose(value(.drift, batch), velocity + half, relative: 1e-12)
        assertClose(value(.drift, batch.reversed), half - velocity, relative: 1e-12)
        // The drift leads to the end in the time that is left.
        let x = reference.position(from: start, to: end, noise: noise, at: time)
        assertClose(value(.drift, batch), (end - x) / (1 - time).unsqueeze(1), relative: 1e-11)
    }

    @Test(
        "the weighted variance of every target stays bounded towards both ends",
        arguments: BrownianBridge.Target.allCases)
    func weights(_ target: BrownianBridge.Target) {
        let time = Tensor([1e-6, 1e-3, 0.5, 1 - 1e-3, 1 - 1e-6])
        let ones = Tensor.ones([5, 1], dtype: .float64)
        let noise = reference.value(target, from: ones, to: ones, noise: ones, at: time).squeeze(1)
        #expect((noise.square() * reference.weight(of: target, at: time)).amax().item() <= 1 + 1e-9)
    }

    @Test("the metric of the energy is the path energy: exactly that of the closed form")
    func energy() {
        let count = 20_000
        let (start, end) = pairs(count)
        let batch = BridgeBatch(start: start, end: end, using: RandomSource(Seed(1)))
        let loss = BridgeMatching<Exact>(.velocity, of: reference)
            .loss(of: Exact(target: .velocity, bridge: bridge), on: batch, using: RandomSource(Seed(0)))
        let along = PathEnergy.ofFlow(bridge, from: start, steps: 30)
        assertClose(loss.metrics["energy"]?.mean().item() ?? .nan, along, relative: 0.05)
        // Up to the error of as many starts.
        #expect(along > 0.98 * bridge.squaredWasserstein)
        let equation = PathEnergy.ofEquation(
            bridge, from: start.slice(0, 0, 4000), steps: 50, using: RandomSource(Seed(2)))
        let drift = BridgeMatching<Exact>(.drift, of: reference)
            .loss(of: Exact(target: .drift, bridge: bridge), on: batch, using: RandomSource(Seed(0)))
        assertClose(equation, drift.metrics["energy"]?.mean().item() ?? .nan, relative: 0.05)
    }
}

@Suite("Learned bridges in both directions") struct BridgeDynamicsTests {
    private let drifts = DriftPair(
        along: Exact(target: .drift, bridge: bridge), against: Exact(target: .drift, bridge: bridge.reversed),
        reference: reference)
    private let flow = FlowAndScore(
        flow: Exact(target: .velocity, bridge: bridge), score: Exact(target: .score, bridge: bridge),
        reference: reference)

    @Test("two drifts, and velocity with score, are the same bridge, forward and backward")
    func agreement() {
        let (x, time) = (normal([4, 2], "x"), Tensor([0.1, 0.4, 0.6, 0.95]))
        let exact = bridge.velocity(at: x, time: time)
        assertClose(drifts.velocity(at: x, time: time), exact, relative: 1e-9, absolute: 1e-10)
        assertClose(flow.velocity(at: x, time: time), exact, relative: 1e-12)
        assertClose(
            flow.drift(at: x, time: time, given: ()), bridge.drift(at: x, time: time, given: ()), relative: 1e-9)
        let (a, b) = (drifts.reversed, flow.reversed)
        assertClose(b.drift(at: x, time: time, given: ()), a.drift(at: x, time: time, given: ()), relative: 1e-8)
        assertClose(b.velocity(at: x, time: time), a.velocity(at: x, time: time), relative: 1e-8, absolute: 1e-9)
        assertClose(b.velocity(at: x, time: time), -bridge.velocity(at: x, time: 1 - time), relative: 1e-12)
        #expect(drifts.passes(at: 0.5) == 2 && flow.passes(at: 0.5) == 1)
    }

    @Test("pairs of a batch have the covariance of the bridge, and no example is used twice")
    func pairing() {
        let count = 128
        let (start, end) = (draw(bridge.start, count, "a"), draw(bridge.end, count, "b"))
        let order = reference.pairing(of: start, with: end, using: RandomSource(Seed(4)))
        #expect(order.scalars(as: Int.self).sorted() == Array(0..<count))
        assertClose(
            covariance(start, end.indexSelect(0, order)), bridge.crossCovariance, relative: 0, absolute: 0.2)
    }

    @Test("iterated fitting of linear drifts converges to the Gaussian bridge")
    func iterations() {
        // From independent ends, whose covariance is 0: Markovian fitting in closed form by regression at each time.
        let count = 4000
        var pairs = (start: draw(bridge.start, count, "a"), end: draw(bridge.end, count, "b"))
        var errors = [error(of: pairs)]
        for _ in 0..<3 {
            let fitted = FittedDrift(pairs, reference, steps: 40)
            pairs = (
                pairs.start, BrownianBridge.ends(of: fitted, from: pairs.start, steps: 40, using: RandomSource(Seed(9)))
            )
            errors.append(error(of: pairs))
        }
        #expect(errors[0] > 0.15 && errors[1] < errors[0] && errors[3] < 0.06, "\(errors)")
    }

    private func error(of pairs: (start: Tensor, end: Tensor)) -> Double {
        (covariance(pairs.start, pairs.end) - bridge.crossCovariance).abs().amax().item()
    }
}

/// The drift that is linear in the position at each of some times, by least squares on positions of Brownian bridges.
private struct FittedDrift: StochasticField {
    typealias Condition = Void
    private let maps: [Tensor]
    private let sigma: Double

    init(_ pairs: (start: Tensor, end: Tensor), _ reference: BrownianBridge, steps: Int) {
        sigma = reference.sigma
        let count = pairs.start.shape[0]
        maps = (0..<steps).map { step in
            let time = Tensor.full([count], max(Double(step) / Double(steps), 1e-6), dtype: .float64)
            let noise = normal([count, 2], "fit \(step)")
            let x = reference.position(from: pairs.start, to: pairs.end, noise: noise, at: time)
            let wanted = reference.value(.drift, from: pairs.start, to: pairs.end, noise: noise, at: time)
            let design = Tensor.cat([x, Tensor.ones([count, 1], dtype: .float64)], 1)
            return design.mT.matmul(design).solve(design.mT.matmul(wanted))
        }
    }

    func drift(at x: Tensor, time: Tensor, given _: Void) -> Tensor {
        let step = min(Int((time[0].item() as Double) * Double(maps.count) + 0.5), maps.count - 1)
        return Tensor.cat([x, Tensor.ones([x.shape[0], 1], dtype: .float64)], 1).matmul(maps[step])
    }

    func diffusion(at time: Tensor) -> Tensor { time.onesLike() * sigma }
}
