import TestSupport
import Testing
import Torch

@Suite("Operations over lists")
struct ListOperationsTests {
    @Test("the global norm is that of all elements together")
    func norm() {
        assertClose(ListOperations.globalNorm([Tensor([3] as [Float]), Tensor([0, 4] as [Float])]).item(), 5)
        #expect(ListOperations.globalNorm([]).item() == 0)
    }

    @Test("scaling and averaging change the tensors in place")
    func inPlace() {
        let tensors = [Tensor([1, 2] as [Float]), Tensor([3] as [Float])]
        ListOperations.scale(tensors, by: Tensor(2 as Float))
        #expect(tensors.map { $0.scalars(as: Float.self) } == [[2, 4], [6]])
        ListOperations.lerp(tensors, towards: [Tensor([4, 4] as [Float]), Tensor([0] as [Float])], 0.25)
        #expect(tensors.map { $0.scalars(as: Float.self) } == [[2.5, 4], [4.5]])
        ListOperations.lerp([], towards: [], 0.5)
        ListOperations.scale([], by: Tensor(2 as Float))
    }

    /// libtorch's fused kernels do not look at strides; the border must.
    @Test("a step is the same for a gradient in any layout")
    func layouts() {
        let source = RandomSource(Seed(1))
        let (start, gradient) = (Tensor.randn([4, 3, 2, 2], using: source), Tensor.randn([4, 3, 2, 2], using: source))
        let expected = start - 0.1 * gradient
        for (weight, slope) in [
            (start.clone(), gradient), (start.contiguous(.channelsLast).clone(), gradient),
            (start.clone(), gradient.contiguous(.channelsLast)),
            (start.clone(), Tensor.stack([gradient, gradient], -1)[TensorIndex.ellipsis, 0]),
        ] {
            ListOperations.sgdStep(
                parameters: [weight], gradients: [slope], momenta: [], learningRate: 0.1, momentum: 0, weightDecay: 0,
                nesterov: false, isFirstStep: false)
            assertClose(weight, expected)
        }
    }

    @Test("a moment in another layout, or of another shape, is refused")
    func moments() {
        let weight = Tensor.zeros([4, 3, 2, 2]).contiguous(.channelsLast)
        for moment in [Tensor.zeros([4, 3, 2, 2]), .zeros([48])] {
            #expect(throws: TorchError.self) {
                try catchingTorchErrors {
                    ListOperations.sgdStep(
                        parameters: [weight], gradients: [weight], momenta: [moment], learningRate: 0.1, momentum: 0.5,
                        weightDecay: 0, nesterov: false, isFirstStep: false)
                }
            }
        }
    }
}
