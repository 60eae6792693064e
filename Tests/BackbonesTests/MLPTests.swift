import Backbones
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("The multilayer perceptron")
struct MLPTests {
    @Test("is its layers one after the other, with the activation between them")
    func composition() throws {
        let store = ParameterStore(seed: Seed(1))
        let network = MLP(.init(inputs: 3, outputs: 2, width: 5, depth: 2, activation: .tanh), in: store.root)
        #expect(store.count == (3 * 5 + 5) + (5 * 5 + 5) + (5 * 2 + 2))
        let x = Tensor.randn([4, 3], using: RandomSource(Seed(2)))
        func layer(_ index: Int, _ x: Tensor) throws -> Tensor {
            let weight = try #require(store["layers.\(index).weight"])
            return x.matmul(weight.mT) + (try #require(store["layers.\(index).bias"]))
        }
        assertClose(network(x), try layer(2, layer(1, layer(0, x).tanh()).tanh()))
    }

    @Test("without hidden layers it is linear")
    func linear() throws {
        let store = ParameterStore(seed: Seed(1))
        let network = MLP(.init(inputs: 2, outputs: 2, width: 5, depth: 0), in: store.root)
        let zero = network(.zeros([1, 2]))
        let (a, b) = (Tensor([1, 2] as [Float]).unsqueeze(0), Tensor([-3, 0.5] as [Float]).unsqueeze(0))
        assertClose(network(a + b) - zero, network(a) + network(b) - zero * 2)
    }
}
