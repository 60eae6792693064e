internal import Datasets
internal import Evaluation
internal import FileFormats
internal import Foundation
internal import Generative
internal import Metrics
internal import Plots
internal import RunData
internal import Runs
internal import Settings
internal import Torch
internal import Training

/// Measures samples of all methods in the same way, against the same held-out data.
struct ComparisonJudge {
    /// Held-out data, and training data, in the features of one extractor.
    private struct View {
        let name: String
        /// Nil for points, which are compared by their coordinates.
        let extractor: (any FeatureExtractor)?
        let real: FeatureSet
        let metrics: [Metric]

        func features(of samples: Tensor, _ layout: DataLayout) throws -> FeatureSet {
            guard let extractor else { return FeatureSet(features: samples.to(.cpu, .float32)) }
            return try FeatureSet(of: layout.bytes(samples), by: extractor)
        }
    }

    private let settings: ComparisonSettings.Judgement
    private let views: [View]
    private let neighbours: NeighbourDistances?
    private let layout: DataLayout
    /// Words of the report about the numbers.
    let circumstances: [String]
    /// Mark that distinguishes the numbers of this judge from those of another.
    let identity: String

    /// A judge of samples of data.
    ///
    /// - Parameters:
    ///   - settings: Extractors, metrics, sizes.
    ///   - data: Data that all methods learn from.
    init(_ settings: ComparisonSettings.Judgement, of data: DataSettings, progress: (String) -> Void) throws {
        self.settings = settings
        let training = try TrainingData(data, seed: Seed(0))
        layout = training.layout
        guard layout.kind != .latents else {
            throw ComparisonError("Latents cannot be compared: only a decoder makes images of them. Compare images.")
        }
        let held: HeldOut
        if layout.isImage {
            held = try HeldOut(imagesOf: training, settings.samples)
            views = try Self.views(of: held, training, settings, progress)
        } else {
            held = try HeldOut(pointsOf: training, settings.samples)
            views = [try Self.view(ofPoints: held, settings)]
        }
        neighbours =
            try settings.neighbours == 0 ? nil : NeighbourDistances(training, views[0].extractor, views[0].real)
        circumstances =
            ["\(settings.samples) samples with averaged weights against \(held.phrase)"]
            + views.compactMap { $0.extractor.map(Self.phrase) }
        identity =
            ([held.phrase, "\(settings.samples)", "\(settings.curveSamples)", "\(settings.neighbours)"]
            + views.map { "\($0.name) \($0.extractor?.checksum ?? "") \($0.metrics.map(\.rawValue))" }).joined(
                separator: "; ")
    }

    /// Columns of the table; the first one leads.
    var columns: [Column] {
        let measured = views.flatMap { view in
            view.metrics.map { metric in
                Column(
                    name: "\(metric.rawValue)@\(view.name)",
                    title: "\(metric.title(isInception: view.extractor?.isInception ?? false)) (\(view.name))",
                    isDistance: metric.isDistance)
            }
        }
        let near = neighbours.map { _ in
            Column(name: NeighbourDistances.column, title: "Distance to training data (held-out: 1)", isDistance: false)
        }
        return measured + [near].compactMap(\.self)
    }

    /// Values by names of columns, and the reasons for which others are missing.
    func values(of samples: Tensor) throws -> (values: [String: Double], unavailable: [String: String]) {
        var values: [String: Double] = [:]
        var unavailable: [String: String] = [:]
        for (index, view) in views.enumerated() {
            let features = try view.features(of: samples, layout)
            let outcome = evaluator(view.metrics).outcome([features], against: view.real, extractor: view.name)
            for (metric, measured) in outcome.measurements {
                values["\(metric.rawValue)@\(view.name)"] = measured.value
            }
            for (metric, reason) in outcome.unavailable { unavailable["\(metric.rawValue)@\(view.name)"] = reason }
            guard index == 0, let neighbours else { continue }
            do {
                values[NeighbourDistances.column] = try neighbours.median(
                    of: features.features.slice(0, 0, settings.neighbours))
            } catch let error as MetricError {
                unavailable[NeighbourDistances.column] = "\(error)"
            }
        }
        return (values, unavailable)
    }

