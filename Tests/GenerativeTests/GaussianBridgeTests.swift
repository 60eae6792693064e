import Generative
import TestSupport
import Testing
import Torch

@Suite("The Gaussian Schrödinger bridge") struct GaussianBridgeTests {
    private static let start = GaussianBridge.Gaussian(
        mean: Tensor([-1.0, 0.5]), covariance: Tensor([0.5, 0.2, 0.2, 0.4], shape: [2, 2]))
    private static let end = GaussianBridge.Gaussian(
        mean: Tensor([2.0, -1]), covariance: Tensor([1.2, -0.5, -0.5, 0.6], shape: [2, 2]))

    private func bridge(_ sigma: Double) -> GaussianBridge {
        GaussianBridge(from: Self.start, to: Self.end, sigma: sigma)
    }

    private let points = Tensor([0.3, -0.7, 1.5, 0.2, -2, 1], shape: [3, 2])

    @Test(
        "the ends are tied by the reference alone: their joint precision has -1 / σ² beside the diagonal",
        arguments: [0.3, 1, 3])
    func precision(_ sigma: Double) {
        let bridge = bridge(sigma)
        let cross = bridge.crossCovariance
        let joint = Tensor.cat(
            [
                Tensor.cat([Self.start.covariance, cross], 1), Tensor.cat([cross.mT, Self.end.covariance], 1),
            ], 0)
        let between = joint.inverse()[0..<2, 2..<4]
        assertClose(between, Tensor.eye(2, dtype: .float64) / -(sigma * sigma), relative: 1e-9, absolute: 1e-10)
    }

    @Test("in one dimension the covariance of the ends is the textbook's")
    func oneDimension() {
        let (s0, s1, variance) = (0.8, 1.7, 0.6)
        func gaussian(_ variance: Double) -> GaussianBridge.Gaussian {
            .init(mean: Tensor([0.0]), covariance: Tensor([variance], shape: [1, 1]))
        }
        let bridge = GaussianBridge(from: gaussian(s0), to: gaussian(s1), sigma: variance.squareRoot())
        let expected = ((4 * s0 * s1 + variance * variance).squareRoot() - variance) / 2
        assertClose(bridge.crossCovariance.item(), expected, relative: 1e-12)
    }

    @Test("drifts and velocity differ by the score, at the ends as well", arguments: [0, 0.4, 1])
    func identities(_ time: Double) {
        let bridge = bridge(0.8)
        let times = Tensor.full([3], time, dtype: .float64)
        let (drift, back) = (
            bridge.drift(at: points, time: times, given: ()), bridge.backwardDrift(at: points, time: times)
        )
        let score = bridge.score(at: points, time: times)
        assertClose(drift - back, score * 0.64, relative: 1e-10, absolute: 1e-11)
        assertClose(bridge.velocity(at: points, time: times), (drift + back) * 0.5, relative: 1e-10, absolute: 1e-11)
        // The reversed bridge runs the other way.
        let mirrored = bridge.reversed.drift(at: points, time: 1 - times, given: ())
        assertClose(mirrored, -back, relative: 1e-9, absolute: 1e-10)
    }

    @Test("times of a batch are its examples', also when there are as many as dimensions")
    func times() {
        let bridge = bridge(0.8)
        let (x, times) = (points[0..<2], Tensor([0.2, 0.9]))
        let both = bridge.drift(at: x, time: times, given: ())
        for row in 0..<2 {
            let one = bridge.drift(at: x[row..<row + 1], time: times[row..<row + 1], given: ())
            assertClose(both[row..<row + 1], one, relative: 1e-12, absolute: 1e-13)
        }
        #expect(bridge.drift(at: x.to(.float32), time: times.to(.float32), given: ()).dtype == .float32)
    }

    @Test("the equation carries one end to the other, with the covariance between them, in both directions")
    func stochastic() {
        let count = 4000
        for bridge in [bridge(1), bridge(1).reversed] {
            let start = draw(bridge.start, count, "start")
            let ends = EulerMaruyamaSampler(times: .uniform(steps: 100))
                .sample(bridge, from: start, using: RandomSource(Seed(7))).values
            assertClose(ends.mean(0), bridge.end.mean, absolute: 0.08)
            assertClose(covariance(ends, ends), bridge.end.covariance, absolute: 0.1)
            assertClose(covariance(start, ends), bridge.crossCovariance, absolute: 0.08)
        }
    }

    @Test("the probability flow carries one end to the other, and back")
    func flow() {
        let (count, bridge) = (4000, bridge(1))
        let start = draw(bridge.start, count, "start")
        let times = TimeGrid.uniform(steps: 40)
        let ends = ODESampler(.rk4, times: times).sample(bridge, from: start, using: RandomSource(Seed(7))).values
        assertClose(ends.mean(0), bridge.end.mean, absolute: 0.08)
        assertClose(covariance(ends, ends), bridge.end.covariance, absolute: 0.1)
        let back = ODESampler(.rk4, times: times.reversed()).sample(bridge, from: ends, using: RandomSource(Seed(7)))
        assertClose(back.values, start, absolute: 1e-6)
    }

    @Test("without noise the velocity at the start is the optimal map's, whose cost is the Wasserstein distance")
    func deterministic() {
        let bridge = bridge(1e-3)
        let velocity = bridge.velocity(at: points, time: Tensor.zeros([3], dtype: .float64))
        let moved = bridge.end.mean + (points - bridge.start.mean).matmul(bridge.transportMap.mT)
        assertClose(points + velocity, moved, absolute: 1e-5)
        let energy = velocityEnergy(bridge)
        assertClose(energy, bridge.squaredWasserstein, relative: 1e-4)
    }

    /// E |x₁ - x₀|² under the map: the gap of the means and tr((A - I) S₀ (A - I)ᵀ).
    private func velocityEnergy(_ bridge: GaussianBridge) -> Double {
        let move = bridge.transportMap - Tensor.eye(2, dtype: .float64)
        let spread = move.matmul(bridge.start.covariance).matmul(move.mT).trace().item() as Double
        return spread + (bridge.end.mean - bridge.start.mean).square().sum().item()
    }

    private func draw(_ gaussian: GaussianBridge.Gaussian, _ count: Int, _ name: String) -> Tensor {
        let noise = Tensor.randn([count, 2], using: RandomSource(Seed(3).child(name)), dtype: .float64)
        return noise.matmul(gaussian.covariance.cholesky().mT) + gaussian.mean
    }

    private func covariance(_ x: Tensor, _ y: Tensor) -> Tensor {
        (x - x.mean(0)).mT.matmul(y - y.mean(0)) / Double(x.shape[0])
    }
}
