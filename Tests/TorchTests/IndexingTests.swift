import TestSupport
import Testing
import Torch

@Suite("Indexing")
struct IndexingTests {
    @Test("agrees with PyTorch", arguments: cases)
    func agree(_ operation: OperationCase) throws { try operation.check() }

    private static let all = TensorIndex.all

    static let cases: [OperationCase] = [
        OperationCase("subscript") {
            let c = $0.cube
            return [
                c[1], c[-1, 2, 0], c[all, 1..<3], c[0, ..<2, (-2)...], c[TensorIndex.ellipsis, 0],
                c[all, TensorIndex.newAxis, 1], c[all, all, TensorIndex.slice(start: 0, end: nil, step: 2)],
                c[1..., TensorIndex.ellipsis, 1...2],
            ]
        },
        OperationCase("subscript.tensor") {
            [$0.cube[all, $0.rows], $0.a[$0.rows], $0.cube[TensorIndex.ellipsis, $0.rows]]
        },
        OperationCase("assign") {
            let (filled, part) = ($0.cube.clone(), $0.cube.clone())
            filled[all, 1] = Tensor(7 as Float)
            part[0, 1..., TensorIndex.slice(start: 0, end: nil, step: 2)] = $0.a[..<2, ..<2]
            return [filled, part]
        },
        OperationCase("select") {
            [$0.cube.select(1, 2), $0.cube.slice(2, 1, 3), $0.cube.indexSelect(1, $0.rows)]
        },
        OperationCase("gather") { [$0.a.gather(1, $0.places)] },
        OperationCase("scatter") {
            [
                Tensor.zeros([3, 4]).scatter(1, $0.labels.unsqueeze(1), $0.b[all, ..<1]),
                Tensor.zeros([3, 4]).scatterAdd(1, $0.places, $0.b[all, ..<2]),
            ]
        },
        OperationCase("indexAdd") { [$0.a.indexAdd(0, $0.rows, $0.b)] },
        OperationCase("copyRows") {
            let rows = $0.a.clone()
            rows.copyRows(at: Tensor([2, 0]), from: $0.b[..<2])
            return [rows]
        },
        OperationCase("masked") { [$0.a.maskedSelect($0.mask), $0.mask.nonzero()] },
    ]

    @Test("assignment reaches every view of the storage, converts, and stays out of the gradient graph")
    func assignment() {
        let a = Tensor.zeros([2, 2])
        let view = a.mT
        a[0, 1] = Tensor(3)
        #expect(view.scalars(as: Float.self) == [0, 0, 3, 0])
        let leaf = Tensor.zeros([2]).requiringGrad()
        leaf[0] = Tensor(5 as Float)
        #expect(leaf.isLeaf && leaf.scalars(as: Float.self) == [5, 0])
    }

    @Test("an index outside of its dimension is an error of its own kind")
    func outside() {
        let error = #expect(throws: TorchError.self) { try catchingTorchErrors { Tensor.zeros([2, 3])[0, 3] } }
        #expect(error?.code == .indexOutOfRange)
        #expect(error?.message.hasPrefix("select(Float[3]): ") == true)
    }
}
