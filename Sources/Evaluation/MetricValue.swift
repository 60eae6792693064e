internal import Metrics
internal import Torch

/// The value of a metric for one set of samples, with what stands beside it.
struct MetricValue {
    var value: Double
    var trimmed: Double?
    var concentration: Measurement.Concentration?

    init(_ value: Double) { self.value = value }

    /// A precision or recall of so many samples.
    private init(_ value: Double, trimmed: Double, _ balls: Int?, of count: Int, samples: Int) {
        self.value = value
        self.trimmed = trimmed
        // Half of a handful lies in a few balls anyway.
        guard value * Double(samples) > 9.5 else { return }
        concentration = balls.map { Measurement.Concentration(balls: $0, of: count) }
    }

    /// Values of metrics that are computed together.
    ///
    /// - Throws: `MetricError` with the reason for which they cannot be computed.
    static func values(
        of family: [Metric], _ generated: FeatureSet, _ real: FeatureSet, _ configuration: Evaluator.Configuration
    ) throws -> [Metric: MetricValue] {
        let (x, y) = (generated.features, real.features)
        try MetricError.check(y, x, names: ("data's", "samples'"))
        guard family.contains(where: \.isOfManifold) else {
            return try family.reduce(into: [:]) { values, metric in
                values[metric] = MetricValue(try value(of: metric, generated, real, configuration))
            }
        }
        let measured = try PrecisionRecall(
            real: y, generated: x, k: configuration.neighbours, balls: configuration.balls)
        let all: [Metric: MetricValue] = [
            .precision: .init(
                measured.precision, trimmed: measured.trimmedPrecision, measured.precisionBalls, of: real.count,
                samples: generated.count),
            .recall: .init(
                measured.recall, trimmed: measured.trimmedRecall, measured.recallBalls, of: generated.count,
                samples: real.count),
            .density: .init(measured.density), .coverage: .init(measured.coverage),
        ]
        return all.filter { family.contains($0.key) }
    }

    /// Values of metrics that need no more of the data than its statistics.
    ///
    /// - Throws: `MetricError` with the reason for which they cannot be computed.
    static func values(
        of family: [Metric], _ generated: FeatureSet, _ real: FeatureStatistics,
        _ configuration: Evaluator.Configuration
    ) throws -> [Metric: MetricValue] {
        try MetricError.check(generated.features, name: "samples'")
        return try family.reduce(into: [:]) { values, metric in
            switch metric {
            case .frechet:
                values[metric] = MetricValue(
                    try FrechetDistance.between(FeatureStatistics(of: generated.features), real))
            case .inceptionScore: values[metric] = MetricValue(try inceptionScore(generated, configuration))
            default:
                throw MetricError(
                    .mismatch, "It needs images of the data, not only their mean and covariance: name them with --data."
                )
            }
        }
    }

    private static func value(
        of metric: Metric, _ generated: FeatureSet, _ real: FeatureSet, _ configuration: Evaluator.Configuration
    ) throws -> Double {
        let (x, y) = (generated.features, real.features)
        switch metric {
        case .frechet: return try FrechetDistance.between(FeatureStatistics(of: x), FeatureStatistics(of: y))
        case .kid: return try KernelDistance.unbiased(x, y)
        case .inceptionScore: return try inceptionScore(generated, configuration)
        case .mmd: return try MaximumMeanDiscrepancy(fitting: y).between(x, y)
        case .slicedWasserstein:
            let seed = configuration.seed.child(metric.rawValue)
            let directions = try SlicedWasserstein.directions(
                configuration.directions, dimension: y.shape[1], seed: seed)
            return try SlicedWasserstein.between(x, y, directions: directions)
        case .energyDistance: return try EnergyDistance.between(x, y, estimator: .unbiased)
        case .precision, .recall, .density, .coverage:
            throw MetricError(.mismatch, "\(metric.rawValue) is computed together with the others of its kind.")
        }
    }

    private static func inceptionScore(
        _ generated: FeatureSet, _ configuration: Evaluator.Configuration
    ) throws -> Double {
        guard let logits = generated.logits else {
            throw MetricError(
                .mismatch,
                """
                It needs an extractor that classifies: --extractor classifier, or inception with its weights. Pixels and \
                encoders do not.
                """)
        }
        let seed = configuration.seed.child(Metric.inceptionScore.rawValue)
        return try InceptionScore(logits: logits, seed: seed).mean
    }
}

extension Metric {
    /// True of the metrics that one search of nearest neighbours gives.
    var isOfManifold: Bool { [.precision, .recall, .density, .coverage].contains(self) }
}
