import Foundation
import TestSupport
import Testing
import Torch

@Suite("Seed and RandomSource")
struct RandomSourceTests {
    @Test("draws the numbers of torch.Generator", arguments: [0, 42, 1 << 63 + 5] as [UInt64])
    func agrees(_ seed: UInt64) throws {
        let file = try SafetensorsFile(fixtures().appending(path: "random.safetensors"))
        let source = RandomSource(Seed(seed))
        let weights = Tensor([0.1, 0, 0.5, 0.4] as [Float])
        // The order is that of make_fixtures.py: all come from one stream.
        let draws: [NamedTensor] = [
            ("randn", .randn([5], using: source)),
            ("randn.long", .randn([40], using: source)),
            ("rand", .rand([2, 3], using: source)),
            ("randint", .randint(-3..<9, [6], using: source)),
            ("randperm", .randperm(9, using: source)),
            ("multinomial", weights.multinomial(5, replacement: true, using: source)),
            ("multinomial.apart", weights.multinomial(3, using: source)),
            ("bernoulli", weights.bernoulli(using: source)),
            ("randn.double", .randn([3], using: source, dtype: .float64)),
        ]
        for (name, tensor) in draws {
            let expected = try #require(file["\(seed)/\(name)"])
            #expect(tensor.dtype == expected.dtype)
            // Long runs of normal numbers come from vector instructions, which round differently from machine to machine.
            assertClose(tensor, expected, relative: 1e-5)
        }
        #expect(file.names.count { $0.hasPrefix("\(seed)/") } == draws.count)
    }

    @Test("continues from a saved state, bit for bit, also in the middle of a pair of normal numbers")
    func state() {
        let source = RandomSource(Seed(3))
        _ = Tensor.randn([3], using: source)
        let state = source.state
        let expected = [Tensor.randn([5], using: source), Tensor.rand([5], using: source)]
        let other = RandomSource(Seed(99))
        other.state = state
        assertEqual(Tensor.randn([5], using: other), expected[0])
        assertEqual(Tensor.rand([5], using: other), expected[1])
    }

    @Test("two sources do not disturb each other")
    func independence() {
        let alone = Tensor.rand([4], using: RandomSource(Seed(1)))
        let (a, b) = (RandomSource(Seed(1)), RandomSource(Seed(2)))
        let parts = (0..<4).map { _ in
            _ = Tensor.randn([3], using: b)
            return Tensor.rand([1], using: a)
        }
        assertEqual(Tensor.cat(parts), alone)
    }

    @Test("child seeds depend on the whole path and on nothing else")
    func children() {
        let root = Seed(42)
        #expect(root.child("a").child(1) == Seed(42).child("a").child(1))
        let seeds = [
            root, Seed(43).child("a"), root.child("a"), root.child("b"), root.child("a").child("bc"),
            root.child("ab").child("c"), root.child("abc"), root.child(""), root.child(0), root.child(1),
            root.child("0"), root.child(0).child(1), root.child(1).child(0), root.child(-1),
        ]
        #expect(Set(seeds).count == seeds.count)
    }

    @Test("streams of neighbouring seeds are unrelated")
    func correlation() {
        let root = Seed(7).child("steps")
        let rows = Tensor.stack((0..<50).map { .randn([2000], using: RandomSource(root.child($0)), dtype: .float64) })
        let products = rows.matmul(rows.mT) / 2000.0
        // Products of unrelated streams have the standard deviation 1 / sqrt(2000); the largest of 1225 stays below 5.
        #expect((products - products.diagonal().diagEmbed()).abs().amax().item() < 5 / 2000.0.squareRoot())
        #expect((products.diagonal() - 1.0).abs().amax().item() < 5 * (2 / 2000.0).squareRoot())
    }

    @Test("ranges are kept")
    func ranges() {
        let source = RandomSource(Seed(5))
        let real = Tensor.rand([10_000], in: -2..<3, using: source)
        #expect(real.amin().item() >= -2 && real.amax().item() <= 3)
        assertClose(real.mean().item(), 0.5, absolute: 4 * 5 / (12 * 10_000.0).squareRoot())
        #expect(Set(Tensor.randint(-1..<2, [200], using: source).scalars(as: Int.self)) == [-1, 0, 1])
        #expect(Tensor.randperm(30, using: source).scalars(as: Int.self).sorted() == Array(0..<30))
    }

    @Test("a seed survives being written and read")
    func coding() throws {
        let seed = Seed(.max - 3)
        #expect(try JSONDecoder().decode(Seed.self, from: JSONEncoder().encode(seed)) == seed)
    }
}
