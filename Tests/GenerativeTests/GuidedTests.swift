import Generative
import TestSupport
import Testing
import Torch

@Suite("Guidance") struct GuidedTests {
    private let field = LabelledMixtureVelocity(of: threeGaussians, along: LinearPath())
    private let any = { @Sendable (labels: Tensor) in labels.zerosLike() + 3 }
    // As many examples as dimensions: a weight that broadcasts along the wrong one would show.
    private let x = normal([2, 2], "positions")
    private let time = Tensor([0.2, 0.7])
    private let labels = Tensor([0, 2])

    private func velocity(scale: Double, during interval: ClosedRange<Double> = 0...1) -> Tensor {
        Guided(field, against: field.reconditioned(by: any), scale: scale, during: interval)
            .velocity(at: x, time: time, given: labels)
    }

    @Test("Scale 1 is the strong field, scale 0 the weak one, and others lie on the line through both")
    func scales() {
        let strong = field.velocity(at: x, time: time, given: labels)
        let weak = MixtureVelocity(of: threeGaussians, along: LinearPath()).velocity(at: x, time: time)
        assertClose(velocity(scale: 1), strong, relative: 1e-12)
        assertClose(velocity(scale: 0), weak, relative: 1e-12)
        assertClose(velocity(scale: 3), strong * 3 - weak * 2, relative: 1e-11)
    }

    @Test("Outside of its interval guidance is off, example by example")
    func interval() {
        let strong = field.velocity(at: x, time: time, given: labels)
        let mixed = velocity(scale: 4, during: 0.5...0.9)
        assertClose(mixed[0], strong[0], relative: 1e-12)
        assertClose(mixed[1], velocity(scale: 4)[1], relative: 1e-12)
    }

    @Test("Guided samples move away from the other classes")
    func samples() {
        let noise = normal([500, 2], "noise")
        let towards = Tensor.full([500], 1, dtype: .int64)
        func responsibility(scale: Double) -> Double {
            let guided = Guided(field, against: field.reconditioned(by: any), scale: scale)
            let samples = AdaptiveODESampler(control: StepSizeControl(absoluteTolerance: 1e-3))
                .sample(guided, from: noise, given: towards, using: source("unused"))
            let one = Tensor.ones([500], dtype: .float64)
            return threeGaussians.posterior(at: samples.values, alpha: one, sigma: one.zerosLike())
                .responsibilities[TensorIndex.all, 1].log().mean().item()
        }
        #expect(responsibility(scale: 3) > responsibility(scale: 1))
        #expect(responsibility(scale: 1) > responsibility(scale: 0))
    }
}
