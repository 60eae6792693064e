import Backbones
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Positions of tokens")
struct PositionTests {
    @Test("rotations are the release's")
    func rotations() throws {
        let release = try ReleaseTensors("rope.safetensors")
        let q = try release["apply/q"]
        let rotary = RotaryEmbedding(tokens: q.shape[1], features: q.shape[3])
        for name in ["q", "k"] {
            let turned = rotary(try release["apply/\(name)"].transpose(1, 2)).transpose(1, 2)
            assertClose(turned, try release["apply/\(name)_out"], relative: 1e-5, absolute: 1e-5)
        }
    }

    @Test("the tables in bfloat16 are the release's to the last bit")
    func bfloat16() throws {
        let release = try ReleaseTensors("rope.safetensors")
        let cosines = try release["bf16/cos"].to(.float32)
        let rotary = RotaryEmbedding(
            tokens: cosines.shape[0], features: 2 * cosines.shape[1], precision: .bfloat16)
        assertEqual(rotary.cosines, cosines)
        assertEqual(rotary.sines, try release["bf16/sin"].to(.float32))
        let exact = RotaryEmbedding(tokens: cosines.shape[0], features: 2 * cosines.shape[1])
        // Published with the release's facts: off by up to 0.95.
        assertClose((exact.cosines - rotary.cosines).abs().amax().item(), 0.95, absolute: 0.01)
    }

    @Test("a rotated product depends on the distance of the positions only, and lengths stay")
    func relative() {
        let rotary = RotaryEmbedding(tokens: 12, features: 8)
        let source = RandomSource(Seed(1))
        let (q, k) = (Tensor.randn([8], using: source), Tensor.randn([8], using: source))
        let (turnedQ, turnedK) = (rotary(q.expand(12, 8)), rotary(k.expand(12, 8)))
        let products = turnedQ.matmul(turnedK.mT)
        assertClose(products[0..<9, 0..<9], products[3..<12, 3..<12], absolute: 1e-5)
        assertClose(turnedQ.norm(1), q.norm().expand(12))
    }

    @Test("first values of positions are the release's")
    func grid() throws {
        let release = try ReleaseTensors("pos_embed.safetensors")
        for name in ["h32_grid3", "h64_grid4"] {
            let expected = try release[name]
            assertClose(Initializer.gridPositions(expected.shape, seed: Seed(1)).to(.float32), expected)
        }
    }
}
