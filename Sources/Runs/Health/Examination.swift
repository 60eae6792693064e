internal import Foundation
internal import Metrics
public import Torch

/// Quality, variety and spread of samples in one feature space: all that a run's loss does not show.
///
/// * `frechet`: Fréchet distance between samples and real samples, in the features of the run's judge; not FID.
/// * `distinct_neighbours`: number of different nearest neighbours of the samples among four times as many real samples,
///   relative to that of other real samples: 1 for real variety, near 0 for a collapsed generator.
/// * `duplicates`: share of samples that have another sample within a tenth of the median distance between real neighbours.
/// * `spread`: root mean square distance from the mean, relative to real samples.
/// * further measures of a method.
/// * `finite`: 1, or 0 if a sample has a value that is not finite; then the others are missing.
public struct Examination: Sendable {
    static let frechet = "frechet"
    static let distinctNeighbours = "distinct_neighbours"
    static let duplicates = "duplicates"
    static let spread = "spread"
    static let finite = "finite"

    private let compared: Tensor
    private let reference: Tensor
    private let statistics: FeatureStatistics
    private let measures: [ExaminationMeasure]
    private let expectedNeighbours: Double
    private let twinDistance: Double
    /// The Fréchet distance between the two sets of real features: smaller ones cannot be distinguished from none.
    public let noise: Double

    /// An examination against real features.
    ///
    /// - Parameters:
    ///   - compared: As many as there will be samples [N, D].
    ///   - reference: Others, in which nearest neighbours are sought [M, D].
    ///   - measures: Further numbers.
    /// - Throws: `MetricError` if there are too few.
    public init(against compared: Tensor, reference: Tensor, measures: [ExaminationMeasure] = []) throws {
        self.compared = compared
        self.reference = reference
        self.measures = measures
        statistics = try FeatureStatistics(of: reference)
        noise = try FrechetDistance.between(FeatureStatistics(of: compared), statistics)
        expectedNeighbours = Double(try Self.distinct(compared, reference))
        twinDistance = try NearestNeighbours(within: compared).distances.median().item() / 10
    }

    /// All numbers for the features of samples [N, D].
    public func values(of samples: Tensor) throws -> [String: Double] {
        guard samples.isfinite().all().intItem() == 1 else { return [Self.finite: 0] }
        let distances = try NearestNeighbours(within: samples).distances
        var values = [
            Self.finite: 1,
            Self.frechet: try FrechetDistance.between(FeatureStatistics(of: samples), statistics),
            Self.distinctNeighbours: Double(try Self.distinct(samples, reference)) / expectedNeighbours,
            Self.duplicates: (distances .< twinDistance).to(.float64).mean().item(),
            Self.spread: Self.spread(samples) / max(Self.spread(compared), 1e-12),
        ]
        for measure in measures {
            for (name, value) in measure.values(samples, compared) { values[name] = value }
        }
        return values
    }

    private static func distinct(_ queries: Tensor, _ reference: Tensor) throws -> Int {
        try Set(NearestNeighbours(of: queries, in: reference).indices.flatten().scalars(as: Int.self)).count
    }

    private static func spread(_ points: Tensor) -> Double {
        (points - points.mean(0, keepDim: true)).to(.float64).square().sum(1).mean().item().squareRoot()
    }
}

/// Numbers of an examination that only one method has, such as an overlap of kernels.
public struct ExaminationMeasure: Sendable {
    /// Values by name, of the features of samples and of as many real ones, [N, D] each.
    public var values: @Sendable (_ samples: Tensor, _ real: Tensor) -> [String: Double]
    /// Names that are drawn in the plot of variety, relative to real samples.
    public var drawn: [String]

    /// A measure.
    public init(
        drawn: [String], _ values: @escaping @Sendable (_ samples: Tensor, _ real: Tensor) -> [String: Double]
    ) {
        self.drawn = drawn
        self.values = values
    }
}
