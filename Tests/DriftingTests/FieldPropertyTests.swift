import Drifting
import TestSupport
import Testing
import Torch

@Suite("What every field without floors keeps")
struct FieldPropertyTests {
    private func displacement(_ field: any DriftField, _ points: DriftPoints) -> Tensor {
        field.drift(of: points).displacement
    }

    // The loss is a square in x once its goal is frozen, so central differences are exact.
    @Test("the gradient is that of finite differences of the loss with its goal frozen", arguments: FieldCase.all)
    func finiteDifferences(_ one: FieldCase) throws {
        let points = DriftPoints.withSecondBatch(generated: 3, negatives: 2, dimensions: 2)
        points.generated.requiringGrad()
        let (loss, drift) = one.field.loss(of: points)
        let upstream = Tensor([0.5, -2.0])
        (loss * upstream).sum().backward()
        let gradient = try #require(points.generated.grad).flatten()
        let x = points.generated.detach()
        let goal = x / drift.unit + drift.displacement
        let step = 1e-3
        for index in 0..<x.count {
            let shift = (Tensor.arange(x.count) .== index).to(.float64).reshape(x.shape) * step
            let sides = [1.0, -1].map { side in
                ((((x + shift * side) / drift.unit - goal).square().mean([1, 2])) * upstream).sum().item()
            }
            assertClose(gradient[index].item(), (sides[0] - sides[1]) / (2 * step), relative: 1e-6, absolute: 1e-9)
        }
        assertClose(loss, drift.displacement.square().mean([1, 2]), relative: 1e-12)
    }

    @Test("moving or turning all points moves or turns the drift with them", arguments: FieldCase.all)
    func euclidean(_ one: FieldCase) {
        let points = DriftPoints.withSecondBatch(negatives: 3)
        let drift = displacement(one.field, points)
        let shift = Tensor([3.0, -1, 0.5, 2])
        assertClose(displacement(one.field, points.moved { $0 + shift }), drift, relative: 0, absolute: 1e-8)
        let turn = Tensor.randn([4, 4], using: RandomSource(Seed(2)), dtype: .float64).qr().q
        let turned = displacement(one.field, points.moved { $0.matmul(turn) })
        assertClose(turned, drift.matmul(turn), relative: 0, absolute: 1e-8)
    }

    @Test("in its own unit the drift does not depend on the scale of the points", arguments: FieldCase.all)
    func scaling(_ one: FieldCase) {
        let points = DriftPoints.withSecondBatch(negatives: 3)
        let drift = one.field.drift(of: points)
        for factor in [1e-5, 1e4] {
            let scaled = one.field.drift(of: points.moved { $0 * factor })
            assertClose(scaled.displacement, drift.displacement, relative: 0, absolute: 1e-8)
            assertClose(scaled.scale, drift.scale * factor, relative: 1e-9, absolute: 0)
            assertClose(scaled.unit, drift.unit * factor, relative: 1e-9, absolute: 0)
            for (a, b) in zip(scaled.strengths, drift.strengths) { assertClose(a, b, relative: 1e-8, absolute: 0) }
        }
    }

    @Test("in float32 a common offset of 1000 does no harm", arguments: FieldCase.all)
    func offset(_ one: FieldCase) {
        // Multiples of 1 / 1024, so that the offset itself rounds nothing away.
        let points = DriftPoints.withSecondBatch(negatives: 3).moved { (($0 * 1024).round() / 1024).to(.float32) }
        let drift = displacement(one.field, points)
        let far = displacement(one.field, points.moved { $0 + 1000 })
        #expect(drift.dtype == .float32)
        assertClose(far, drift, relative: 0, absolute: 1e-3 * drift.abs().amax().item())
    }

