import Foundation
import Generative
import TestSupport
import Testing
import Torch

@Suite("Distance fields") struct DistanceFieldTests {
    @Test("A full step from anywhere lands on the sphere")
    func sphere() {
        let centre = Tensor([1.0, -2, 0.5])
        let sphere = SphereDistance(around: centre, radius: 2)
        let x = normal([3, 3], "inside and outside") * 3
        let (distance, direction) = sphere.bearing(at: x)
        let landed = x - distance.unsqueeze(1) * direction
        assertClose((landed - centre).norm(1), .full([3], 2, dtype: .float64), relative: 1e-12)
        assertClose(direction.norm(1), .ones([3], dtype: .float64), relative: 1e-12)
        assertClose(distance, ((x - centre).norm(1) - 2).abs(), relative: 1e-12)
    }

    @Test("At the centre of a sphere no direction is better than another")
    func centre() {
        let (distance, direction) = SphereDistance(around: .zeros([4]), radius: 3).bearing(at: .zeros([1, 4]))
        #expect(distance.item() == 3)
        assertEqual(direction, .zeros([1, 4]))
    }

    @Test("The direction is the gradient of the distance")
    func gradient() {
        let points = normal([5, 1, 2, 2], "points")
        let x = normal([4, 1, 2, 2], "positions").requiringGrad()
        for bearing in [
            SphereDistance(around: points[0], radius: 1).bearing(at: x), PointSetDistance(to: points).bearing(at: x),
        ] {
            let slope = gradients(of: bearing.distance.sum(), withRespectTo: [x])[0]
            assertClose(bearing.direction, slope, relative: 1e-10)
        }
    }

    @Test("A full step from anywhere lands on the nearest point")
    func points() {
        let points = normal([5, 3], "points")
        let x = normal([3, 3], "positions") * 2
        let (distance, direction) = PointSetDistance(to: points).bearing(at: x)
        let landed = x - distance.unsqueeze(1) * direction
        let all = (x.unsqueeze(1) - points).norm(2)
        assertClose(distance, all.amin(1), relative: 1e-12)
        assertClose(landed, points.indexSelect(0, all.argmin(1)), relative: 1e-12)
        let (zero, still) = PointSetDistance(to: points).bearing(at: points[0..<1])
        #expect(zero.item() == 0 && still.abs().amax().item() == 0)
    }
}

@Suite("The optimum of distance marching") struct MarchingOptimumTests {
    @Test("One point: both losses vanish but for the softening")
    func onePoint() {
        let point = normal([1, 3], "point")
        let x = normal([3, 3], "positions")
        let (distance, direction) = MarchingOptimum(of: point, times: .uniform(), softening: 0.2).bearing(at: x)
        let offset = x - point
        assertClose(direction, offset / (offset.square().sum(1, keepDim: true) + 0.2).sqrt(), relative: 1e-10)
        assertClose(distance.unsqueeze(1) * direction, offset, relative: 1e-10)
    }

    @Test("Two points on a line agree with brute force", arguments: [-1.2, -0.1, 0.4, 2])
    func bruteForce(x: Double) {
        let (points, c, epsilon) = ([-1.0, 0.7], 0.05, 0.02)
        let nodes = 200_000
        // The integral over t of the normal density, by the midpoint rule in t itself.
        let masses = points.map { y in
            (0..<nodes).reduce(0.0) { sum, node in
                let time = (Double(node) + 0.5) / Double(nodes)
                let z = (x - time * y) / (1 - time)
                return sum + exp(-z * z / 2) / (1 - time)
            }
        }
        func mean(_ weights: [Double], _ values: [Double]) -> Double {
            zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
        }
        let offsets = points.map { x - $0 }
        let direction = mean(masses, offsets.map { $0 / ($0 * $0 + c).squareRoot() })
        let step = mean(zip(masses, offsets).map { $0 / ($1 * $1 + epsilon) }, offsets)

        let optimum = MarchingOptimum(
            of: Tensor(points, shape: [2, 1]), times: .uniform(), softening: c, epsilon: epsilon)
        let bearing = optimum.bearing(at: Tensor([x], shape: [1, 1]))
        assertClose(bearing.direction.item(), direction, relative: 1e-4)
        assertClose(bearing.distance.item(), step / direction, relative: 1e-4)
    }

    @Test("Sphere tracing with the published steps reaches the data", arguments: [8, 64])
    func tracing(dimensions: Int) {
        let points = normal([32, dimensions], "data")
        // 99 % of all times are below 0.99: c as distance marching chooses it by default.
        let softening = 1e-4 * 2 * Double(dimensions)
        let optimum = MarchingOptimum(of: points, times: .uniform(), softening: softening)
        let nearest = PointSetDistance(to: points)
        var x = normal([16, dimensions], "noise")
        let before = nearest.bearing(at: x).distance
        for _ in 0..<250 {
            let (distance, direction) = optimum.bearing(at: x)
            x -= distance.unsqueeze(1) * direction * 0.031
        }
        let residual = nearest.bearing(at: x).distance / before
        #expect(residual.median().item() < 0.002, "residual \(residual)")
    }

    @Test("Between two equal points nothing is decided, and nothing is NaN")
    func undecided() {
        let optimum = MarchingOptimum(of: Tensor([-1.0, 1], shape: [2, 1]), times: .logitNormal(), softening: 0.1)
        let bearing = optimum.bearing(at: Tensor([0.0], shape: [1, 1]))
        #expect(bearing.direction.item() == 0 && bearing.distance.item() == 0)
    }

    @Test("The posterior over time is integrated exactly also in many dimensions", arguments: [2, 784])
    func manyDimensions(_ dimensions: Int) {
        let points = normal([4, dimensions], "points")
        let x = points * 0.6 + normal([4, dimensions], "noise") * 0.4
        // Another rule: forty thousand equal weights at equal distances of t, instead of nodes in logit t.
        let midpoints = (0..<40_000).map { (Double($0) + 0.5) / 40_000 }
        let expected = MarchingOptimum(of: points, times: TimePrior(times: midpoints), softening: 0.2).bearing(at: x)
        let actual = MarchingOptimum(of: points, times: .uniform(), softening: 0.2).bearing(at: x)
        assertClose(actual.distance, expected.distance, relative: 1e-6)
        assertClose(actual.direction, expected.direction, absolute: 1e-7)
    }
}
