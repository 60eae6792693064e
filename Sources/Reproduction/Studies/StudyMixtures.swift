internal import Generative
internal import Torch

/// Distributions of which everything is known, in double precision.
enum StudyMixtures {
    /// Three Gaussians in the plane without any symmetry.
    static let uneven = GaussianMixture(
        weights: Tensor([0.2, 0.5, 0.3]), means: Tensor([1, -0.5, -1.5, 0.25, 0.5, 2], shape: [3, 2]),
        covariances: Tensor([0.5, 0.2, 0.2, 0.4, 0.09, 0, 0, 0.25, 0.3, -0.1, -0.1, 0.2], shape: [3, 2, 2]))

    /// N(0, 0.25) on the line.
    static let narrow = GaussianMixture(mean: Tensor([0.0]), covariance: Tensor([0.25], shape: [1, 1]))

    /// The seven paths and their names.
    static let paths: [(name: String, path: any AffinePath)] = [
        ("linear", LinearPath()), ("trigonometric", TrigonometricPath()),
        ("variance preserving", VariancePreservingPath()), ("cosine", CosinePath()),
        ("sub-VP", SubVariancePreservingPath()), ("variance exploding", VarianceExplodingPath()),
        ("Karras", KarrasPath()),
    ]
}
