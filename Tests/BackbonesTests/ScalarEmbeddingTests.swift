import Backbones
import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("The embedding of a number")
struct ScalarEmbeddingTests {
    // W2 SiLU(W1 [cos, sin](x rate 10000^(-i / 128)) + b1) + b2 in float64.
    @Test("is its formula, also under autocast")
    func formula() throws {
        let store = ParameterStore(seed: Seed(1))
        let embedding = ScalarEmbedding(width: 5, rate: 1000, in: store.root / "time")
        #expect(
            store.parameters.map(\.name).sorted()
                == ["bias", "weight"].flatMap { n in [0, 2].map { "time.mlp.\($0).\(n)" } }.sorted())
        let times: [Float] = [0, 0.001, 0.5, 1]
        func layer(_ index: Int, _ x: Tensor) throws -> Tensor {
            let weight = try #require(store["time.mlp.\(index).weight"]).to(.float64)
            return x.matmul(weight.mT) + (try #require(store["time.mlp.\(index).bias"])).to(.float64)
        }
        let waves = times.flatMap { t in
            let angles = (0..<128).map { Double(t) * 1000 * pow(10_000, -Double($0) / 128) }
            return angles.map { cos($0) } + angles.map { sin($0) }
        }
        let expected = try layer(2, layer(0, Tensor(waves, shape: [4, 256])).silu())
        let found = embedding(Tensor(times))
        assertClose(found, expected.to(.float32), relative: 1e-4, absolute: 1e-4)
        assertEqual(withAutocast(.bfloat16) { embedding(Tensor(times)) }, found)
    }

    @Test("neighbouring steps of a thousand are told apart")
    func resolution() {
        let embedding = ScalarEmbedding(
            width: 32, rate: ScalarEmbedding.unitTimeRate, in: ParameterStore(seed: Seed(1)).root)
        let vectors = embedding(.linspace(0...1, count: 1001))
        let steps = (vectors.slice(0, 1) - vectors.slice(0, 0, 1000)).norm(1)
        #expect(steps.amin().item() > 0.02 && steps.amax().item() < 2)
    }
}
