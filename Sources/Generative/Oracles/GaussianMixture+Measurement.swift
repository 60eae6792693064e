internal import Foundation
public import Torch

extension GaussianMixture {
    /// The distribution of data given a measurement z = A y + σ n of them: the right answer to a linear inverse problem.
    ///
    /// Component k keeps its kind, with the gain G = S_k Aᵀ (A S_k Aᵀ + σ² I)⁻¹, mean m_k + G (z - A m_k) and covariance
    /// S_k - G A S_k; its weight is multiplied by N(z; A m_k, A S_k Aᵀ + σ² I).
    ///
    /// - Parameters:
    ///   - measurement: z [M].
    ///   - matrix: A [M, D].
    ///   - noise: σ > 0.
    public func conditioned(on measurement: Tensor, through matrix: Tensor, noise: Double) -> GaussianMixture {
        demand(noise > 0, "a measurement of a mixture has noise, unlike \(noise)")
        demand(
            matrix.rank == 2 && matrix.shape[1] == dimensions && measurement.shape == [matrix.shape[0]],
            "a measurement \(measurement.shape) by a matrix \(matrix.shape) does not fit \(dimensions) dimensions")
        let seen = covariances.matmul(matrix.mT)
        let spread = matrix.matmul(seen) + Tensor.eye(matrix.shape[0], dtype: matrix.dtype) * (noise * noise)
        let eigen = spread.eigh()
        let inverse = (eigen.vectors * eigen.values.reciprocal().unsqueeze(1)).matmul(eigen.vectors.mT)
        let gain = seen.matmul(inverse)
        let offset = (measurement - means.matmul(matrix.mT)).unsqueeze(2)
        let misfit = (offset.mT.matmul(inverse).matmul(offset)).reshape(components) + eigen.values.log().sum(1)
        return GaussianMixture(
            weights: (weights.log() - misfit * 0.5).softmax(0), means: means + gain.matmul(offset).squeeze(2),
            covariances: symmetric(covariances - gain.matmul(seen.mT)))
    }

    private func symmetric(_ matrices: Tensor) -> Tensor { (matrices + matrices.mT) * 0.5 }
}
