public import Torch

/// How much kernel mass lies between two sets of points, relative to the mass within each: whether a field can see both.
///
///     overlap = mean k(x, y) / sqrt(mean k(x, x') mean k(y, y'))   over pairs of different points
///
/// It is the cosine between the kernel's mean embeddings, estimated without bias in numerator and denominator: about 1 for
/// two sets of one distribution, 0 where the kernel does not reach from one set to the other. There a field is small or
/// blind although the distributions differ: "a small norm does not imply closeness, mass can escape" (arXiv 2604.24196).
public enum KernelOverlap {
    /// The overlap of x [N, D] and y [M, D], at least two points each, for each width in units of the mean distance.
    ///
    /// - Parameters:
    ///   - x: Points.
    ///   - y: Others.
    ///   - temperatures: Widths.
    ///   - kernel: Laplace's, as in the released field, unless given.
    public static func between(
        _ x: Tensor, _ y: Tensor, temperatures: [Double], kernel: DriftKernel = .laplace
    ) -> [Double] {
        demand(x.shape[0] > 1 && y.shape[0] > 1, "an overlap needs two points on each side")
        return withoutGradients {
            let offset = Tensor.cat([x, y]).mean(0, keepDim: true)
            let (x, y) = ((x - offset).unsqueeze(0), (y - offset).unsqueeze(0))
            let clouds = [
                (x, Cloud(y, nil)), (x, Cloud(x, nil, isGenerated: true)), (y, Cloud(y, nil, isGenerated: true)),
            ]
            let distances = clouds.map { places, cloud in cloud.squares(from: places).sqrt() }
            let scale = distances[0].mean().clamp(1e-12...)
            return temperatures.map { temperature in
                let means = zip(clouds, distances).map { cloud, distances in
                    let weights = cloud.1.logWeights(rows: distances.shape[1])
                    let logs = kernel.logValue(distances / (scale * temperature)).to(.float64) + weights
                    return (logs.logsumexp() - Tensor(Double(distances.shape[1])).log()).item()
                }
                return Tensor(means[0] - (means[1] + means[2]) / 2).exp().item()
            }
        }
    }
}
