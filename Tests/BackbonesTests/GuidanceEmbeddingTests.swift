import Backbones
import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("The embedding of the guidance strength")
struct GuidanceEmbeddingTests {
    // 0.02 RMSNorm(W2 SiLU(W1 [cos, sin](alpha 10000^(-i / 128)))).
    @Test("is the formula of the release, number by number")
    func formula() throws {
        let store = ParameterStore(seed: Seed(1))
        let embedding = GuidanceEmbedding(width: 6, in: store.root / "guidance")
        let gain = try #require(store["guidance.norm.weight"])
        withoutGradients { gain.copy(from: .linspace(0.5...1.5, count: 6)) }
        func values(_ name: String) throws -> [Double] {
            try #require(store["guidance.\(name)"]).to(.float64).scalars()
        }
        let (first, second) = (try values("mlp.0.weight"), try values("mlp.2.weight"))
        for alpha in [1.0, 1.1, 3.5] {
            let angles = (0..<128).map { alpha * pow(10_000, -Double($0) / 128) }
            let sinusoids = angles.map { cos($0) } + angles.map { sin($0) }
            let hidden = (0..<6).map { row in
                let sum = (0..<256).reduce(0) { $0 + first[row * 256 + $1] * sinusoids[$1] }
                return sum / (1 + exp(-sum))
            }
            let output = (0..<6).map { row in (0..<6).reduce(0) { $0 + second[row * 6 + $1] * hidden[$1] } }
            let root = (output.reduce(0) { $0 + $1 * $1 } / 6 + 1e-6).squareRoot()
            let expected = try zip(output, values("norm.weight")).map { Float(0.02 * $0 / root * $1) }
            let found = embedding(Tensor([Float(alpha)]))
            assertClose(found, Tensor(expected, shape: [1, 6]), relative: 1e-3, absolute: 1e-5)
        }
    }
}
