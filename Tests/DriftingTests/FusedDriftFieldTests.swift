import Drifting
import Foundation
import TestSupport
import Testing
import Torch

@Suite("The fused field") struct FusedDriftFieldTests {
    /// The composition in float64, computed from the same float32 points.
    private func reference(_ points: DriftPoints, _ configuration: ReleasedField.Configuration = .init()) -> Drift {
        ReleasedField(configuration).drift(of: points.map { $0.to(.float64) })
    }

    private func field(
        threads: Int? = nil, memory: Int? = nil, instructions: String? = nil,
        temperatures: [Double] = [0.2, 0.05, 0.02]
    ) -> FusedDriftField {
        var field = FusedDriftField(ReleasedField.Configuration(temperatures: temperatures))
        field.resources = FusedDriftField.Resources(threads: threads, memory: memory, instructions: instructions)
        return field
    }

    /// Agreement relative to the largest element: what the published vectors are judged by.
    private func assertAgrees(
        _ drift: Drift, _ expected: Drift, within tolerance: Double = 1e-5,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let largest = expected.gradient.abs().amax().item()
        assertClose(drift.gradient, expected.gradient, relative: 0, absolute: tolerance * largest, location)
        assertClose(drift.value, expected.value, relative: tolerance, absolute: 1e-9, location)
        assertClose(drift.scale, expected.scale, relative: tolerance, absolute: 0, location)
        assertClose(drift.unit, expected.unit, relative: tolerance, absolute: 0, location)
        for (a, b) in zip(drift.strengths, expected.strengths) {
            assertClose(a, b, relative: 4 * tolerance, absolute: 1e-12, location)
        }
    }

    // Shapes that reach every branch: parts of tiles, one point, a Gram matrix or none, several blocks of rows.
    @Test(
        "agrees with the composition in float64",
        arguments: [
            PointShape(1, 1, 1, 0, 1), PointShape(3, 7, 6, 4, 1), PointShape(2, 9, 5, 0, 2),
            PointShape(5, 16, 13, 3, 17),
            PointShape(4, 33, 20, 9, 100), PointShape(2, 64, 64, 16, 256), PointShape(1, 100, 70, 0, 600),
            PointShape(1, 130, 400, 2, 3), PointShape(3, 2, 90, 70, 1030),
        ], [false, true])
    func agrees(_ shape: PointShape, weighted: Bool) {
        let points = DriftPoints.random(shape, weighted: weighted)
        for instructions in Machine.instructionSets {
            assertAgrees(field(instructions: instructions).drift(of: points), reference(points))
        }
    }

    // The less memory, the more is computed again: distances kept in place, in the gradient, in scratch, or not at all.
    @Test("the answer does not depend on memory and threads", arguments: [1 << 20, 1 << 19, 350_000], [1, 2, 5])
    func resources(memory: Int, threads: Int) {
        for shape in [PointShape(6, 40, 30, 5, 12), PointShape(2, 70, 130, 0, 220), PointShape(1, 150, 90, 0, 40)] {
            let points = DriftPoints.random(shape, weighted: true)
            assertAgrees(field(threads: threads, memory: memory).drift(of: points), reference(points))
        }
    }

    @Test("two runs give the same bits")
    func deterministic() {
        for shape in [PointShape(40, 16, 16, 4, 32), PointShape(1, 200, 300, 0, 20)] {
            let points = DriftPoints.random(shape)
            let (a, b) = (FusedDriftField().drift(of: points), FusedDriftField().drift(of: points))
            assertEqual(a.gradient, b.gradient)
            assertEqual(a.value, b.value)
        }
    }

    @Test("a common offset of 1000 does no harm, and other temperatures are welcome")
    func conditioning() {
        let shape = PointShape(2, 24, 24, 8, 64)
        let points = DriftPoints.random(shape, offset: 1000)
        assertAgrees(FusedDriftField().drift(of: points), reference(points))
        let temperatures = [0.013, 0.7, 3, 0.11, 0.3, 1, 0.05, 0.02]
        let near = DriftPoints.random(shape, seed: 3)
        assertAgrees(
            field(temperatures: temperatures).drift(of: near),
            reference(near, ReleasedField.Configuration(temperatures: temperatures)))
    }

    // Tight clusters far apart: expanded distances and the Gram matrix lose their digits, and must not be believed.
    @Test("distant clusters keep their digits", arguments: [1.0, 30, 1000])
    func clusters(distance: Double) {
        let source = RandomSource(Seed(5))
        let centres = Tensor.randn([4, 128], using: source) * distance
        let balanced = centres.repeat(12, 1).unsqueeze(0)
        let points = DriftPoints(
            generated: balanced + Tensor.randn([1, 48, 128], using: source),
            positives: balanced + Tensor.randn([1, 48, 128], using: source))
        assertAgrees(FusedDriftField().drift(of: points), reference(points), within: distance > 1 ? 2e-4 : 1e-5)
    }

