import Drifting
import Foundation
import TestSupport
import Testing
import Torch

@Suite("The overlap of two sets")
struct KernelOverlapTests {
    private func normal(_ count: Int, mean: Double = 0, seed: UInt64) -> Tensor {
        .randn([count, 1], using: RandomSource(Seed(seed)), dtype: .float64) + mean
    }

    // The mean of a Gaussian kernel of width h between N(0, 1) and N(m, 1) falls as exp(-m² / (2 (2 + h²))).
    @Test("with the Gaussian kernel and two normal distributions is that of the closed form", arguments: [0.0, 0.7, 2])
    func closedForm(_ mean: Double) {
        let (x, y) = (normal(3000, seed: 1), normal(3000, mean: mean, seed: 2))
        let scale = (x - y.mT).abs().mean().item()
        for temperature in [0.2, 1] {
            let width = temperature * scale
            let overlap = KernelOverlap.between(x, y, temperatures: [temperature], kernel: .gaussian)[0]
            assertClose(overlap, exp(-mean * mean / (2 * (2 + width * width))), relative: 0.05)
        }
    }

    @Test("is 0 where the kernel does not reach, in many dimensions as well, and does not know scale and offset")
    func limits() {
        let source = RandomSource(Seed(4))
        let (x, y) = (Tensor.randn([40, 300], using: source), Tensor.randn([40, 300], using: source))
        let same = KernelOverlap.between(x, y, temperatures: [0.2, 0.02])
        #expect((0.8...1.2).contains(same[0]) && (0.3...3).contains(same[1]))
        let far = KernelOverlap.between(x, y + 20, temperatures: [0.2, 0.02])
        #expect(far[0] < 0.05 && far[1] < 1e-10)
        let moved = KernelOverlap.between(x * 8 + 1000, y * 8 + 1000, temperatures: [0.2])
        assertClose(moved[0], same[0], relative: 1e-2)
    }
}
