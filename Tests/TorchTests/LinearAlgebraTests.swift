import TestSupport
import Testing
import Torch

@Suite("Linear algebra")
struct LinearAlgebraTests {
    @Test("agrees with PyTorch", arguments: cases)
    func agree(_ operation: OperationCase) throws { try operation.check() }

    static let cases: [OperationCase] = [
        OperationCase("matmul") {
            [$0.a.matmul($0.b.mT), $0.cube.matmul($0.cube2), $0.row.matmul($0.cube2), $0.cube.bmm($0.cube2)]
        },
        OperationCase("dot") { [$0.row.dot($0.other), $0.row.outer($0.other), $0.a.kron($0.b)] },
        OperationCase("addmm") {
            let three = $0.a[TensorIndex.all, ..<3]
            return [
                $0.a.mT[TensorIndex.all, ..<3].addmm($0.b.mT, three, beta: 0.5, alpha: 2),
                $0.right.baddbmm($0.square, $0.right, beta: 0.5, alpha: 2),
            ]
        },
        OperationCase("einsum") {
            [
                .einsum("bnd,bdm->bnm", $0.cube, $0.cube2), .einsum("bnd->dn", $0.cube),
                .einsum("n,nm,m->", $0.a[TensorIndex.all, 0], $0.a, $0.row),
            ]
        },
        OperationCase("cdist") { [$0.a.cdist($0.b), $0.cube.cdist($0.cube, order: 1)] },
        // Vectors are unique up to their sign only: their product with the values gives the matrix back.
        OperationCase("eigh", relative: 3e-5) {
            let (values, vectors) = $0.symmetric.eigh()
            return [values, (vectors * values.unsqueeze(-2)).matmul(vectors.mT), $0.symmetric.eigvalsh()]
        },
        OperationCase("svd", relative: 3e-5) {
            let (thin, full) = ($0.right.svd(), $0.right.svd(full: true))
            return [
                thin.s, (thin.u * thin.s.unsqueeze(-2)).matmul(thin.vh), full.s,
                (full.u[TensorIndex.ellipsis, ..<3] * full.s.unsqueeze(-2)).matmul(full.vh),
            ]
        },
        OperationCase("qr") {
            let (q, r) = $0.right.qr()
            return [q.matmul(r), q.mT.matmul(q), r.tril(-1)]
        },
        OperationCase("cholesky") { [$0.definite.cholesky(), $0.definite.cholesky(upper: true)] },
        OperationCase("solve", relative: 1e-4) {
            [
                $0.definite.solve($0.right), $0.definite.cholesky().solveTriangular($0.right, upper: false),
                $0.definite.inverse(),
            ]
        },
        OperationCase("logdet") { [$0.definite.logdet(), $0.square[0].trace()] },
    ]

    @Test("distances survive a large common offset")
    func distances() {
        let a = Tensor([0, 0, 3, 4] as [Float], shape: [2, 2]) + 10_000
        #expect(a.cdist(a).scalars(as: Float.self) == [0, 5, 5, 0])
    }

    @Test("a matrix without a decomposition is an error of its own kind")
    func failures() {
        let error = #expect(throws: TorchError.self) { try catchingTorchErrors { (-Tensor.eye(2)).cholesky() } }
        #expect(error?.code == .linearAlgebra)
    }
}
