import Generative
import TestSupport
import Testing
import Torch

/// A field that counts the examples that it was evaluated for.
private struct Counted<Field: VectorField>: VectorField {
    let field: Field
    var counter = Relaxation.Counter()

    func velocity(at x: Tensor, time: Tensor, given condition: Field.Condition) -> Tensor {
        counter.rows += x.shape[0]
        counter.calls += 1
        return field.velocity(at: x, time: time, given: condition)
    }

    static func select(_ indices: Tensor, from condition: Field.Condition) -> Field.Condition {
        Field.select(indices, from: condition)
    }
}

private typealias Labelled = Counted<LabelledMixtureVelocity<LinearPath>>

@Suite("Guidance") struct GuidedTests {
    private let field = LabelledMixtureVelocity(of: threeGaussians, along: LinearPath())
    private let any = { @Sendable (labels: Tensor) in labels.zerosLike() + 3 }
    // As many examples as dimensions: a weight that broadcasts along the wrong one would show.
    private let x = normal([2, 2], "positions")
    private let time = Tensor([0.2, 0.7])
    private let labels = Tensor([0, 2])

    private var strong: Tensor { field.velocity(at: x, time: time, given: labels) }
    private var weak: Tensor {
        MixtureVelocity(of: threeGaussians, along: LinearPath()).velocity(at: x, time: time)
    }

    /// Both kinds of guidance of the same field.
    private func velocities(scale: Double, during interval: ClosedRange<Double> = 0...1) -> [Tensor] {
        let guided = Guided(field, against: field.reconditioned(by: any), scale: scale, during: interval)
        let free = ClassifierFree(field, nullClass: 3, scale: scale, during: interval)
        return [
            guided.velocity(at: x, time: time, given: labels), free.velocity(at: x, time: time, given: labels),
        ]
    }

    @Test("Scale 1 is the strong field, scale 0 the weak one, and others lie on the line through both")
    func scales() {
        for velocity in velocities(scale: 1) { assertClose(velocity, strong, relative: 1e-12) }
        for velocity in velocities(scale: 0) { assertClose(velocity, weak, relative: 1e-12) }
        for velocity in velocities(scale: 3) { assertClose(velocity, strong * 3 - weak * 2, relative: 1e-11) }
    }

    @Test("Outside of its interval guidance is off, example by example", arguments: [0.0, 4])
    func interval(scale: Double) {
        for mixed in velocities(scale: scale, during: 0.5...0.9) {
            assertClose(mixed[0], strong[0], relative: 1e-12)
            assertClose(mixed[1], (weak + (strong - weak) * scale)[1], relative: 1e-11)
        }
        for mixed in velocities(scale: scale, during: 0.1...0.5) {
            assertClose(mixed[0], (weak + (strong - weak) * scale)[0], relative: 1e-11)
            assertClose(mixed[1], strong[1], relative: 1e-12)
        }
    }

    @Test("The two evaluations are joined in one call; there is one pass outside of the interval and at scales 0 and 1")
    func joined() {
        // Scale, interval, and the examples that the network sees: times are 0.2 and 0.7.
        let cases: [(Double, ClosedRange<Double>, Int)] = [
            (3, 0...1, 4), (3, 0.5...0.9, 3), (3, 0.3...0.4, 2), (1, 0...1, 2), (0, 0...1, 2), (0, 0.5...0.9, 2),
        ]
        for (scale, interval, rows) in cases {
            let counted = Labelled(field: field)
            let free = ClassifierFree(counted, nullClass: 3, scale: scale, during: interval)
            _ = free.velocity(at: x, time: time, given: labels)
            #expect(counted.counter.calls == 1 && counted.counter.rows == rows, "scale \(scale), \(interval)")
            #expect(free.passes(at: 0.2) + free.passes(at: 0.7) == rows)
        }
    }

