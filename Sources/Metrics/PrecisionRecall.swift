public import Torch

/// Share of generated samples that look real, and of real ones that are generated, by nearest neighbours.
///
/// Around each sample lies a ball that reaches to its k-th neighbour of the same set; the balls together stand for the
/// set's manifold.
public struct PrecisionRecall: Sendable, Hashable {
    /// Fraction of generated samples in a real ball (Kynkäänniemi et al., 2019, equation 2).
    public let precision: Double
    /// Fraction of real samples in a generated ball (equation 3 there).
    public let recall: Double
    /// Mean number of real balls that a generated sample lies in, over k; may exceed 1 (Naeem et al., 2020, equation 3).
    public let density: Double
    /// Fraction of real balls that hold a generated sample (equation 4 there).
    public let coverage: Double

    /// Measures features.
    ///
    /// Balls are closed for precision and recall, as in the code of Kynkäänniemi et al., and open for density and coverage,
    /// as in `prdc`; it matters for duplicates only.
    ///
    /// - Parameters:
    ///   - real: Features of the data [N, D].
    ///   - generated: Features of the samples [M, D].
    ///   - k: Neighbours that a ball reaches to; 3 for precision and recall, while 5 is common for density and coverage.
    /// - Throws: ``MetricError`` if the dimensions differ or a set has no more than `k` samples.
    public init(real: Tensor, generated: Tensor, k: Int = 3) throws {
        try MetricError.check(real, generated, minimum: k + 1)
        let realRadii = Self.squaredRadii(real, k)
        let generatedRadii = Self.squaredRadii(generated, k)
        var (covered, inside) = (0.0, 0.0)
        var found = Tensor.zeros([real.shape[0]], dtype: .bool, device: real.device)
        var nearest = Tensor.full([real.shape[0]], .infinity, dtype: .float64, device: real.device)
        DistanceBlocks(generated, real).forEach { range, squares in
            covered += (squares .<= realRadii).any(1).to(.float64).sum().item()
            inside += (squares .< realRadii).to(.float64).sum().item()
            found = found .| (squares .<= generatedRadii[range].unsqueeze(1)).any(0)
            nearest = nearest.minimum(squares.amin(0))
        }
        let count = Double(generated.shape[0])
        precision = covered / count
        density = inside / (count * Double(k))
        recall = found.to(.float64).mean().item()
        coverage = (nearest .< realRadii).to(.float64).mean().item()
    }

    /// Squared distance of each row to its k-th neighbour [N].
    private static func squaredRadii(_ set: Tensor, _ k: Int) -> Tensor {
        DistanceBlocks(within: set, toItself: .infinity).smallest(k)[0..., k - 1]
    }
}
