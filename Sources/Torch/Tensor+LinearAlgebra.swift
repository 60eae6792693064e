internal import CTorch

extension Tensor {
    /// Matrix product; leading dimensions broadcast.
    public func matmul(_ other: Tensor) -> Tensor { binary(other, ctorch_matmul) }

    /// Products of two batches of matrices [B, N, M] and [B, M, K].
    public func bmm(_ other: Tensor) -> Tensor { binary(other, ctorch_bmm) }

    /// Inner product of two vectors.
    public func dot(_ other: Tensor) -> Tensor { binary(other, ctorch_dot) }

    /// All products of elements of two vectors.
    public func outer(_ other: Tensor) -> Tensor { binary(other, ctorch_outer) }

    /// Kronecker product.
    public func kron(_ other: Tensor) -> Tensor { binary(other, ctorch_kron) }

    /// `beta` self + `alpha` a b, for matrices.
    public func addmm(_ a: Tensor, _ b: Tensor, beta: Double = 1, alpha: Double = 1) -> Tensor {
        withHandles(self, a, b) { x, a, b in result { ctorch_addmm(x, a, b, beta, alpha, $0) } }
    }

    /// `beta` self + `alpha` a b, for batches of matrices.
    public func baddbmm(_ a: Tensor, _ b: Tensor, beta: Double = 1, alpha: Double = 1) -> Tensor {
        withHandles(self, a, b) { x, a, b in result { ctorch_baddbmm(x, a, b, beta, alpha, $0) } }
    }

    /// Sum of products in Einstein's notation, such as `bnd,bmd->bnm`.
    public static func einsum(_ equation: String, _ tensors: Tensor...) -> Tensor {
        withHandles(tensors) { list, count in result { ctorch_einsum(equation, list, count, $0) } }
    }

    /// Distances between the rows of [.., N, D] and of [.., M, D] in the norm of this order.
    ///
    /// Computed by differences: a large common offset does no harm.
    public func cdist(_ other: Tensor, order: Double = 2) -> Tensor {
        withHandles(self, other) { a, b in result { ctorch_cdist(a, b, order, $0) } }
    }

    /// Eigenvalues in ascending order and eigenvectors (columns) of symmetric matrices.
    public func eigh() -> (values: Tensor, vectors: Tensor) {
        withHandle { handle in results { ctorch_eigh(handle, $0, $1) } }
    }

    /// Eigenvalues of symmetric matrices in ascending order.
    public func eigvalsh() -> Tensor { unary(ctorch_eigvalsh) }

    /// Singular values, descending, with left vectors (columns of `u`) and right vectors (rows of `vh`).
    public func svd(full: Bool = false) -> (u: Tensor, s: Tensor, vh: Tensor) {
        withHandle { handle in results { ctorch_svd(handle, full, $0, $1, $2) } }
    }

    /// An orthogonal and an upper triangular factor.
    public func qr() -> (q: Tensor, r: Tensor) {
        withHandle { handle in results { ctorch_qr(handle, $0, $1) } }
    }

    /// The triangular factor L with L Lᵀ = self, or U with Uᵀ U = self, of positive definite matrices.
    public func cholesky(upper: Bool = false) -> Tensor {
        withHandle { handle in result { ctorch_cholesky(handle, upper, $0) } }
    }

    /// The x with self x = `b`.
    public func solve(_ b: Tensor) -> Tensor { binary(b, ctorch_solve) }

    /// The x with self x = `b` for triangular matrices.
    public func solveTriangular(_ b: Tensor, upper: Bool) -> Tensor {
        withHandles(self, b) { a, b in result { ctorch_solve_triangular(a, b, upper, $0) } }
    }

    /// The inverse of matrices.
    public func inverse() -> Tensor { unary(ctorch_inverse) }

    /// Logarithm of the determinant; NaN where that is negative.
    public func logdet() -> Tensor { unary(ctorch_logdet) }

    /// Sum of the diagonal of a matrix.
    public func trace() -> Tensor { unary(ctorch_trace) }
}