    @Test("Autoguidance runs the weak network inside of the interval only")
    func autoguidance() {
        let cases: [(Double, ClosedRange<Double>, Int, Int)] = [
            (2, 0...1, 2, 2), (2, 0.5...0.9, 2, 1), (1, 0...1, 2, 0), (0, 0...1, 0, 2), (0, 0.5...0.9, 1, 1),
        ]
        for (scale, interval, strong, weak) in cases {
            let pair = (Labelled(field: field), Labelled(field: field))
            let guided = Guided(pair.0, against: pair.1, scale: scale, during: interval)
            _ = guided.velocity(at: x, time: time, given: labels)
            #expect(pair.0.counter.rows == strong && pair.1.counter.rows == weak, "scale \(scale), \(interval)")
            #expect(guided.passes(at: 0.2) + guided.passes(at: 0.7) == strong + weak)
        }
    }

    @Test("Samplers in fixed steps count the passes that take place", arguments: [0.0, 1, 3])
    func passesInFixedSteps(scale: Double) {
        let counted = Labelled(field: field)
        let free = ClassifierFree(counted, nullClass: 3, scale: scale, during: 0.2...0.6)
        let samples = ODESampler(.heun, times: .uniform(steps: 10))
            .sample(free, from: normal([2, 2], "noise"), given: labels, using: source("unused"))
        // Of the times 0, 0.1, 0.1, 0.2, 0.2, ... ten lie in [0.2, 0.6].
        #expect(samples.evaluations == [20, 20])
        #expect(samples.passes == (scale == 3 ? [30, 30] : [20, 20]) && samples.meanPasses == (scale == 3 ? 30 : 20))
        #expect(samples.passes.reduce(0, +) == counted.counter.rows && counted.counter.calls == 20)
    }

    @Test("In single precision the ends of the interval count as inside")
    func borders() {
        let free = ClassifierFree(field, nullClass: 3, scale: 3, during: 0.1...0.3)
        for time in [0.1, 0.3, Double(Float(0.1)), Double(Float(0.3))] { #expect(free.passes(at: time) == 2) }
        for time in [0.0999, 0.3001] { #expect(free.passes(at: time) == 1) }
    }

    @Test("Adaptive sampling counts the passes of each sample", arguments: [DType.float32, .float64])
    func passesInAdaptiveSteps(dtype: DType) {
        let mixture = GaussianMixture(
            weights: threeGaussians.weights.to(dtype), means: threeGaussians.means.to(dtype),
            covariances: threeGaussians.covariances.to(dtype))
        let counted = Counted(field: LabelledMixtureVelocity(of: mixture, along: LinearPath()))
        let free = ClassifierFree(counted, nullClass: 3, scale: 3, during: 0.3...0.7)
        let noise = normal([20, 2], "noise").to(dtype)
        let labels = Tensor((0..<20).map { $0 % 3 })
        let sampler = AdaptiveODESampler(control: StepSizeControl(absoluteTolerance: 1e-4), for: type(of: free))
        let samples = sampler.sample(free, from: noise, given: labels, using: source("unused"))
        #expect(samples.passes.reduce(0, +) == counted.counter.rows)
        #expect(zip(samples.passes, samples.evaluations).allSatisfy { $0 > $1 && $0 < 2 * $1 })
        #expect(Set(samples.evaluations).count > 1 && samples.evaluationSpread > 0)
        let alone = sampler.sample(
            free, from: noise[3..<4], given: labels[3..<4], using: source("unused"))
        #expect(alone.passes == [samples.passes[3]] && alone.evaluations == [samples.evaluations[3]])
        assertClose(alone.values[0], samples.values[3], relative: dtype == .float64 ? 1e-9 : 1e-4, absolute: 1e-5)
    }

    @Test("Guided samples move away from the other classes")
    func samples() {
        let noise = normal([500, 2], "noise")
        let towards = Tensor.full([500], 1, dtype: .int64)
        func responsibility(scale: Double) -> Double {
            let samples = AdaptiveODESampler(control: StepSizeControl(absoluteTolerance: 1e-3))
                .sample(
                    ClassifierFree(field, nullClass: 3, scale: scale), from: noise, given: towards,
                    using: source("unused"))
            let one = Tensor.ones([500], dtype: .float64)
            return threeGaussians.posterior(at: samples.values, alpha: one, sigma: one.zerosLike())
                .responsibilities[TensorIndex.all, 1].log().mean().item()
        }
        #expect(responsibility(scale: 3) > responsibility(scale: 1))
        #expect(responsibility(scale: 1) > responsibility(scale: 0))
    }
}
