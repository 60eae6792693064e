import Datasets
import Foundation
import TestSupport
import Testing
import Torch

@Suite("Toys in the plane") struct Toy2DTests {
    private func draw(_ toy: Toy2D, _ count: Int = 40_000) -> (x: Tensor, y: Tensor, label: Tensor) {
        let examples = toy.examples(count, using: RandomSource(Seed(11)))
        #expect(examples.values.shape == [count, 2])
        let points = examples.values.to(.float64)
        return (points[0..., 0], points[0..., 1], examples.labels ?? Tensor(0))
    }

    /// Mean and variance per coordinate, computed by hand from the definitions.
    static let moments: [(Toy2D, Double, Double, Double, Double)] = [
        (.twoModes, 0, 0, 1 + 1.0 / 16, 1.0 / 16),
        (.eightGaussians, 0, 0, 1 + 1.0 / 32, 1 + 1.0 / 32),
        (.checkerboard, 0, 0, 4.0 / 3, 4.0 / 3),
        (.twoMoons, 0, 0, 0.75 + 0.01, 0.5 - 1 / .pi + 1.0 / 16 + 0.01),
        (.pinwheel, 0, 0, (1 + 0.09 + 0.01) / 2, (1 + 0.09 + 0.01) / 2),
    ]

    @Test("Means and variances are those of the definition", arguments: moments)
    func meansAndVariances(_ toy: Toy2D, _ meanX: Double, _ meanY: Double, _ varX: Double, _ varY: Double) {
        let (x, y, _) = draw(toy)
        assertClose(x.mean().item(), meanX, absolute: 0.03)
        assertClose(y.mean().item(), meanY, absolute: 0.03)
        assertClose(x.var().item(), varX, relative: 0.03)
        assertClose(y.var().item(), varY, relative: 0.03)
    }

    @Test("The same seed gives the same points, and every component is drawn", arguments: Toy2D.allCases)
    func seeded(_ toy: Toy2D) throws {
        let first = try toy.dataset(500, seed: Seed(2))
        let second = try toy.dataset(500, seed: Seed(2))
        let third = try toy.dataset(500, seed: Seed(3))
        assertEqual(first.values, second.values)
        #expect((first.values .!= third.values).any().intItem() == 1)
        #expect(first.classCounts.count == toy.classes)
        #expect(first.classCounts.allSatisfy { $0 > 0 })
        #expect(first.values.to(.float64).std(0).amax().item() < 2)
    }

    @Test("The chessboard's points lie on dark squares")
    func checkerboard() {
        let (x, y, _) = draw(.checkerboard)
        #expect((x.floor() + y.floor()).remainder(2).abs().sum().item() == 0)
        #expect(Tensor.stack([x, y]).abs().amax().item() <= 2)
    }

    @Test("The Swiss roll's radius tells its angle")
    func swissRoll() {
        let (x, y, _) = draw(.swissRoll)
        let t = (x.square() + y.square()).sqrt() * 7
        let turned = y.atan2(x)
        // The radius errs by noise of deviation 1, so the angle does, in radians; E cos of a normal angle is exp(-1/2).
        assertClose((turned - t).cos().mean().item(), exp(-0.5), absolute: 0.02)
        assertClose(t.mean().item(), 3 * .pi, relative: 0.02)
    }

    @Test("The moons are half circles and each other's image under a half turn")
    func moons() {
        let (x, y, label) = draw(.twoMoons)
        let side = label.to(.float64) * -2 + 1
        let radius = ((x * side + 0.5).square() + (y * side + 0.25).square()).sqrt()
        assertClose(radius.mean().item(), 1.005, absolute: 0.01)
        assertClose(radius.std().item(), 0.1, relative: 0.1)
    }

    @Test("The arms of the spirals are each other's image under a half turn, and wind one and a half turns")
    func spirals() {
        let (x, y, label) = draw(.spirals)
        let side = label.to(.float64) * -2 + 1
        let (u, v) = (x * side, y * side)
        let mask = label .== 0
        assertClose(u.maskedSelect(mask).mean().item(), u.maskedSelect(.!mask).mean().item(), absolute: 0.03)
        assertClose(v.maskedSelect(mask).mean().item(), v.maskedSelect(.!mask).mean().item(), absolute: 0.03)
        let radius = (u.square() + v.square()).sqrt()
        assertClose(radius.amax().item(), 3 * .pi / 5, relative: 0.2)
        // The area within a radius r holds (r / R)^2 of the points: uniform in u.
        let median = radius.median().item()
        assertClose(median, 3 * .pi / 5 * 0.5.squareRoot(), relative: 0.1)
    }
}
