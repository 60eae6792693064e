import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Initialisers")
struct InitializerTests {
    /// Fans of a filter [64, 32, 3, 5]: in 32 15, out 64 15.
    private static let shape = [64, 32, 3, 5]
    private static let (fanIn, fanOut) = (480.0, 960.0)

    private func values(_ initializer: Initializer, _ shape: [Int] = Self.shape) -> Tensor {
        initializer(shape, seed: Seed(7)).to(.float64)
    }

    /// Mean 0 and the standard deviation, each within five of its own standard errors.
    private func expectSpread(_ x: Tensor, _ std: Double, _ location: SourceLocation = #_sourceLocation) {
        let count = Double(x.count)
        assertClose(x.mean().item(), 0, absolute: 5 * std / count.squareRoot(), location)
        assertClose(x.std().item(), std, relative: 5 / (2 * count).squareRoot(), location)
    }

    @Test("uniform ones fill their range, by PyTorch's formulas")
    func uniform() {
        let cases: [(Initializer, bound: Double)] = [
            (.xavierUniform(gain: 2), 2 * (6 / (Self.fanIn + Self.fanOut)).squareRoot()),
            (.kaimingUniform(), (6 / Self.fanIn).squareRoot()),
            (.kaimingUniform(a: 5.0.squareRoot()), 1 / Self.fanIn.squareRoot()),
            (.kaimingUniform(a: 1, fan: .output), (3 / Self.fanOut).squareRoot()),
            (.uniform(-0.25..<0.25), 0.25),
        ]
        for (initializer, bound) in cases {
            let x = values(initializer)
            expectSpread(x, bound / 3.0.squareRoot())
            #expect(
                x.abs().amax().item() <= bound && x.amax().item() > 0.999 * bound && x.amin().item() < -0.999 * bound)
        }
    }

    @Test("normal ones have their spread, by PyTorch's formulas")
    func normal() {
        let cases: [(Initializer, std: Double)] = [
            (.xavierNormal(gain: 2), 2 * (2 / (Self.fanIn + Self.fanOut)).squareRoot()),
            (.kaimingNormal(), (2 / Self.fanIn).squareRoot()),
            (.kaimingNormal(a: 2, fan: .output), (0.4 / Self.fanOut).squareRoot()),
            (.normal(std: 0.02), 0.02),
        ]
        for (initializer, std) in cases {
            let x = values(initializer)
            expectSpread(x, std)
            // One in 3.2 lies further out than one standard deviation, one in 22 than two.
            assertClose((x.abs() .> std).to(.float64).mean().item(), 0.3173, absolute: 0.015)
            assertClose((x.abs() .> 2 * std).to(.float64).mean().item(), 0.0455, absolute: 0.007)
        }
        assertClose(values(.normal(mean: 3, std: 0.1)).mean().item(), 3, absolute: 0.005)
    }

    @Test("truncated normal ones end at the cut and have the spread of the cut distribution")
    func truncated() {
        let x = values(.truncatedNormal(std: 0.02))
        // Variance of a unit normal cut at ±2: 1 - 2 · 2 φ(2) / (2 Φ(2) - 1) = 0.7737.
        expectSpread(x, 0.02 * 0.773_741_3.squareRoot())
        #expect(x.abs().amax().item() <= 0.04 && x.abs().amax().item() > 0.0398)
        let shifted = values(.truncatedNormal(mean: 5, std: 1, cut: 1))
        #expect(shifted.amin().item() >= 4 && shifted.amax().item() <= 6)
        expectSpread(values(.lecunNormal), 1 / Self.fanIn.squareRoot())
    }

    @Test("constants, identities and given values")
    func constants() {
        assertEqual(values(.zeros, [2, 3]), .zeros([2, 3], dtype: .float64))
        assertEqual(values(.ones, [2]), .ones([2], dtype: .float64))
        assertEqual(values(.constant(0.1), [1]), Tensor([0.1]))
        assertEqual(values(.identity, [2, 3]), .eye(2, 3, dtype: .float64))
        let table = Tensor([1, 2] as [Float]).requiringGrad()
        let copy = Initializer.values(table)([2], seed: Seed(0))
        #expect(!copy.sharesStorage(with: table) && !copy.requiresGrad)
        // A filter that is the identity passes an image on.
        let image = Tensor.randn([1, 3, 5, 5], using: RandomSource(Seed(1)), dtype: .float64)
        assertEqual(image.conv2d(values(.identity, [3, 3, 3, 3]), nil, Convolution(padding: 1)), image)
    }

    @Test("orthogonal ones have orthonormal rows or columns", arguments: [[5, 5], [8, 3], [3, 8], [4, 2, 3, 3]])
    func orthogonal(_ shape: [Int]) {
        let x = values(.orthogonal(gain: 2), shape).reshape(shape[0], -1)
        let (rows, columns) = (x.shape[0], x.shape[1])
        let gram = rows <= columns ? x.matmul(x.mT) : x.mT.matmul(x)
        assertClose(gram, 4 * Tensor.eye(min(rows, columns), dtype: .float64), absolute: 1e-12)
    }

    @Test("the same seed gives the same values, another one others")
    func seeds() {
        let initializers: [Initializer] = [
            .normal(), .uniform(0..<1), .truncatedNormal(std: 1), .xavierUniform(), .xavierNormal(), .kaimingUniform(),
            .kaimingNormal(), .lecunNormal, .orthogonal(),
        ]
        for initializer in initializers {
            let (a, b, c) = (
                initializer([3, 4], seed: Seed(1)), initializer([3, 4], seed: Seed(1)),
                initializer([3, 4], seed: Seed(2))
            )
            assertEqual(a, b)
            #expect((a .!= c).all().intItem() == 1)
        }
    }

    @Test("layers start as PyTorch's do")
    func defaults() {
        let store = ParameterStore(seed: Seed(3))
        _ = Linear(400, 300, in: store.root / "linear")
        _ = Conv2d(32, 64, kernel: 3, Convolution(groups: 2), in: store.root / "conv")
        _ = ConvTranspose2d(32, 64, kernel: 3, in: store.root / "transposed")
        _ = Embedding(100, 50, in: store.root / "embedding")
        _ = MultiHeadAttention(64, heads: 4, in: store.root / "attention")
        // Uniform within ± 1 / sqrt(fan in), except that attention's projection is Xavier uniform.
        let bounds = [
            "linear.weight": 1 / 400.0.squareRoot(), "linear.bias": 1 / 400.0.squareRoot(),
            "conv.weight": 1 / 144.0.squareRoot(), "conv.bias": 1 / 144.0.squareRoot(),
            "transposed.weight": 1 / 576.0.squareRoot(), "transposed.bias": 1 / 576.0.squareRoot(),
            "attention.in_proj_weight": (6 / 256.0).squareRoot(), "attention.out_proj.weight": 1 / 8.0,
        ]
        for (name, bound) in bounds {
            let largest = store[name]?.abs().amax().item() ?? 0
            #expect(largest <= bound && largest > 0.9 * bound, "\(name)")
        }
        for name in ["attention.in_proj_bias", "attention.out_proj.bias"] {
            #expect(store[name]?.abs().amax().item() == 0, "\(name)")
        }
        expectSpread((store["embedding.weight"] ?? Tensor(0)).detach().to(.float64), 1)
    }
}
