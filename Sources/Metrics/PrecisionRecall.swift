public import Torch

/// Share of generated samples that look real, and of real ones that are generated, by nearest neighbours.
///
/// Around each sample lies a ball that reaches to its k-th neighbour of the same set; the balls together stand for the
/// set's manifold. A single outlier has a large ball, which may hold everything, noise too: ``precisionBalls`` and
/// ``trimmedPrecision`` show whether that happens.
public struct PrecisionRecall: Sendable, Hashable {
    /// Treatment of samples at exactly the radius of a ball, which duplicates bring about.
    public enum Balls: String, Sendable, Hashable, CaseIterable, Codable {
        /// Outside, as in the code of Naeem et al. (`prdc`), for all four numbers.
        ///
        /// Of more than k equal rows the balls have radius 0 and hold nothing.
        case open
        /// Inside, as in the code of Kynkäänniemi et al.
        case closed
    }

    /// Fraction of generated samples in a real ball (Kynkäänniemi et al., 2019, equation 2).
    public let precision: Double
    /// Fraction of real samples in a generated ball (equation 3 there).
    public let recall: Double
    /// Mean number of real balls that a generated sample lies in, over k; may exceed 1 (Naeem et al., 2020, equation 3).
    public let density: Double
    /// Fraction of real balls that hold a generated sample (equation 4 there).
    public let coverage: Double

    /// Precision without the largest real balls: those whose radius is above the 0.9 quantile of the radii, the smallest
    /// radius that at least nine tenths of the balls do not exceed.
    ///
    /// Kynkäänniemi et al. (2019, section 5) leave out the larger half of the balls for their realism score, for the same reason.
    public let trimmedPrecision: Double
    /// Recall without the largest generated balls, in the same way.
    public let trimmedRecall: Double

    /// Number of the largest real balls that together hold at least half of the samples that count for precision; nil if
    /// none counts.
    ///
    /// A few of thousands mean that outliers of the data make the number.
    public let precisionBalls: Int?
    /// Number of the largest generated balls that together hold at least half of the real samples that count for recall.
    public let recallBalls: Int?

    /// Measures features.
    ///
    /// - Parameters:
    ///   - real: Features of the data [N, D], finite.
    ///   - generated: Features of the samples [M, D], finite.
    ///   - k: Neighbours that a ball reaches to; 3 for precision and recall, while 5 is common for density and coverage.
    ///   - balls: Treatment of samples on the border; open by default.
    /// - Throws: ``MetricError`` if the dimensions differ, numbers are not finite, or a set has no more than `k` samples.
    public init(real: Tensor, generated: Tensor, k: Int = 3, balls: Balls = .open) throws {
        try MetricError.require(k >= 1, "The number of neighbours k is at least 1, not \(k).")
        try MetricError.check(real, generated, minimum: k + 1, names: ("real", "generated"))
        let meter = WorkMeter.ofPairs(real.shape[0], generated.shape[0])
        let realRadii = try Self.squaredRadii(real, k, meter)
        let generatedRadii = try Self.squaredRadii(generated, k, meter)
        var inside = 0.0
        var covered = Tensor.zeros([real.shape[0]], dtype: .bool)
        var (ofGenerated, ofReal) = (Holders(of: 0), Holders(of: real.shape[0]))
        var blocks = try DistanceBlocks(generated, real)
        blocks.meter = meter
        blocks.forEach { range, squares in
            let inReal = balls == .open ? squares .< realRadii : squares .<= realRadii
            inside += inReal.to(.float64).sum().item()
            covered = covered .| inReal.any(0)
            ofGenerated.append(Holders(inReal, radii: realRadii, 1))
            let rows = generatedRadii[range].unsqueeze(1)
            let inGenerated = balls == .open ? squares .< rows : squares .<= rows
            ofReal.merge(Holders(inGenerated, radii: rows, 0))
        }
        (precision, trimmedPrecision, precisionBalls) = ofGenerated.summary(realRadii)
        (recall, trimmedRecall, recallBalls) = ofReal.summary(generatedRadii)
        density = inside / (Double(generated.shape[0]) * Double(k))
        coverage = covered.to(.float64).mean().item()
    }

    /// Squared distance of each row to its k-th neighbour [N].
    private static func squaredRadii(_ set: Tensor, _ k: Int, _ meter: WorkMeter) throws -> Tensor {
        var blocks = try DistanceBlocks(within: set, excludesItself: true)
        blocks.meter = meter
        return blocks.smallest(k)[0..., k - 1]
    }
}

/// The smallest and the largest ball that hold each sample, by their squared radii.
private struct Holders {
    private var smallest: Tensor
    private var largest: Tensor

    /// No ball holds any of these samples.
    init(of samples: Int) {
        smallest = .full([samples], .infinity, dtype: .float64)
        largest = .full([samples], -1, dtype: .float64)
    }

    /// The balls of a block.
    ///
    /// - Parameters:
    ///   - inside: True where a ball holds a sample, a matrix.
    ///   - radii: Squared radii of the balls, in a shape that fits that.
    ///   - dim: Dimension of the balls.
    init(_ inside: Tensor, radii: Tensor, _ dim: Int) {
        func holding(_ other: Double) -> Tensor { radii.where(inside, else: Tensor(other)) }
        smallest = holding(.infinity).amin(dim)
        largest = holding(-1).amax(dim)
    }

    /// Adds further samples.
    mutating func append(_ other: Holders) {
        smallest = .cat([smallest, other.smallest])
        largest = .cat([largest, other.largest])
    }

    /// Adds further balls.
    mutating func merge(_ other: Holders) {
        smallest = smallest.minimum(other.smallest)
        largest = largest.maximum(other.largest)
    }

    /// Shares of samples in any ball and in one that is not trimmed, and the number of largest balls that hold half of them.
    func summary(_ radii: Tensor) -> (share: Double, trimmed: Double, balls: Int?) {
        let count = radii.shape[0]
        let cut = radii.sort().values[(9 * count + 9) / 10 - 1].item() as Double
        let held = largest.maskedSelect(largest .>= 0).sort(descending: true).values
        let share = Double(held.count) / Double(largest.count)
        let trimmed = (smallest .<= cut).to(.float64).mean().item() as Double
        guard held.count > 0 else { return (share, trimmed, nil) }
        let least = held[(held.count + 1) / 2 - 1].item() as Double
        return (share, trimmed, (radii .>= least).to(.int64).sum().intItem())
    }
}
