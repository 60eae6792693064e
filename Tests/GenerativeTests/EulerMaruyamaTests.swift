import Foundation
import Generative
import TestSupport
import Testing
import Torch

@Suite("Sampling a stochastic equation") struct EulerMaruyamaTests {
    private let process = OrnsteinUhlenbeck(noise: 0.7)

    private func sampler(_ steps: Int) -> EulerMaruyamaSampler<OrnsteinUhlenbeck> {
        EulerMaruyamaSampler(times: .uniform(steps: steps))
    }

    @Test("The mean converges with the declared order")
    func order() {
        // Two starts under the same noise: the difference of a linear process is that of its means.
        let starts = Tensor([1.0, 2], shape: [2, 1])
        let errors = [16, 32, 64, 128].map { steps in
            let ends = starts.chunk(2).map {
                sampler(steps).sample(process, from: $0, using: source("path")).values.item()
            }
            return abs(ends[1] - ends[0] - exp(-1))
        }
        #expect(abs(observedOrder(errors) - Double(sampler(1).order)) < 0.1, "errors \(errors)")
    }

    @Test("The variance is that of the scheme")
    func variance() {
        let (steps, count) = (20, 20_000)
        let samples = sampler(steps)
            .sample(process, from: .zeros([count, 1], dtype: .float64), using: source("variance"))
        let h = 1 / Double(steps)
        let expected = (0..<steps).reduce(0.0) { sum, step in sum + h * 0.49 * pow(1 - h, 2 * Double(step)) }
        let error = expected * (2 / Double(count)).squareRoot()
        #expect(abs(samples.values.var().item() - expected) < 4 * error)
    }

    @Test("Any diffusion with its drift leads to the data", arguments: [0, 0.5, 1])
    func marginals(noise: Double) {
        let field = MixtureDiffusion(of: threeGaussians, along: LinearPath(), noise: noise)
        let samples = EulerMaruyamaSampler(times: .uniform(steps: 300))
            .sample(field, from: normal([2000, 2], "noise"), using: source("path"))
        #expect(worstMoment(of: samples.values, threeGaussians) < 4)
    }

    @Test("The same seed gives the same samples, another one others")
    func seeds() {
        let start = Tensor.zeros([4, 3])
        let first = sampler(5).sample(process, from: start, using: source("a")).values
        assertEqual(sampler(5).sample(process, from: start, using: source("a")).values, first)
        #expect((sampler(5).sample(process, from: start, using: source("b")).values - first).abs().amin().item() > 0)
    }

    @Test("One evaluation per step")
    func evaluations() {
        var reports: [StepReport] = []
        let samples = sampler(5).sample(process, from: .zeros([4, 3]), using: source("a")) { reports.append($0) }
        #expect(samples.evaluations == [5, 5, 5, 5])
        #expect(reports.map(\.evaluations) == [1, 2, 3, 4, 5])
        #expect(reports.map(\.running) == [4, 4, 4, 4, 0])
    }

    @Test("A falling grid stops the program")
    func backwards() async {
        await #expect(processExitsWith: .failure) {
            _ = EulerMaruyamaSampler(times: .uniform(steps: 2).reversed(), for: OrnsteinUhlenbeck.self)
        }
    }
}
