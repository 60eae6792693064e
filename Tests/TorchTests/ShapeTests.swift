import TestSupport
import Testing
import Torch

@Suite("Shapes")
struct ShapeTests {
    @Test("agree with PyTorch", arguments: cases)
    func agree(_ operation: OperationCase) throws { try operation.check() }

    static let cases: [OperationCase] = [
        OperationCase("reshape") {
            [$0.cube.reshape(4, -1), $0.cube.flatten(), $0.cube.flatten(0, 1), $0.cube.reshape([2, 3, 2, 2])]
        },
        OperationCase("expand") {
            [$0.row.expand(3, 4), $0.cube[TensorIndex.all, ..<1].expand([-1, 5, -1])]
        },
        OperationCase("permute") { [$0.cube.permute(2, 0, 1), $0.cube.transpose(0, -1), $0.cube.mT] },
        OperationCase("squeeze") { [$0.cube.unsqueeze(1), $0.cube.unsqueeze(-1).squeeze(-1), $0.cube.squeeze(0)] },
        OperationCase("alongBatch") { [$0.cube[TensorIndex.all, 0, 0].alongBatch(of: $0.cube) * $0.cube] },
        OperationCase("repeat") {
            [$0.cube.repeat(1, 2, 1), $0.cube.repeat(2, 1, 1, 1), $0.cube.repeatInterleave(2, 1)]
        },
        OperationCase("flip") { [$0.cube.flip(0, 2), $0.cube.roll(1, 1), $0.cube.roll(-2, 2)] },
        OperationCase("pad") {
            let amounts = [2, 1, 1, 2]
            return [
                $0.cube.pad([1, 2, 0, 1], mode: .constant(3)), $0.image.pad(amounts, mode: .reflect),
                $0.image.pad(amounts, mode: .replicate), $0.image.pad(amounts, mode: .circular),
            ]
        },
        OperationCase("triangle") { [$0.cube.tril(), $0.cube.triu(1)] },
        OperationCase("diagonal") { [$0.square.diagonal(), $0.cube.diagonal(offset: 1, 0, 2), $0.row.diagEmbed()] },
        OperationCase("cat") {
            let both = [$0.a, $0.b]
            return [Tensor.cat(both), Tensor.cat(both, -1), Tensor.stack(both), Tensor.stack(both, -1)]
        },
        OperationCase("split") { $0.cube.split([1, 3], 2) + $0.cube.chunk(3, 1) },
        OperationCase("create") {
            [
                .zeros([2, 3]), .ones([2], dtype: .int32), .full([2], 2.5, dtype: .float64), .arange(2..<7),
                .arange(3, dtype: .float32), .linspace(-1...1, count: 5), .eye(3, 2), $0.whole.zerosLike(),
                $0.a.onesLike(),
            ]
        },
    ]

    @Test("reshape, slices and permutations are views; clone and cat are not")
    func views() {
        let a = Tensor.zeros([2, 3])
        for view in [
            a.reshape(3, 2), a.mT, a[0], a[TensorIndex.all, 1...], a.unsqueeze(0), a.expand(4, 2, 3), a.detach(),
        ] {
            #expect(view.sharesStorage(with: a))
        }
        for copy in [a.clone(), Tensor.cat([a]), a + 0, a.mT.contiguous()] { #expect(!copy.sharesStorage(with: a)) }
    }

    @Test("one value per example broadcasts over the batch, also when the next dimension has the same size")
    func alongBatch() {
        let scale = Tensor([1, 10] as [Float])
        let x = Tensor.ones([2, 2, 2])
        #expect((scale.alongBatch(of: x) * x).scalars(as: Float.self) == [1, 1, 1, 1, 10, 10, 10, 10])
    }

    @Test("strides and formats say how elements lie in memory")
    func memory() {
        let a = Tensor.arange(24).reshape(1, 2, 3, 4)
        #expect(a.strides == [24, 12, 4, 1] && a.isContiguous())
        let last = a.contiguous(.channelsLast)
        #expect(last.strides == [24, 1, 8, 2] && last.isContiguous(.channelsLast) && !last.isContiguous())
        assertEqual(last, a)
        #expect(last.contiguous().isContiguous())
    }
}
