import TestSupport
import Testing
import Torch

/// Numbers from JAX 0.4.37 with `jax_threefry_partitionable` off, unless said otherwise.
@Suite("JAX's random numbers")
struct ThreefryKeyTests {
    private let key = ThreefryKey(seed: 42)

    // Random123's known answer for twenty rounds, counter 0 and key 0.
    @Test("the cipher gives its authors' known answer")
    func knownAnswer() {
        #expect(ThreefryKey(0, 0).folding(in: 0) == ThreefryKey(0x6b20_0159, 0x99ba_4efe))
    }

    @Test("keys from keys")
    func keys() {
        func key(_ first: Int32, _ second: Int32) -> ThreefryKey {
            ThreefryKey(UInt32(bitPattern: first), UInt32(bitPattern: second))
        }
        #expect(self.key.split() == [key(-1_829_035_798, -615_737_125), key(255_383_827, 267_815_257)])
        #expect(self.key.split(1) == [key(64_467_757, -1_378_843_660)])
        #expect(self.key.split(3)[2] == key(801_545_058, -1_931_765_865))
        #expect(self.key.folding(in: 7) == key(-1_747_954_385, 1_371_500_959))
        #expect(self.key.folding(in: 4_000_000_000) == key(-143_122_479, -2_120_926_360))
    }

    @Test("bits, also of an odd number")
    func bits() {
        let bits = key.bits(7).map { Int32(bitPattern: $0) }
        #expect(
            bits == [
                -1_340_887_325, -1_719_795_098, 1_139_032_965, 1_681_094_280, -1_018_241_546, 1_223_413_151,
                173_471_767,
            ])
        #expect(key.bits(0).isEmpty)
    }

    @Test("uniform numbers to the last bit, normal ones to a few")
    func floats() {
        let uniform: [Float] = [
            0.687_800_29, 0.599_578_98, 0.265_201_69, 0.391_410_23, 0.762_922_05, 0.284_847_97, 0.040_389_538,
        ]
        assertClose(key.uniform([7]), Tensor(uniform), relative: 1e-7, absolute: 0)
        let normal: [Float] = [
            0.369_004_339, -0.460_675_418, -0.865_093_410, 1.208_088_28, 0.596_991_658, -0.870_805_800,
            -0.398_499_697, -0.667_009_175, 0.336_893_559,
        ]
        assertClose(key.normal([9]), Tensor(normal), relative: 1e-6, absolute: 0)
        #expect(key.normal([2, 3, 4]).shape == [2, 3, 4])
        let many = key.normal([100_000])
        assertClose(many.mean().item(), 0, absolute: 0.01)
        assertClose(many.std().item(), 1, absolute: 0.01)
        #expect(many.isfinite().all().intItem() == 1)
    }

    @Test("whole numbers and permutations")
    func wholeNumbers() {
        assertEqual(key.integers(in: 0..<10, [11]), Tensor([7, 8, 4, 7, 6, 8, 6, 0, 9, 4, 1] as [Int32]))
        assertEqual(key.integers(in: 0..<64, [11]), Tensor([45, 54, 8, 33, 22, 12, 60, 0, 47, 62, 33] as [Int32]))
        #expect(Array(key.permutation(20).prefix(10)) == [5, 2, 4, 14, 10, 6, 9, 7, 0, 19])
        #expect(key.permutation(5000).sorted() == Array(0..<5000))
        #expect(key.permutation(1) == [0])
        #expect(key.permutation(0).isEmpty)
        #expect(key.integers(in: -3..<3, [1000]).amin().intItem() == -3)
    }
}
