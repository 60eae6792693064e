import Drifting
import TestSupport
import Testing
import Torch

@Suite("The released field")
struct ReleasedFieldTests {
    private func displacement(_ points: DriftPoints) -> Tensor { ReleasedField().drift(of: points).displacement }

    @Test("value and gradient are those of the written formula", arguments: [false, true], [0, 3])
    func formula(weighted: Bool, negatives: Int) {
        let points = DriftPoints.normal(3, negatives: negatives, weighted: weighted)
        let written = WrittenFormula(points)
        let x = points.generated.clone().requiringGrad()
        let expected = written.loss(x)
        let drift = ReleasedField().drift(of: points)
        assertClose(drift.value, expected, relative: 1e-9, absolute: 1e-12)
        assertClose(drift.displacement, written.field().displacement, relative: 1e-7, absolute: 1e-9)
        let gradient = gradients(of: expected.sum(), withRespectTo: [x])[0]
        assertClose(drift.gradient, gradient, relative: 1e-7, absolute: 1e-10)
    }

    // The loss is a square in x once its goal is frozen, so central differences are exact.
    @Test("the gradient is that of finite differences of the loss with its goal frozen")
    func finiteDifferences() throws {
        let points = DriftPoints.normal(2, generated: 3, negatives: 2, dimensions: 2, weighted: true)
        points.generated.requiringGrad()
        let (loss, drift) = ReleasedField().loss(of: points)
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
    }

    @Test("moving or turning all points moves or turns the drift with them")
    func euclidean() {
        let points = DriftPoints.normal(negatives: 3, weighted: true)
        let drift = displacement(points)
        let shift = Tensor([3.0, -1, 0.5, 2])
        assertClose(displacement(points.moved { $0 + shift }), drift, relative: 0, absolute: 1e-7)
        let turn = Tensor.randn([4, 4], using: RandomSource(Seed(2)), dtype: .float64).qr().q
        assertClose(displacement(points.moved { $0.matmul(turn) }), drift.matmul(turn), relative: 0, absolute: 1e-7)
    }

    // Far above the floors of 1e-4 and 1e-3; at scale 1 the distance 1e-4 of a point to itself shows in the mean.
    @Test("in its own unit the drift does not depend on the scale of the points")
    func scaling() {
        let points = DriftPoints.normal(negatives: 3, weighted: true).moved { $0 * 1e4 }
        let enlarged = points.moved { $0 * 1000 }
        let (a, b) = (ReleasedField().drift(of: points), ReleasedField().drift(of: enlarged))
        assertClose(b.displacement, a.displacement, relative: 0, absolute: 1e-5)
        assertClose(b.value, a.value, relative: 1e-5)
        assertClose(b.scale, a.scale * 1000, relative: 1e-6)
        assertClose(b.unit, a.unit * 1000, relative: 1e-6)
        assertClose(b.gradient * 1000, a.gradient, relative: 0, absolute: 1e-5 * a.gradient.abs().amax().item())
    }

    @Test("in float32 a common offset of 1000 does no harm")
    func offset() {
        // Multiples of 1 / 1024, so that the offset itself rounds nothing away.
        let points = DriftPoints.normal(negatives: 3).moved { (($0 * 1024).round() / 1024).to(.float32) }
        let drift = displacement(points)
        let far = displacement(points.moved { $0 + 1000 })
        assertClose(far, drift, relative: 0, absolute: 1e-3 * drift.abs().amax().item())
    }

    @Test("groups see each other only through the statistics of the whole call")
    func groups() {
        let points = DriftPoints.normal(2)
        let drift = ReleasedField().drift(of: points)
        // Turning the second group leaves every statistic as it is.
        let turned = points.moved { Tensor.cat([$0[0..<1], -$0[1..<2]]) }
        let other = ReleasedField().drift(of: turned)
        assertClose(other.displacement[0], drift.displacement[0], relative: 0, absolute: 1e-9)
        assertClose(other.displacement[1], -drift.displacement[1], relative: 0, absolute: 1e-9)
        // Enlarging it changes the scale for all.
        let enlarged = displacement(points.moved { Tensor.cat([$0[0..<1], $0[1..<2] * 3]) })
        #expect((enlarged[0] - drift.displacement[0]).abs().amax().item() > 0.01)
    }

    @Test("the order of positives and negatives means nothing, that of generated points orders the drift")
    func order() {
        let points = DriftPoints.normal(negatives: 3)
        var reordered = points
        reordered.positives = points.positives.flip(1)
        reordered.negatives = points.negatives?.flip(1)
        reordered.generated = points.generated.flip(1)
        assertClose(displacement(reordered), displacement(points).flip(1), relative: 0, absolute: 1e-9)
    }

    @Test("weights of 1 are no weights, and only their ratio counts for the mean distance")
    func unitWeights() {
        let points = DriftPoints.normal(negatives: 3)
        var weighted = points
        weighted.generatedWeights = .ones([2, 5])
        weighted.positiveWeights = .ones([2, 6])
        weighted.negativeWeights = .ones([2, 3])
        assertEqual(displacement(weighted), displacement(points))
        weighted.generatedWeights = .full([2, 5], 2)
        weighted.positiveWeights = .full([2, 6], 2)
        weighted.negativeWeights = .full([2, 3], 2)
        assertClose(ReleasedField().drift(of: weighted).scale, ReleasedField().drift(of: points).scale, relative: 1e-12)
    }