    @Test("identical points stay where they are, and NaN is not hidden")
    func degenerate() {
        let same = DriftPoints(generated: .full([2, 4, 3], 7.7), positives: .full([2, 5, 3], 7.7))
        #expect(FusedDriftField().drift(of: same).gradient.abs().amax().item() == 0)
        let points = DriftPoints.random(PointShape(2, 4, 5, 0, 3))
        points.positives.slice(0, 1).slice(1, 2, 3).fillInPlace(.nan)
        #expect(FusedDriftField().drift(of: points).value.isnan().all().intItem() == 1)
    }

    @Test("the loss sends its gradient to the generated points, scaled by what comes in")
    func gradient() {
        let points = DriftPoints.random(PointShape(3, 8, 8, 2, 10))
        points.generated.requiringGrad()
        let (loss, drift) = FusedDriftField().loss(of: points)
        let weights = Tensor([1, -2, 0.5] as [Float])
        (loss * weights).sum().backward()

        // The same loss by automatic differentiation, with the goal x / unit + V held fixed.
        let x = points.generated.detach().clone().requiringGrad()
        let goal = (x / drift.unit + drift.displacement).detach()
        let explicit = (x / drift.unit - goal).square().mean([1, 2])
        (explicit * weights).sum().backward()
        assertClose(loss, explicit, relative: 1e-5)
        #expect(points.generated.grad != nil)
        if let ours = points.generated.grad, let theirs = x.grad { assertClose(ours, theirs, relative: 1e-4) }
    }

    @Test("shorter floats are computed in float32, strided points are read as they are")
    func conversion() {
        let points = DriftPoints.random(PointShape(2, 12, 9, 3, 20)).map { $0.to(.bfloat16) }
        let widened = FusedDriftField().drift(of: points.map { $0.to(.float32) })
        assertEqual(FusedDriftField().drift(of: points).gradient, widened.gradient)
        let strided = points.map { $0.to(.float32).mT.contiguous().mT }
        assertEqual(FusedDriftField().drift(of: strided).gradient, widened.gradient)
    }

    @Test("no leaks") func noLeaks() {
        let points = DriftPoints.random(PointShape(2, 12, 9, 3, 20), weighted: true)
        assertNoLeaks { _ = FusedDriftField().loss(of: points) }
    }
}

@Suite("The fused operation") struct FusedDriftTests {
    @Test(
        "takes at most 64 MB beyond inputs and results, however large they are",
        arguments: [
            PointShape(65536, 64, 64, 32, 256), PointShape(65536, 64, 64, 32, 16), PointShape(64, 512, 512, 0, 3072),
            PointShape(1, 2048, 2048, 0, 512), PointShape(1, 20000, 50000, 0, 64), PointShape(1, 4, 4, 0, 1 << 20),
        ], [1, 2, 16, 128])
    func memory(_ shape: PointShape, threads: Int) {
        func points(_ count: Int) -> Tensor {
            Tensor.zeros([1, 1, 1]).expand(shape.groups, count, shape.dimensions)
        }
        let all = DriftPoints(
            generated: points(shape.generated), positives: points(shape.positives),
            negatives: points(shape.negatives))
        let call = FusedDrift(all, ReleasedField.Configuration(), resources: .init(threads: threads))
        #expect((1...64 << 20).contains(call.workingBytes))
    }

    @Test("powers of two are good to one and a quarter units in the last place")
    func powers() {
        let exponents = Tensor.cat([.linspace(-99.9...0, count: 200_001), .linspace(-2...0, count: 100_001)])
        let exact = (exponents.to(.float64) * 0.6931471805599453).exp()
        for instructions in Machine.instructionSets {
            let ours = FusedDrift.powerOfTwo(exponents, instructions: instructions).to(.float64)
            #expect(((ours - exact) / exact).abs().amax().item() < 1.25 * 0x1p-23)
        }
    }

    @Test("refuses what it cannot compute, and says why")
    func refusals() {
        func message(_ change: (inout FusedDrift) -> Void) -> String {
            var call = FusedDrift(
                DriftPoints(generated: .zeros([2, 3, 4]), positives: .zeros([2, 5, 4])), ReleasedField.Configuration())
            change(&call)
            do {
                _ = try catchingTorchErrors { call.evaluate() }
                return "nothing refused"
            } catch {
                return "\(error)"
            }
        }
        #expect(message { $0.configuration.temperatures = [] }.contains("at least one temperature"))
        #expect(message { $0.configuration.temperatures = [0.1, -1] }.contains("temperatures must be positive"))
        #expect(message { $0.configuration.scaleFloor = 0 }.contains("floors must be positive"))
        #expect(message { $0.resources.instructions = "z80" }.contains("instruction set z80"))
        #expect(message { $0.resources.memory = 1000 }.contains("working memory"))
    }

    @Test("points that were changed after they were collected are checked again")
    func changedPoints() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var points = DriftPoints(generated: .zeros([2, 3, 4]), positives: .zeros([2, 5, 4]))
            points.positives = .zeros([2, 5, 3])
            _ = FusedDriftField().drift(of: points)
        }
        assertSaid(result, "positives [2, 5, 3] do not fit generated points [2, 3, 4]")
    }
}
