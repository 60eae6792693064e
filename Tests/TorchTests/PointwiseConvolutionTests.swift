import TestSupport
import Testing
import Torch

@Suite("Convolutions with a stride that oneDNN gets wrong")
struct PointwiseConvolutionTests {
    /// Batch, channels in and out, size: shapes at which oneDNN writes past its buffers, and one at which it does not.
    ///
    /// Without the way around it this test crashes.
    private static let shapes = [[7, 4, 4, 16], [4, 8, 16, 96], [64, 8, 8, 64], [3, 15, 8, 31], [4, 16, 32, 32]]

    @Test("on maps of one pixel only the tap that meets it counts", arguments: [DType.float32, .bfloat16])
    func onePixel(dtype: DType) {
        let source = RandomSource(Seed(2))
        let images = Tensor.randn([64, 64, 1, 1], using: source).to(dtype).contiguous(.channelsLast)
        let weight = Tensor.randn([32, 64, 3, 3], using: source).to(dtype)
        let incoming = Tensor.randn([64, 32, 1, 1], using: source).to(dtype)
        for _ in 0..<5 {
            let w = weight.detach().requiringGrad()
            let y = images.conv2d(w, nil, Convolution(stride: 2, padding: 1))
            y.backward(incoming)
            let (rows, tap) = (images.flatten(1).to(.float32), weight[0..., 0..., 1, 1].to(.float32))
            let (relative, absolute) = dtype == .float32 ? (1e-4, 1e-3) : (2e-2, 0.3)
            assertClose(y.detach().flatten(1).to(.float32), rows.matmul(tap.mT), relative: relative, absolute: absolute)
            let expected = Tensor.zeros([32, 64, 3, 3])
            expected[0..., 0..., 1, 1] = incoming.flatten(1).to(.float32).mT.matmul(rows)
            assertClose((w.grad ?? weight).to(.float32), expected, relative: relative, absolute: absolute)
        }
    }

    @Test("output and gradients are products of the chosen pixels", arguments: shapes, [DType.float32, .bfloat16])
    func gradients(shape: [Int], dtype: DType) {
        let (batch, inputs, outputs, size) = (shape[0], shape[1], shape[2], shape[3])
        let source = RandomSource(Seed(1))
        let images = Tensor.randn([batch, inputs, size, size], using: source).to(dtype).contiguous(.channelsLast)
        let weight = Tensor.randn([outputs, inputs, 1, 1], using: source).to(dtype)
        let half = (size + 1) / 2
        let incoming = Tensor.randn([batch, outputs, half, half], using: source).to(dtype).contiguous(.channelsLast)
        let x = images.detach().requiringGrad()
        let w = weight.detach().requiringGrad()
        for _ in 0..<3 {
            x.grad = nil
            w.grad = nil
            let y = x.conv2d(w, nil, Convolution(stride: 2))
            y.backward(incoming)
            // [B P, C]: the pixels that the stride meets.
            let even = Tensor.arange(half) * 2
            let rows = { (t: Tensor) in t.to(.float32).permute(0, 2, 3, 1).reshape(-1, t.shape[1]) }
            let chosen = rows(images.indexSelect(2, even).indexSelect(3, even))
            let matrix = weight.to(.float32).reshape(outputs, inputs)
            let (relative, absolute) = dtype == .float32 ? (1e-4, 1e-3) : (2e-2, 0.3)
            assertClose(rows(y.detach()), chosen.matmul(matrix.mT), relative: relative, absolute: absolute)
            let expected = rows(incoming).mT.matmul(chosen)
            // Sums over all pixels of all images: against the largest. Without bfloat16 in hardware oneDNN also rounds
            // partial sums: 1.6 % of the largest was seen on a Zen 3.
            let largest = expected.abs().amax().item()
            assertClose(
                (w.grad ?? weight).to(.float32).reshape(outputs, inputs) / largest, expected / largest,
                absolute: dtype == .float32 ? 1e-5 : Machine.hasFastBFloat16 ? 1e-2 : 2.5e-2)
            let spread = rows((x.grad ?? images).indexSelect(2, even).indexSelect(3, even))
            assertClose(spread, rows(incoming).matmul(matrix), relative: relative, absolute: absolute)
        }
    }
}