    @Test("negatives of weight 0 still take part in the softmax")
    func zeroWeights() {
        var points = DriftPoints.normal(generated: 6, positives: 5, negatives: 4)
        points.negativeWeights = .zeros([2, 4])
        var without = points
        (without.negatives, without.negativeWeights) = (nil, nil)
        let (a, b) = (ReleasedField().drift(of: points), ReleasedField().drift(of: without))
        assertClose(a.scale, b.scale, relative: 1e-12)
        #expect((a.displacement - b.displacement).abs().amax().item() > 0.01)
    }

    @Test("exchanging positives and negatives turns the drift around, if generated points do not repel")
    func antisymmetry() {
        var points = DriftPoints.normal(positives: 4, negatives: 4)
        points.generatedWeights = .zeros([2, 5])
        var exchanged = points
        exchanged.positives = points.negatives ?? points.positives
        exchanged.negatives = points.positives
        assertClose(displacement(exchanged), -displacement(points), relative: 0, absolute: 1e-9)
    }

    // Antisymmetry would demand V = -V = 0 here. The mask of a point against itself stands between, on one side only.
    @Test("it is not antisymmetric: positives that are the generated points still move them")
    func asymmetry() {
        var points = DriftPoints.normal()
        points.positives = points.generated
        #expect(ReleasedField().drift(of: points).value.amin().item() > 1)
    }

    @Test("the strengths are small when generated points and data have one distribution")
    func equilibrium() {
        let points = DriftPoints.normal(2, generated: 512, positives: 512, dimensions: 2)
        var apart = points
        apart.positives = points.positives + 2
        let same = ReleasedField().drift(of: points).strengths.map { $0.item() }
        let different = ReleasedField().drift(of: apart).strengths.map { $0.item() }
        for (same, different) in zip(same, different) { #expect(same < different / 4) }
        // The loss itself does not show it: each force is normalised.
        assertClose(ReleasedField(.init(temperatures: [0.2])).drift(of: points).value.mean().item(), 1, relative: 1e-6)
        assertClose(ReleasedField(.init(temperatures: [0.2])).drift(of: apart).value.mean().item(), 1, relative: 1e-6)
    }

    @Test("nothing moves where all points are one, or halfway between two positives", arguments: [0.0, 7.7])
    func rest(place: Double) {
        let one = DriftPoints(
            generated: .full([2, 4, 3], place), positives: .full([2, 5, 3], place), negatives: .full([2, 1, 3], place))
        assertClose(ReleasedField().drift(of: one).value, .zeros([2]), absolute: 1e-12)
        let middle = DriftPoints(
            generated: Tensor([place], shape: [1, 1, 1]),
            positives: Tensor([place - 1, place + 1], shape: [1, 2, 1]))
        assertClose(displacement(middle), .zeros([1, 1, 1]), absolute: 1e-9)
    }

    // One temperature's force is -> a floor of 1e-3 times the way to the positive, normalised to unit mean square.
    @Test("a single point goes straight to a single positive, with the strength that the affinity floor gives")
    func pair() {
        let (x, y) = (Tensor([1.0, 2, 3]), Tensor([2.0, 0, 3.5]))
        let drift = ReleasedField().drift(of: DriftPoints(generated: x.reshape(1, 1, 3), positives: y.reshape(1, 1, 3)))
        let way = y - x
        let distance = way.norm().item()
        let scale = (distance + 1e-4) / 2
        assertClose(drift.scale.item(), scale, relative: 1e-9)
        assertClose(drift.displacement.flatten(), way * (3 * 3.0.squareRoot() / distance), relative: 1e-9)
        assertClose(drift.value, Tensor([9.0]), relative: 1e-9)
        for strength in drift.strengths {
            assertClose(strength.item(), 1e-6 * (distance / scale) * (distance / scale), relative: 1e-6, absolute: 0)
        }
    }

    @Test("the affinity floor can be switched off, and then a distant positive does not pull")
    func noFloor() {
        var configuration = ReleasedField.Configuration()
        configuration.affinityFloor = 0
        let pair = DriftPoints(generated: .zeros([1, 1, 2]), positives: .ones([1, 1, 2]))
        #expect(ReleasedField(configuration).drift(of: pair).strengths.allSatisfy { $0.item() < 1e-12 })
    }

    @Test("nothing is recorded for gradients, autocast does not apply, shorter floats are computed in float32")
    func precision() {
        let points = DriftPoints.normal().moved { $0.to(.float32) }
        points.positives.requiringGrad()
        let drift = ReleasedField().drift(of: points)
        #expect(!drift.displacement.requiresGrad)
        assertEqual(withAutocast(.bfloat16) { displacement(points) }, drift.displacement)
        #expect(displacement(points.moved { $0.detach().to(.bfloat16) }).dtype == .float32)
    }

    @Test("temperatures must be positive, and there must be one")
    func temperatures() async {
        let none = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = ReleasedField.Configuration(temperatures: [])
        }
        assertSaid(none, "temperatures must be positive, and there must be one: []")
        let zero = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = ReleasedField.Configuration(temperatures: [0.1, 0])
        }
        assertSaid(zero, "temperatures must be positive, and there must be one: [0.1, 0.0]")
    }
}