    /// The leading metric alone; nil if it cannot be computed.
    func quality(of samples: Tensor) throws -> Double? {
        let view = views[0]
        let features = try view.features(of: samples, layout)
        let metric = view.metrics[0]
        return evaluator([metric]).outcome([features], against: view.real, extractor: view.name)
            .measurements[metric]?.value
    }

    /// Points over the held-out ones, by their first two numbers.
    func plot(of points: Tensor, titled title: String) -> Filmstrip {
        func cloud(_ points: Tensor) -> [Filmstrip.Point] {
            let first = points.slice(0, 0, 1000).to(.cpu, .float64)
            let y = first.shape[1] > 1 ? first.select(1, 1) : Tensor.zeros([first.shape[0]], dtype: .float64)
            return zip(first.select(1, 0).scalars(as: Double.self), y.scalars(as: Double.self))
                .map { Filmstrip.Point($0, $1) }
        }
        let frame = Filmstrip.Frame("", clouds: [cloud(views[0].real.features), cloud(points)])
        return Filmstrip(title, legend: ["data", "generated"], [Filmstrip.Row([frame])])
    }

    private static func phrase(of extractor: any FeatureExtractor) -> String {
        let mark = extractor.checksum.isEmpty ? "" : " (\(extractor.checksum))"
        return "features: \(extractor.name)\(mark)\(extractor.isInception ? "" : "; distances in them are not FID")"
    }

    /// Error bars come from the seeds.
    private func evaluator(_ metrics: [Metric]) -> Evaluator {
        var evaluator = Evaluator(metrics)
        evaluator.configuration.parts = 0
        return evaluator
    }

    private static func view(ofPoints held: HeldOut, _ settings: ComparisonSettings.Judgement) throws -> View {
        View(
            name: PointEvaluation.extractor, extractor: nil, real: FeatureSet(features: held.values),
            metrics: try metrics(settings, default: [.slicedWasserstein, .energyDistance, .mmd, .precision, .recall]))
    }

    private static func views(
        of held: HeldOut, _ training: TrainingData, _ settings: ComparisonSettings.Judgement,
        _ progress: (String) -> Void
    ) throws -> [View] {
        try settings.extractors.map { name in
            let choice = try ExtractorChoice(
                parsing: name,
                inceptionWeights: name == "inception" ? settings.inceptionWeights.map { URL(filePath: $0) } : nil)
            let layout = training.layout
            let shape = ImageCollection.Configuration(size: layout.height, channels: layout.channels)
            let extractor = try choice.make(
                for: training.settings.reference, shape,
                progress: { state in
                    guard state.step % 200 == 0 else { return }
                    progress("training the classifier that judges: step \(state.step) of \(state.steps)")
                }, warn: progress)
            let usual: [Metric] =
                extractor is PixelExtractor ? [.frechet, .slicedWasserstein] : [.frechet, .kid, .precision, .recall]
            return View(
                name: name, extractor: extractor, real: try FeatureSet(of: held.values, by: extractor),
                metrics: try metrics(settings, default: usual))
        }
    }

    private static func metrics(
        _ settings: ComparisonSettings.Judgement, default usual: [Metric]
    ) throws -> [Metric] {
        guard let names = settings.metrics else { return usual }
        return try names.map { name in
            guard let metric = Metric(rawValue: name) else {
                let known = Metric.allCases.map(\.rawValue)
                let hint =
                    Suggestion.didYouMean(name, among: known) ?? "Write some of \(known.joined(separator: ", "))."
                throw ComparisonError("judgement.metrics: there is no '\(name)'. \(hint)")
            }
            return metric
        }
    }
}
