import Metrics
import Synchronization
import TestSupport
import Testing
import Torch

@Suite("Progress of metrics, and sums in blocks") struct MetricProgressTests {
    private func points(_ count: Int, _ seed: UInt64, shift: Double = 0) -> Tensor {
        Tensor.randn([count, 3], using: RandomSource(Seed(seed)), dtype: .float64) + shift
    }

    /// All shares that a metric tells.
    private func shares(_ work: () throws -> Void) rethrows -> [Double] {
        let seen = Mutex<[Double]>([])
        try MetricProgress.observing({ share in seen.withLock { $0.append(share) } }, work)
        return seen.withLock(\.self)
    }

    @Test("long metrics tell shares that grow to 1")
    func shares() throws {
        let (x, y) = (points(900, 1), points(1100, 2, shift: 0.3))
        let directions = try SlicedWasserstein.directions(1200, dimension: 3, seed: Seed(3))
        let metrics: [(String, () throws -> Void)] = [
            ("mmd", { _ = try MaximumMeanDiscrepancy(bandwidths: [1]).between(x, y) }),
            ("energy", { _ = try EnergyDistance.between(x, y) }),
            ("precision", { _ = try PrecisionRecall(real: x, generated: y) }),
            ("sliced", { _ = try SlicedWasserstein.between(x, y, directions: directions) }),
            ("kernel", { _ = try KernelDistance.unbiased(x, y) }),
            ("kernel of subsets", { _ = try KernelDistance.estimate(x, y, seed: Seed(4)) }),
        ]
        for (name, metric) in metrics {
            let told = try shares(metric)
            #expect(told.count >= 3, "\(name): \(told)")
            #expect(zip(told, told.dropFirst()).allSatisfy { $0 <= $1 }, "\(name): \(told)")
            #expect(told.allSatisfy { $0 > 0 && $0 <= 1 }, "\(name): \(told)")
            #expect((told.last ?? 0) > 0.99, "\(name): \(told)")
        }
    }

    @Test("sums over blocks, of which those within a set are halves, are the sums over all pairs")
    func sums() throws {
        let (x, y) = (points(700, 5), points(900, 6, shift: 0.2))
        func squares(_ a: Tensor, _ b: Tensor) -> Tensor { (a.unsqueeze(1) - b.unsqueeze(0)).square().sum(2) }
        func mean(_ a: Tensor, _ b: Tensor, leavingOut pairs: Bool, _ function: (Tensor) -> Tensor) -> Double {
            let all = function(squares(a, b))
            let own: Double = pairs ? all.diagonal().sum().item() : 0
            return (all.sum().item() - own) / Double(a.shape[0] * (b.shape[0] - (pairs ? 1 : 0)))
        }
        let kernel = { (squares: Tensor) in ((squares * -0.5).exp() + (squares * -0.125).exp()) * 0.5 }
        let mmd =
            mean(x, x, leavingOut: true, kernel) + mean(y, y, leavingOut: true, kernel)
            - 2 * mean(x, y, leavingOut: false, kernel)
        assertClose(try MaximumMeanDiscrepancy(bandwidths: [1, 2]).between(x, y), mmd, absolute: 1e-13)
        let root = { (squares: Tensor) in squares.sqrt() }
        let energy =
            2 * mean(x, y, leavingOut: false, root) - mean(x, x, leavingOut: false, root)
            - mean(y, y, leavingOut: false, root)
        assertClose(try EnergyDistance.between(x, y), energy, absolute: 1e-13)
    }

    @Test("directions that are projected some at a time give the distance of all")
    func directions() throws {
        let (x, y) = (points(2000, 7), points(1500, 8, shift: 0.4))
        let all = try SlicedWasserstein.directions(1000, dimension: 3, seed: Seed(9))
        for order in [1.0, 2, 3] {
            let parts = try stride(from: 0, to: 1000, by: 50).map { start in
                try SlicedWasserstein.between(x, y, directions: all[0..., start..<(start + 50)], order: order)
            }
            let mean = parts.reduce(0) { $0 + power($1, order) } / Double(parts.count)
            let whole = try SlicedWasserstein.between(x, y, directions: all, order: order)
            assertClose(power(whole, order), mean, absolute: 1e-12)
        }
    }

    private func power(_ base: Double, _ order: Double) -> Double {
        (1..<Int(order)).reduce(base) { result, _ in result * base }
    }
}
