import Foundation
import Generative
import TestSupport
import Testing
import Torch

@Suite("Sampling in adaptive steps") struct AdaptiveODESamplerTests {
    private func control(_ tolerance: Double) -> StepSizeControl {
        StepSizeControl(absoluteTolerance: tolerance, relativeTolerance: tolerance)
    }

    @Test("The error stays within a few tolerances", arguments: [Tableau.bogackiShampine32, .dormandPrince54])
    func tolerance(of pair: Tableau) {
        let exact = Decay.end(from: squareBatch)
        var costs: [Double] = []
        for tolerance in [1e-3, 1e-5, 1e-7, 1e-9] {
            var control = control(tolerance)
            control.maximumSteps = 10_000
            let samples = AdaptiveODESampler(pair, control: control)
                .sample(Decay(), from: squareBatch, using: source("unused"))
            #expect((samples.values - exact).abs().amax().item() < 5 * tolerance)
            costs.append(samples.meanEvaluations)
        }
        #expect(costs == costs.sorted() && costs[3] > costs[0])
    }

    @Test("Reported evaluations are those that took place, sample by sample")
    func evaluations() {
        let field = Relaxation()
        let rates = Tensor([0.01, 0.1, 1, 10, 100])
        let samples = AdaptiveODESampler(control: control(1e-6))
            .sample(field, from: .ones([5, 2], dtype: .float64), given: rates, using: source("unused"))
        #expect(samples.evaluations.reduce(0, +) == field.counter.rows)
        #expect(samples.evaluations.max() == field.counter.calls)
        #expect(samples.evaluations == samples.evaluations.sorted())
        #expect(samples.evaluations.allSatisfy { ($0 - 1) % 6 == 0 })
        #expect(samples.stopped.allSatisfy { $0 == .completed })
        assertClose(samples.values[TensorIndex.all, 0], (-rates).exp(), relative: 1e-4, absolute: 1e-5)
    }

    @Test("The relative tolerance knows no units")
    func units() {
        let control = StepSizeControl(absoluteTolerance: 1e-15, relativeTolerance: 1e-5)
        let costs = [1.0 / 1024, 1, 1024].map { unit in
            AdaptiveODESampler(control: control)
                .sample(Relaxation(), from: squareBatch * unit, given: Tensor([0.5, 1, 4]), using: source("unused"))
                .evaluations
        }
        #expect(costs[0] == costs[1] && costs[1] == costs[2])
    }

    @Test("A pair that reuses nothing is counted so")
    func noReuse() {
        let heunEuler = Tableau(
            name: "Heun-Euler 2(1)", order: 2, couplings: [[], [1]], weights: [0.5, 0.5],
            embedded: Tableau.Embedded(order: 1, weights: [1, 0]))
        let field = Relaxation()
        let samples = AdaptiveODESampler(heunEuler, control: control(1e-4))
            .sample(field, from: .ones([2, 3], dtype: .float64), given: Tensor([1.0, 2]), using: source("unused"))
        #expect(samples.evaluations.reduce(0, +) == field.counter.rows)
        assertClose(samples.values[TensorIndex.all, 0], Tensor([-1.0, -2]).exp(), relative: 0, absolute: 1e-3)
    }

    @Test(
        "A sample is the same to the last bit alone, in a batch and beside a stiff or broken one",
        arguments: [
            DType.float32, .float64,
        ])
    func independence(dtype: DType) {
        let start = normal([64, 5], "starts").to(dtype)
        let rates = (Tensor.rand([64], using: source("rates"), dtype: .float64) * 3.0 + 0.1).to(dtype)
        let hostile = Tensor([1000, .nan, .infinity, 0]).to(dtype)
        let sampler = AdaptiveODESampler(control: control(1e-6), for: Relaxation.self)
        let together = sampler.sample(Relaxation(), from: start, given: rates, using: source("unused"))
        let alone = sampler.sample(Relaxation(), from: start, given: rates, using: source("unused"), batchSize: 1)
        let beside = sampler.sample(
            Relaxation(), from: .cat([start[0..<4], start]), given: .cat([hostile, rates]), using: source("unused"))
        #expect(together.evaluations == alone.evaluations)
        assertEqual(together.values, alone.values)
        #expect(Array(beside.evaluations.dropFirst(4)) == alone.evaluations)
        assertEqual(beside.values[4..<68], alone.values)
        #expect(beside.stopped.prefix(4) == [.completed, .stepTooSmall, .stepTooSmall, .completed])
    }

