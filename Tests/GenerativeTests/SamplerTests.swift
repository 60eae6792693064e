import Generative
import TestSupport
import Testing
import Torch

@Suite("Sampling in fixed steps") struct SamplerTests {
    private let field = MixtureVelocity(of: threeGaussians, along: LinearPath())

    @Test("The exact velocity carries noise to the data")
    func moments() {
        let samples = ODESampler(.rk4, times: .uniform(steps: 40))
            .sample(field, from: normal([4000, 2], "noise"), using: source("unused"))
        #expect(worstMoment(of: samples.values, threeGaussians) < 4)
    }

    @Test("Halfway the samples have the marginal of the path", arguments: [0.25, 0.75])
    func halfway(time: Double) {
        let samples = ODESampler(.rk4, times: .uniform(steps: 20, over: 0...time), for: type(of: field))
            .sample(field, from: normal([4000, 2], "noise"), using: source("unused"))
        #expect(worstMoment(of: samples.values, threeGaussians.diffused(alpha: time, sigma: 1 - time)) < 4)
    }

    @Test("There and back again")
    func roundTrip() {
        let noise = normal([64, 2], "noise")
        let forth = TimeGrid.uniform(steps: 200)
        let samples = ODESampler(.rk4, times: forth).sample(field, from: noise, using: source("unused"))
        let back = ODESampler(.rk4, times: forth.reversed())
            .sample(field, from: samples.values, using: source("unused"))
        assertClose(back.values, noise, absolute: 1e-5)
        #expect((samples.values - noise).abs().amax().item() > 0.5)
    }

    @Test("Samples say what they cost and why they ended")
    func fields() {
        let samples = ODESampler(.heun, times: .uniform(steps: 7))
            .sample(field, from: normal([5, 2], "noise"), using: source("unused"))
        #expect(samples.values.shape == [5, 2])
        #expect(samples.count == 5)
        #expect(samples.evaluations == Array(repeating: 14, count: 5))
        #expect(samples.meanEvaluations == 14)
        #expect(samples.stopped.allSatisfy { $0 == .completed && $0.isSuccess })
    }

    @Test("The observer hears of every step, and its values are snapshots")
    func observer() {
        var reports: [StepReport] = []
        let samples = ODESampler(.midpoint, times: .uniform(steps: 4))
            .sample(field, from: normal([3, 2], "noise"), using: source("unused")) { reports.append($0) }
        #expect(reports.map(\.step) == [1, 2, 3, 4])
        #expect(reports.map(\.steps) == [4, 4, 4, 4])
        #expect(reports.map(\.fraction) == [0.25, 0.5, 0.75, 1])
        #expect(reports.map(\.evaluations) == [2, 4, 6, 8])
        #expect(reports.map(\.running) == [3, 3, 3, 0])
        assertEqual(reports[3].values, samples.values)
        #expect((reports[0].values - reports[1].values).abs().amax().item() > 0)
    }

    @Test("An observer that throws ends the sampling")
    func interruption() {
        struct Interrupted: Error {}
        var steps = 0
        #expect(throws: Interrupted.self) {
            try ODESampler(.euler, times: .uniform(steps: 100))
                .sample(field, from: normal([3, 2], "noise"), using: source("unused")) {
                    steps = $0.step
                    if steps == 5 { throw Interrupted() }
                }
        }
        #expect(steps == 5)
    }

    @Test("Sampling records no gradients")
    func gradients() {
        let start = normal([3, 2], "noise").requiringGrad()
        let sampler = ODESampler(.euler, times: .uniform(steps: 2), for: type(of: field))
        #expect(!sampler.sample(field, from: start, using: source("unused")).values.requiresGrad)
    }

    @Test("Batches follow with their conditions, and change nothing")
    func batches() {
        let labelled = LabelledMixtureVelocity(of: threeGaussians, along: LinearPath())
        let sampler = ODESampler(.heun, times: .uniform(steps: 8), for: type(of: labelled))
        let (noise, labels) = (normal([8, 2], "noise"), Tensor([0, 1, 2, 3, 2, 1, 0, 3]))
        let whole = sampler.sample(labelled, from: noise, given: labels, using: source("unused"))
        let cut = sampler.sample(labelled, from: noise, given: labels, using: source("unused"), batchSize: 3)
        assertClose(cut.values, whole.values, relative: 1e-12)
        #expect(cut.evaluations == whole.evaluations && cut.stopped == whole.stopped)
    }

    @Test("Bfloat16 positions keep times in single precision")
    func shortFloats() {
        struct TimeProbe: VectorField {
            func velocity(at x: Tensor, time: Tensor, given _: Void) -> Tensor {
                #expect(time.dtype == .float32)
                return x.zerosLike()
            }
        }
        let samples = ODESampler(.heun, times: .uniform(steps: 3))
            .sample(TimeProbe(), from: .ones([2, 2], dtype: .bfloat16), using: source("unused"))
        #expect(samples.values.dtype == .bfloat16)
    }

    @Test("One step: the generator itself, for one evaluation")
    func oneStep() {
        let generator = AffineGenerator(mean: threeGaussians.means[0], covariance: threeGaussians.covariances[0])
        let noise = normal([5, 2], "noise")
        var reports: [StepReport] = []
        let samples = OneStepSampler().sample(generator, from: noise, using: source("unused")) { reports.append($0) }
        assertEqual(samples.values, generator.generate(from: noise))
        #expect(samples.evaluations == [1, 1, 1, 1, 1])
        #expect(reports.count == 1 && reports[0].fraction == 1 && reports[0].running == 0)
    }

    @Test("Costs that do not fit the samples stop the program")
    func misfit() async {
        await #expect(processExitsWith: .failure) {
            _ = Samples(values: .zeros([3, 2]), evaluations: [1, 2], stopped: [.completed, .completed])
        }
    }
}
