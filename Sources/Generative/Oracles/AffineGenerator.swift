public import Torch

/// A one-step generator whose distribution is known: x = L e + m pushes N(0, I) forward to N(m, L Lᵀ).
public struct AffineGenerator: OneStepGenerator, Sendable {
    /// L [D, D].
    public let matrix: Tensor
    /// m [D].
    public let offset: Tensor

    /// The generator with a given matrix [D, D] and offset [D].
    public init(matrix: Tensor, offset: Tensor) {
        demand(
            offset.rank == 1 && matrix.shape == [offset.shape[0], offset.shape[0]],
            "a matrix of shape \(matrix.shape) and an offset of shape \(offset.shape) do not fit")
        self.matrix = matrix
        self.offset = offset
    }

    /// The generator of N(mean, covariance), with Cholesky's factor as its matrix.
    ///
    /// - Parameters:
    ///   - mean: Mean [D].
    ///   - covariance: Symmetric, positive definite matrix [D, D].
    public init(mean: Tensor, covariance: Tensor) {
        self.init(matrix: covariance.cholesky(), offset: mean)
    }

    /// Samples [B, D] from standard normal noise [B, D].
    public func generate(from noise: Tensor, given _: Void) -> Tensor {
        noise.linear(matrix, offset)
    }

    /// The distribution of the samples.
    public var image: GaussianMixture {
        GaussianMixture(mean: offset, covariance: matrix.matmul(matrix.mT))
    }
}
