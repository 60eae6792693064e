import Generative
import TestSupport
import Testing
import Torch

@Suite("Samples, their costs and ends") struct SamplesTests {
    @Test("Passes are evaluations by default, and follow joined batches")
    func passes() {
        let plain = Samples(values: .zeros([2, 3]), evaluations: [4, 8], stopped: [.completed, .exhausted])
        #expect(plain.passes == [4, 8] && plain.meanPasses == 6 && plain.evaluationSpread == 2)
        let guided = Samples(values: .zeros([1, 3]), evaluations: 6, passes: 9, stopped: .completed)
        let all = Samples(joining: [plain, guided])
        #expect(all.passes == [4, 8, 9] && all.meanPasses == 7 && all.meanEvaluations == 6)
        #expect(all.stopCounts == [.completed: 2, .exhausted: 1])
        let none = Samples(values: .zeros([0, 3]), evaluations: 6, stopped: .completed)
        #expect(none.evaluationSpread == 0 && none.meanPasses == 0 && none.stopCounts.isEmpty)
    }

    @Test("A sample that is not finite never counts as completed", arguments: [Float.nan, .infinity])
    func notFinite(bad: Float) {
        let rates = Tensor([1, bad, 2] as [Float])
        let start = Tensor.ones([3, 2])
        let ode = ODESampler(.heun, times: .uniform(steps: 3))
            .sample(Relaxation(), from: start, given: rates, using: source("unused"))
        let expected: [StopReason] = [.completed, .notFinite, .completed]
        #expect(ode.stopped == expected && ode.stopCounts[.notFinite] == 1)
        #expect(!StopReason.notFinite.isSuccess && "\(StopReason.notFinite)".contains("not finite"))

        let generator = Scaling()
        #expect(
            OneStepSampler().sample(generator, from: start, given: rates, using: source("unused")).stopped == expected)
        let sde = EulerMaruyamaSampler(times: .uniform(steps: 2))
            .sample(Scaling(), from: start, given: rates, using: source("noise"))
        #expect(sde.stopped == expected)
    }

    @Test("A start that is not finite is reported by the adaptive sampler too, and harms nobody else")
    func badStart() {
        let start = Tensor([1, .nan, 1] as [Float], shape: [3, 1])
        let rates = Tensor([1, 1, 1] as [Float])
        let samples = AdaptiveODESampler(control: StepSizeControl(absoluteTolerance: 1e-6))
            .sample(Relaxation(), from: start, given: rates, using: source("unused"))
        #expect(samples.stopped == [.completed, .notFinite, .completed])
        assertEqual(samples.values[0], samples.values[2])
    }

    /// x times a factor for each example, as a generator and as a drift.
    private struct Scaling: OneStepGenerator, StochasticField {
        func generate(from noise: Tensor, given factors: Tensor) -> Tensor { noise * factors.alongBatch(of: noise) }
        func drift(at x: Tensor, time: Tensor, given factors: Tensor) -> Tensor { x * factors.alongBatch(of: x) }
        func diffusion(at time: Tensor) -> Tensor { time.onesLike() * 0.1 }
    }
}
