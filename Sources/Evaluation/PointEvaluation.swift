internal import Foundation
internal import Metrics
public import Torch

/// One evaluation of points, such as those of toys, whose features are their own coordinates.
public struct PointEvaluation: Sendable {
    /// Metrics of points by default: those that need no classifier, and no polynomial kernel made for networks.
    public static let metrics: [Metric] = [
        .frechet, .precision, .recall, .density, .coverage, .mmd, .slicedWasserstein, .energyDistance,
    ]
    /// Name of the coordinates among extractors.
    public static let extractor = "coordinates"

    /// The metrics.
    public var evaluator: Evaluator

    /// An evaluation by some metrics.
    public init(_ evaluator: Evaluator = .init(Self.metrics)) { self.evaluator = evaluator }

    /// Measures sets of points.
    ///
    /// - Parameters:
    ///   - sets: One or more sets of generated points [N, D].
    ///   - data: Points of the data [M, D].
    ///   - samples: Origin of the samples.
    ///   - name: Origin of the data.
    ///   - started: Beginning of the work, so that sampling counts.
    /// - Throws: `MetricError` if the points differ in their dimensions.
    public func report(
        _ sets: [Tensor], against data: Tensor, samples: EvaluationReport.Samples, data name: EvaluationReport.Data,
        started: ContinuousClock.Instant = .now
    ) throws -> EvaluationReport {
        for set in sets where set.rank == 2 && data.rank == 2 && set.shape[1] != data.shape[1] {
            throw MetricError(
                .mismatch,
                "Samples of \(set.shape[1]) and data of \(data.shape[1]) dimensions cannot be compared: name other points."
            )
        }
        for set in sets { try MetricError.check(data, set, names: ("data's", "samples'")) }
        let outcome = evaluator.outcome(
            sets.map { FeatureSet(features: $0) }, against: FeatureSet(features: data), extractor: Self.extractor)
        let measured = Measured(outcome)
        let extractor = EvaluationReport.Extractor(
            name: Self.extractor, checksum: "", accuracy: nil, leftOut: nil, isInception: false)
        let counts = Set(sets.map { $0.shape[0] } + [data.shape[0]])
        let differ = counts.count > 1 ? ["Samples and data differ in number: \(counts.sorted())."] : []
        return measured.report(
            .init(
                samples: samples, data: name, extractor: extractor,
                errors: evaluator.origin(ofErrors: measured.metrics, sets: sets.count),
                seconds: (ContinuousClock.now - started) / .seconds(1), machine: EvaluationReport.machine,
                warnings: differ + name.warnings + EvaluationReport.concentrations(outcome)))
    }
}
