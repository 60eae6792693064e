import Generative
import Marching
import TestSupport
import Testing
import Torch

/// A field made of a function of positions and labels.
private struct Made: DistanceField {
    let told: @Sendable (_ x: Tensor, _ labels: Tensor) -> (distance: Tensor, direction: Tensor)

    func bearing(at x: Tensor, given labels: Tensor) -> (distance: Tensor, direction: Tensor) { told(x, labels) }
}

private let labels = Tensor([0, 1])
private let start = Tensor([1.0, -2, 3, 0.5], shape: [2, 2])

@Suite("Samplers of distance fields") struct MarchingSamplerTests {
    @Test("A budget leaves its target before the last step, each sample from its own distance")
    func budget() {
        let field = PointSetDistance(to: .zeros([1, 3], dtype: .float64))
        let x = Tensor([5.0, 0, 0, 0, 0.8, 0], shape: [2, 3])
        for steps in [2, 5, 30] {
            let marched = SphereTracing<PointSetDistance>(steps: steps, reaching: 0.1).march(field, from: x)
            assertClose(marched.distances, .full([2], 0.1, dtype: .float64), relative: 1e-10)
            assertClose(marched.samples.values, .zeros([2, 3], dtype: .float64), absolute: 1e-12)
        }
    }

    @Test("Momentum asks ahead: two steps by hand")
    func momentum() {
        let field = Made { x, _ in (.ones([2], dtype: .float64), x * x) }
        let sampler = GradientDescent<Made>(
            steps: 2, length: 0.1, constants: nil, momentum: 0.5, endsWithFullStep: false)
        let first = start - 0.1 * start * start
        let ahead = first + 0.5 * (first - start)
        let marched = sampler.march(field, from: start, given: labels)
        assertClose(marched.samples.values, first - 0.1 * ahead * ahead, relative: 1e-12)
    }

    @Test("A sample that finds no smaller distance stalls, one that is not finite leaves")
    func stalled() {
        let field = Made { x, labels in
            (Tensor.ones([x.shape[0]], dtype: .float64).maskedFill(labels .== 1, .nan), x * 0)
        }
        let tracer = SphereTracing<Made>(
            steps: 50, rate: 0.1, endsWithFullStep: false, stopping: EarlyStopping(threshold: 0.5, patience: 3))
        var running: [Int] = []
        let marched = tracer.march(field, from: start, given: labels) { running.append($0.running) }
        #expect(marched.samples.stopped == [.stalled, .notFinite])
        #expect(marched.samples.evaluations == [4, 1])
        #expect(running == [1, 1, 1, 0])
        assertEqual(marched.samples.values, start)
    }

    @Test("Guidance mixes directions, takes the class's distance, and counts its passes")
    func guidance() {
        let field = Made { x, labels in
            let value = labels.to(.float64)
            return (value + 1, x.onesLike() * value.unsqueeze(1))
        }
        let guided = GuidedDistance(field, nullClass: 4, scale: 3)
        let told = guided.bearing(at: start, given: labels)
        assertEqual(told.distance, Tensor([1.0, 2]))
        // 4 + 3 (c - 4).
        assertEqual(told.direction, Tensor([-8.0, -8, -5, -5], shape: [2, 2]))
        let tracer = SphereTracing<GuidedDistance<Made>>(steps: 3, rate: 0.1)
        #expect(tracer.march(guided, from: start, given: labels).samples.passes == [6, 6])
        let plain = GuidedDistance(field, nullClass: 4, scale: 1)
        #expect(tracer.march(plain, from: start, given: labels).samples.passes == [3, 3])
        assertEqual(
            plain.bearing(at: start, given: labels).direction, field.bearing(at: start, given: labels).direction)
    }

    @Test("No starts, no samples")
    func empty() {
        let field = PointSetDistance(to: .zeros([1, 3]))
        let marched = SphereTracing<PointSetDistance>(steps: 3, rate: 0.1).march(field, from: .zeros([0, 3]))
        #expect(marched.samples.count == 0 && marched.distances.count == 0)
    }

    @Test("Mistakes say what is wrong and what would do")
    func mistakes() {
        #expect(MarchingMistakes.rate(2)?.contains("between 0 and 2") == true && MarchingMistakes.rate(1.9) == nil)
        let constants = MarchingConstants(softening: 0.04)
        #expect(MarchingMistakes.length(0.39, constants) == nil)
        #expect(MarchingMistakes.length(0.41, constants)?.contains("shorter than 2 sqrt(c0) = 0.4") == true)
        #expect(MarchingMistakes.length(0.41, nil) == nil)
        let below = EarlyStopping.mistake(threshold: 0.1, patience: 3, floor: constants.floor)
        #expect(below?.contains("below the floor sqrt(c0) = 0.2") == true)
        #expect(EarlyStopping.mistake(threshold: 0.3, patience: 3, floor: constants.floor) == nil)
    }

    @Test("Samplers that cannot work are not made")
    func refused() async {
        let rate = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = SphereTracing<PointSetDistance>(steps: 3, rate: 2.5)
        }
        assertSaid(rate, "Marching: the rate of sphere tracing lies between 0 and 2, unlike 2.5")
        let length = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = GradientDescent<PointSetDistance>(steps: 3, length: 1, constants: MarchingConstants(softening: 0.04))
        }
        assertSaid(length, "never come to rest near the data")
        let empty = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let field = PointSetDistance(to: .zeros([1, 3]))
            _ = StrangerScores(of: .zeros([0, 3]), by: field, given: (), using: SampleNoise(Seed(1)))
        }
        assertSaid(empty, "there are no examples to score")
    }
}
