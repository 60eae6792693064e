import Backbones
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Growing convolution")
struct GrowingConvolutionTests {
    @Test("It is a convolution of the input repeated twofold, in values and in gradients")
    func equalsPlainConvolution() throws {
        let store = ParameterStore(seed: Seed(1))
        let layer = GrowingConvolution(6, 4, in: store.root)
        let (weight, bias) = (try #require(store["weight"]), try #require(store["bias"]))
        let source = RandomSource(Seed(2))
        let x = Tensor.randn([2, 6, 5, 3], using: source).requiringGrad()
        let seed = Tensor.randn([2, 4, 10, 6], using: source)

        let actual = layer(x)
        let expected = x.interpolate(to: Size2D(height: 10, width: 6), .nearest)
            .conv2d(weight, bias, Convolution(padding: 1))

        assertClose(actual, expected, absolute: 1e-5)
        let inputs = [x, weight, bias]
        let pairs = zip(
            gradients(of: actual, withRespectTo: inputs, seed: seed),
            gradients(of: expected, withRespectTo: inputs, seed: seed))
        for (actual, expected) in pairs { assertClose(actual, expected, relative: 1e-4, absolute: 1e-4) }
    }
}
