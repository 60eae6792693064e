import Metrics
import TestSupport
import Testing
import Torch

@Suite("Distances that do not blur") struct ExactDistanceTests {
    private func normal(_ count: Int, _ dimension: Int, _ name: String) -> Tensor {
        Tensor.randn([count, dimension], using: RandomSource(Seed(6).child(name)), dtype: .float64)
    }

    /// Precision, recall, density and coverage by their definitions, from differences; `<` as in `prdc`, or `<=`.
    private func definitions(_ real: Tensor, _ fake: Tensor, _ k: Int, isOpen: Bool) -> [Double] {
        func radii(_ set: Tensor) -> Tensor {
            (set.cdist(set) + (Tensor.eye(set.shape[0], dtype: .float64) * 1e300)).topk(k, 1, largest: false).values[
                0..., k - 1]
        }
        let distances = fake.cdist(real)
        func hold(_ radii: Tensor) -> Tensor { isOpen ? distances .< radii : distances .<= radii }
        let (inReal, inFake) = (hold(radii(real)), hold(radii(fake).unsqueeze(1)))
        func mean(_ tensor: Tensor) -> Double { tensor.to(.float64).mean().item() }
        return [
            mean(inReal.any(1)), mean(inFake.any(0)), mean(inReal) * Double(real.shape[0]) / Double(k),
            mean(inReal.any(0)),
        ]
    }

    private func numbers(_ measured: PrecisionRecall) -> [Double] {
        [measured.precision, measured.recall, measured.density, measured.coverage]
    }

    private func expectEqual(_ measured: [Double], _ expected: [Double]) {
        for (value, right) in zip(measured, expected) { assertClose(value, right, absolute: 1e-12) }
    }

    @Test("One huge row changes the numbers by its own share only", arguments: [1e4, 1e8, 1e10, 1e12, 1e30])
    func hugeRow(_ size: Double) throws {
        let (real, fake) = (normal(500, 8, "real"), normal(500, 8, "fake"))
        let before = numbers(try PrecisionRecall(real: real, generated: fake))
        for isReal in [true, false] {
            let (data, samples) = (real.clone(), fake.clone())
            (isReal ? data : samples)[7].copy(from: Tensor.full([8], size, dtype: .float64))
            let measured = numbers(try PrecisionRecall(real: data, generated: samples))
            expectEqual(measured, definitions(data, samples, 3, isOpen: true))
            if !isReal {
                // A sample far away is in no ball, and its own ball holds the whole data if it reaches to them.
                #expect(abs(measured[0] - before[0]) < 1.5 / 500)
                #expect(abs(measured[3] - before[3]) <= 10.0 / 500)
            }
        }
        let outlier = fake.clone()
        outlier[7].copy(from: Tensor.full([8], size, dtype: .float64))
        let discrepancy = try MaximumMeanDiscrepancy(fitting: real)
        let change = try discrepancy.between(outlier, real) - discrepancy.between(fake, real)
        #expect(abs(change) < 0.01, "one of 500 samples moves the discrepancy by its share")
    }

    @Test("Neighbours in clusters of deviation 1e-4 at +-1e4 are all right", arguments: [DType.float64, .float32])
    func tightClusters(_ dtype: DType) throws {
        let side = (Tensor.arange(400).remainder(2) * 2 - 1).to(.float64).unsqueeze(1)
        // Whole steps of float32 at 1e4 are 1e-3: clusters that both types can tell apart.
        let spread = dtype == .float64 ? 1e-4 : 0.1
        let set = (normal(400, 5, "cluster") * spread + side * 1e4).to(dtype)
        let found = try NearestNeighbours(within: set, k: 4)
        let exact = set.to(.float64)
        let all = exact.cdist(exact) + Tensor.eye(400, dtype: .float64) * 1e9
        let expected = all.topk(4, 1, largest: false)
        assertClose(found.distances, expected.values, relative: 1e-12, absolute: 0)
        if dtype == .float64 { assertEqual(found.indices, expected.indices) }
    }

    @Test("A copy is at exactly 0, wherever it lies and however many there are", arguments: [1, 7, 64, 2048])
    func copies(_ dimension: Int) throws {
        let set = normal(150, dimension, "copies") * 1e-3 + 1e6
        let order = Tensor.randperm(150, using: RandomSource(Seed(2)))
        let found = try NearestNeighbours(of: set.indexSelect(0, order), in: set)
        #expect(found.distances.scalars(as: Double.self).allSatisfy { $0 == 0 })
        assertEqual(found.indices.flatten(), order)
        let pairs = try NearestNeighbours(within: Tensor.cat([set, set]))
        #expect(pairs.distances.scalars(as: Double.self).allSatisfy { $0 == 0 })
    }

