import Foundation
import Generative
import TestSupport
import Testing
import Torch

@Suite("Dense output of adaptive steps") struct DenseOutputTests {
    private func control(_ tolerance: Double) -> StepSizeControl {
        StepSizeControl(absoluteTolerance: tolerance, relativeTolerance: tolerance)
    }

    /// 1 / x grows by t².
    private func decayed(_ start: Tensor, _ time: Double) -> Tensor {
        (start.reciprocal() + time * time).reciprocal()
    }

    @Test(
        "Within one step the error falls with the declared order",
        arguments: [(Tableau.dormandPrince54, 4), (.bogackiShampine32, 3)])
    func order(of pair: Tableau, order: Int) {
        let errors = [0.08, 0.04, 0.02].map { length in
            // So loose that all is one step.
            let sampler = AdaptiveODESampler(pair, control: control(100), over: 0.3...(0.3 + length), for: Decay.self)
            let start = decayed(squareBatch, 0.3)
            let times = [0.35, 0.6, 0.85].map { 0.3 + $0 * length }
            let found = sampler.trajectories(of: Decay(), from: start, at: times)
            #expect(found.samples.evaluations.allSatisfy { $0 == 1 + pair.stages - 1 })
            let exact = Tensor.stack(times.map { decayed(squareBatch, $0) })
            return (found.positions - exact).abs().amax().item()
        }
        // A local error, which is of one order more.
        #expect(abs(observedOrder(errors) - Double(order + 1)) < 0.45, "\(errors)")
    }

    @Test("Positions at all times keep to the tolerance, whatever the order of the times", arguments: [1e-4, 1e-8])
    func tolerance(_ tolerance: Double) {
        let times = [0.7, 0, 0.123, 1, 0.5, 0.123]
        let sampler = AdaptiveODESampler(control: control(tolerance), for: Decay.self)
        let found = sampler.trajectories(of: Decay(), from: squareBatch, at: times)
        let exact = Tensor.stack(times.map { decayed(squareBatch, $0) })
        #expect(found.positions.shape == [6, 3, 3] && found.times == times)
        #expect((found.positions - exact).abs().amax().item() < 20 * tolerance)
        assertEqual(found.positions[1], squareBatch)
        assertEqual(found.positions[3], found.samples.values)
        assertEqual(found.positions[2], found.positions[5])
    }

    @Test("Watching changes neither the ends nor the evaluations", arguments: [DType.float32, .float64])
    func unchanged(dtype: DType) {
        let sampler = AdaptiveODESampler(control: control(1e-5), for: Relaxation.self)
        let rates = Tensor([0.1, 3, 40]).to(dtype)
        let field = Relaxation()
        let found = sampler.trajectories(
            of: field, from: squareBatch.to(dtype), given: rates, at: [0.2, 0.4, 0.9])
        #expect(found.samples.evaluations.reduce(0, +) == field.counter.rows)
        let plain = sampler.sample(Relaxation(), from: squareBatch.to(dtype), given: rates, using: source("unused"))
        assertEqual(found.samples.values, plain.values)
        #expect(found.samples.evaluations == plain.evaluations && found.positions.dtype == dtype)
        let exact = (-(rates * 0.4)).exp().unsqueeze(1) * squareBatch.to(dtype)
        assertClose(found.positions[1], exact, absolute: 1e-4)
    }

    @Test("A position is the same to the last bit alone and beside a stiff or broken neighbour")
    func independence() {
        let start = normal([16, 5], "starts").to(.float32)
        let rates = Tensor.rand([16], using: source("rates")) * 3.0 + 0.1
        let hostile = Tensor([1000, .nan] as [Float])
        let sampler = AdaptiveODESampler(control: control(1e-6), for: Relaxation.self)
        let times = [0.25, 0.5, 1]
        let beside = sampler.trajectories(
            of: Relaxation(), from: .cat([start[0..<2], start]), given: .cat([hostile, rates]), at: times)
        for row in [0, 7, 15] {
            let alone = sampler.trajectories(
                of: Relaxation(), from: start[row..<row + 1], given: rates[row..<row + 1], at: times)
            assertEqual(alone.positions.select(1, 0), beside.positions.select(1, row + 2))
        }
        #expect(beside.positions.select(1, 1).isfinite().any().intItem() == 0)
    }

    @Test("Backwards in time, from data to noise")
    func backwards() {
        let sampler = AdaptiveODESampler(control: control(1e-8), .towardsNoise, for: Decay.self)
        let found = sampler.trajectories(of: Decay(), from: decayed(squareBatch, 1), at: [0.9, 0.1, 0])
        let exact = Tensor.stack([0.9, 0.1, 0].map { decayed(squareBatch, $0) })
        assertClose(found.positions, exact, absolute: 1e-6)
    }

    @Test("Each sample has a tolerance of its own")
    func slack() {
        let sampler = AdaptiveODESampler(control: control(1e-4), for: Decay.self)
        let same = Tensor([0.7, 0.7, 0.7], shape: [3, 1])
        let found = sampler.trajectories(of: Decay(), from: same, at: [0.5], slack: [10, 1, 1e-5])
        let costs = found.samples.evaluations
        #expect(costs[0] <= costs[1] && costs[1] < costs[2])
        let errors = (found.samples.values - Decay.end(from: same)).abs().reshape(-1).scalars(as: Double.self)
        #expect(errors[2] < 1e-8 && errors[1] > errors[2])
        let plain = sampler.sample(Decay(), from: same, using: source("unused"))
        #expect(costs[1] == plain.evaluations[1])
    }

    @Test("Times outside the interval and solvers without an interpolant stop the program with a message")
    func mistakes() async {
        let outside = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = AdaptiveODESampler(over: 0...0.5, for: Decay.self).trajectories(
                of: Decay(), from: Tensor([1.0], shape: [1, 1]), at: [0.7])
        }
        let outsideText = String(decoding: outside?.standardErrorContent ?? [], as: UTF8.self)
        #expect(outsideText.contains("lie in 0.0...0.5"))
    }
}