    @Test("Seven evaluations for the first step and six for each other one; exp(-1) within 1e-5")
    func firstStep() {
        for rate in [0.0, 1, 30] {
            let field = Relaxation()
            var attempts = 0
            let samples = AdaptiveODESampler(control: control(1e-6)).sample(
                field, from: .ones([1, 1], dtype: .float64), given: Tensor([rate]), using: source("unused")
            ) {
                attempts += 1
                #expect($0.evaluations == 7 + 6 * (attempts - 1))
            }
            #expect(samples.evaluations == [1 + 6 * attempts] && field.counter.calls == 1 + 6 * attempts)
            assertClose(samples.values.item(), exp(-rate), relative: 0, absolute: 1e-5)
        }
    }

    @Test("The exact velocity carries noise to the data, and back")
    func roundTrip() {
        let field = MixtureVelocity(of: threeGaussians, along: TrigonometricPath())
        let noise = normal([2000, 2], "noise")
        let forth = AdaptiveODESampler(control: control(1e-6)).sample(field, from: noise, using: source("unused"))
        #expect(worstMoment(of: forth.values, threeGaussians) < 4)
        let back = AdaptiveODESampler(control: control(1e-6), .towardsNoise)
            .sample(field, from: forth.values, using: source("unused"))
        assertClose(back.values, noise, relative: 1e-4, absolute: 1e-3)
    }

    @Test("Part of the time is crossed exactly, also in single precision", arguments: [DType.float32, .float64])
    func interval(dtype: DType) {
        let start = squareBatch.to(dtype)
        let sampler = AdaptiveODESampler(control: control(1e-5), over: 0.1...0.7, for: Decay.self)
        let samples = sampler.sample(Decay(), from: start, using: source("unused"))
        #expect(samples.stopped.allSatisfy { $0 == .completed })
        // 1/x grows by t² between the ends.
        let exact = (start.reciprocal() + (0.49 - 0.01)).reciprocal()
        assertClose(samples.values, exact, absolute: 1e-4)
        #expect(samples.values.dtype == dtype)
    }

    @Test("Too few steps, a field that is not finite: samples say so and keep their last good place")
    func failures() {
        var few = control(1e-9)
        few.maximumSteps = 8
        let rates = Tensor([100.0, 0])
        let cut = AdaptiveODESampler(control: few)
            .sample(Relaxation(), from: .ones([2, 2], dtype: .float64), given: rates, using: source("unused"))
        #expect(cut.stopped == [.exhausted, .completed])
        #expect(cut.evaluations[0] == 1 + 8 * 6)
        let broken = AdaptiveODESampler(control: control(1e-4))
            .sample(Relaxation(), from: .ones([2, 2]), given: Tensor([.nan, 1] as [Float]), using: source("unused"))
        #expect(broken.stopped == [.stepTooSmall, .completed])
        assertEqual(broken.values[0], .ones([2]))
    }

    @Test("The observer sees the work progress and samples leave")
    func observer() {
        var reports: [StepReport] = []
        let samples = AdaptiveODESampler(control: control(1e-6)).sample(
            Relaxation(), from: .ones([3, 2], dtype: .float64), given: Tensor([0.1, 1, 50]), using: source("unused")
        ) { reports.append($0) }
        #expect(reports.map(\.step) == Array(1...reports.count))
        #expect(reports.map(\.fraction) == reports.map(\.fraction).sorted())
        #expect(reports.last?.fraction == 1 && reports.last?.running == 0)
        #expect(reports.last?.evaluations == samples.evaluations.max())
        #expect(Set(reports.map(\.running)).count > 2)
        // Snapshots, read after the end, are those of their steps.
        #expect((reports[0].values - samples.values).abs().amax().item() > 0)
        #expect(reports.allSatisfy { $0.values.shape == [3, 2] })
        if let last = reports.last { assertEqual(last.values, samples.values) }
    }

    @Test("An empty batch costs nothing")
    func empty() {
        let samples = AdaptiveODESampler().sample(Decay(), from: .zeros([0, 2]), using: source("unused"))
        #expect(samples.count == 0 && samples.meanEvaluations == 0)
    }
}