    @Test("when p and q' change places the drift changes its sign", arguments: FieldCase.all)
    func antisymmetry(_ one: FieldCase) throws {
        var points = DriftPoints.withSecondBatch()
        let drift = displacement(one.field, points)
        (points.positives, points.independent) = (try #require(points.independent), points.positives)
        assertClose(displacement(one.field, points), -drift, relative: 0, absolute: 1e-9)
        #expect(drift.abs().amax().item() > 0.1)
    }

    @Test("where p and q' are the same points nothing moves", arguments: FieldCase.all)
    func match(_ one: FieldCase) {
        var points = DriftPoints.withSecondBatch()
        points.independent = points.positives
        for strength in one.field.drift(of: points).strengths { #expect(strength.item() < 1e-20) }
    }

    /// Number of standard errors between the mean over draws and 0, at the worst coordinate of the first point.
    private func bias(_ field: any DriftField, _ draws: Int, _ draw: (RandomSource) -> DriftPoints) -> Double {
        // One group per draw; the force of a point is normalised over all of them.
        let displacement = displacement(field, draw(RandomSource(Seed(3))))
        let first = displacement.select(1, 0)
        #expect(first.shape[0] == draws)
        return (first.mean(0) / first.std(0) * Double(draws).squareRoot()).abs().amax().item()
    }

    /// The place at which the drift is looked at, the same in all draws.
    private func place(_ draws: Int) -> Tensor { Tensor([1.0, -0.3], shape: [1, 1, 2]).expand(draws, 1, 2) }

    @Test("at p = q the drift is zero on average, with as many points q' as p", arguments: FieldCase.all)
    func equilibrium(_ one: FieldCase) {
        let draws = 4000
        let error = bias(one.field, draws) { source in
            func normal(_ count: Int) -> Tensor { .randn([draws, count, 2], using: source, dtype: .float64) }
            return DriftPoints(
                generated: Tensor.cat([place(draws), normal(4)], 1), positives: normal(6), independent: normal(6))
        }
        #expect(error < 3.7)
    }

    @Test("so it is where each point leaves itself out, for P = G - 1", arguments: FieldCase.kernels)
    func equilibriumWithoutSelf(_ one: FieldCase) {
        let draws = 4000
        let error = bias(one.field, draws) { source in
            func normal(_ count: Int) -> Tensor { .randn([draws, count, 2], using: source, dtype: .float64) }
            return DriftPoints(generated: Tensor.cat([place(draws), normal(6)], 1), positives: normal(6))
        }
        #expect(error < 3.7)
    }

    // Antisymmetry and a scale that is free both fail: the mask of a point against itself stands on one side only, and the
    // floors of the distances are absolute.
    @Test("the released field moves points that are the data's own, and knows an absolute scale")
    func released() {
        let field = ReleasedField(.init(temperatures: [1, 0.3]))
        var points = DriftPoints.withSecondBatch()
        points.positives = points.generated
        #expect(displacement(field, points).abs().amax().item() > 1)
        let small = displacement(field, DriftPoints.normal().moved { $0 * 1e-4 })
        #expect((small - displacement(field, DriftPoints.normal())).abs().amax().item() > 0.05)
    }

    @Test("blocks of groups do not change the answer, and shorter floats are computed in float32")
    func blocks() {
        for one in [FieldCase.kernel(.maximumMeanDiscrepancy, .gaussian), .sinkhorn(.distance)] {
            // More elements than one block holds.
            let points = DriftPoints.withSecondBatch(900, generated: 40, positives: 40, dimensions: 2)
                .moved { $0.to(.float32) }
            let whole = one.field.drift(of: points)
            let first = one.field.drift(
                of: DriftPoints(
                    generated: points.generated[0..<1], positives: points.positives[0..<1],
                    independent: points.independent.map { $0[0..<1] }))
            #expect(whole.displacement.shape == points.generated.shape)
            // Statistics are shared: only the direction is that of a call of its own.
            #expect(cosine(whole.displacement[0], first.displacement[0]) > 0.9)
            #expect(one.field.drift(of: points.moved { $0.to(.bfloat16) }).displacement.dtype == .float32)
        }
    }

    private func cosine(_ a: Tensor, _ b: Tensor) -> Double {
        (a * b).sum().item() / (a.norm().item() * b.norm().item())
    }

    @Test("widening multiplies every width", arguments: FieldCase.all)
    func widened(_ one: FieldCase) {
        let wide = one.field.widened(by: 3)
        #expect(wide.temperatures == one.field.temperatures.map { $0 * 3 })
        #expect(wide.needsIndependentPoints == one.field.needsIndependentPoints)
    }

    @Test("points that are all one stay where they are", arguments: FieldCase.all)
    func rest(_ one: FieldCase) {
        let place = Tensor.full([2, 4, 3], 7.7)
        let drift = one.field.drift(of: DriftPoints(generated: place, positives: place, independent: place))
        #expect(drift.gradient.abs().amax().item() == 0)
    }

    @Test("a field that needs a second batch, or others to be pushed by, stops the program without")
    func demands() async {
        let sinkhorn = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = SinkhornField().drift(of: DriftPoints(generated: .zeros([1, 3, 2]), positives: .zeros([1, 3, 2])))
        }
        assertSaid(sinkhorn, "the Sinkhorn field needs independent generated points")
        let meanShift = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = KernelField(.meanShift).drift(
                of: DriftPoints(generated: .zeros([1, 1, 2]), positives: .zeros([1, 3, 2])))
        }
        assertSaid(meanShift, "a single generated point has nothing to be pushed by")
    }
}