    @Test(
        "On a grid, where many distances are equal, open and closed balls are told apart exactly", arguments: [1, 3, 5])
    func ties(_ k: Int) throws {
        func grid(_ count: Int, _ name: String) -> Tensor {
            Tensor.randint(0..<7, [count, 3], using: RandomSource(Seed(8).child(name))).to(.float64)
        }
        let (real, fake) = (grid(150, "real"), grid(130, "fake"))
        let open = numbers(try PrecisionRecall(real: real, generated: fake, k: k))
        expectEqual(open, definitions(real, fake, k, isOpen: true))
        let closed = numbers(try PrecisionRecall(real: real, generated: fake, k: k, balls: .closed))
        expectEqual(closed, definitions(real, fake, k, isOpen: false))
        #expect(open[0] < closed[0] && open[1] < closed[1] && open[2] < closed[2])
    }

    @Test("A ball's radius equals the distance from which it comes: a copy of the k-th neighbour lies on the border")
    func border() throws {
        // Three points on a line far from 0, in dimensions that no sum of squares is exact in.
        let step = normal(1, 50, "step") * 1e-3
        let real = Tensor.cat([step * 0, step, step * 2.5]) + 1e5
        let fake = Tensor.cat([real[1].unsqueeze(0), real + 100])
        #expect(try PrecisionRecall(real: real, generated: fake, k: 1, balls: .closed).density == 3.0 / 4)
        #expect(try PrecisionRecall(real: real, generated: fake, k: 1, balls: .open).density == 1.0 / 4)
    }

    @Test("The unbiased kernel distance keeps its small terms beside a huge row")
    func kernel() throws {
        let (x, y) = (normal(40, 4, "x"), normal(30, 4, "y"))
        x[3].copy(from: Tensor([1e10, 0, 0, 0] as [Double]))
        func kernel(_ a: [Double], _ b: [Double]) -> Double {
            let base = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / 4 + 1
            return base * base * base
        }
        func rows(_ set: Tensor) -> [[Double]] { (0..<set.shape[0]).map { set[$0].scalars() } }
        func sum(_ a: [[Double]], _ b: [[Double]], isOne: Bool) -> Double {
            var total = 0.0
            for i in a.indices { for j in b.indices where !isOne || i != j { total += kernel(a[i], b[j]) } }
            return total
        }
        let (a, b) = (rows(x), rows(y))
        let expected =
            sum(a, a, isOne: true) / (40 * 39) + sum(b, b, isOne: true) / (30 * 29)
            - 2 * sum(a, b, isOne: false) / (40 * 30)
        assertClose(try KernelDistance.unbiased(x, y), expected, relative: 1e-9)
    }

    @Test("An energy distance that rounding has eaten is no number", arguments: [1e8, 1e18])
    func energy(_ size: Double) throws {
        let (x, y) = (normal(60, 2, "one"), normal(60, 2, "two"))
        x[7].copy(from: Tensor.full([2], size, dtype: .float64))
        if size < 1e10 {
            // The row's own terms cancel but for 2 s (1 / 60 - 1 / 60): what is left is of the size of the others.
            #expect(abs(try EnergyDistance.between(x, y, estimator: .unbiased)) < 1)
        } else {
            #expect(throws: MetricError.self) { try EnergyDistance.between(x, y, estimator: .unbiased) }
        }
    }

    @Test("Where one outlier's ball holds everything, the number of balls and the trimmed value show it")
    func concentration() throws {
        let real = normal(400, 6, "data")
        real[0].copy(from: Tensor.full([6], 60, dtype: .float64))
        // Noise all over the place: in no ball but the outlier's.
        let noise = Tensor.rand([300, 6], using: RandomSource(Seed(3)), dtype: .float64) * 60 + 12
        let measured = try PrecisionRecall(real: real, generated: noise)
        #expect(measured.precision > 0.9 && measured.coverage < 0.02)
        #expect(measured.precisionBalls == 1)
        #expect(measured.trimmedPrecision == 0)
        let good = try PrecisionRecall(real: normal(400, 6, "one"), generated: normal(300, 6, "two"))
        #expect(try #require(good.precisionBalls) > 20 && #require(good.recallBalls) > 20)
        #expect(good.trimmedPrecision > 0.7 * good.precision && good.trimmedPrecision <= good.precision)
        let apart = try PrecisionRecall(real: real[1...], generated: noise + 1000)
        #expect(apart.precisionBalls == nil && apart.trimmedPrecision == 0)
    }
}
