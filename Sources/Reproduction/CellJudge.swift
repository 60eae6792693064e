internal import Datasets
internal import Evaluation
internal import Foundation
internal import Generative
internal import Metrics
internal import RunData
internal import Runs
internal import Torch
internal import Training

/// Measures the runs of a table, all in the same way: samples with averaged weights against the test split, in the features
/// of the built-in classifier.
struct CellJudge {
    private let extractor: any FeatureExtractor
    private let measurement: PaperTable.Measurement
    private let real: FeatureSet
    private let count: Int
    private let neighbours: NeighbourSearch?
    private let reference: DataReference
    private let methods: MethodCatalog

    /// A judge whose classifier lies in a folder, where it is trained if it is not there.
    init(
        _ settings: RunSettings, _ measurement: PaperTable.Measurement, samples: Int, classifierIn folder: URL
    ) throws {
        reference = settings.data.reference
        methods = settings.methods
        extractor = try ExtractorChoice.classifier.make(for: reference, cache: folder)
        self.measurement = measurement
        let test = try reference.part(.test).open()
        real = try FeatureSet(of: test.examples(at: test.spread(samples)).values, by: extractor)
        count = samples
        if case .neighbours = measurement {
            neighbours = try NeighbourSearch(TrainingData(settings.data, seed: Seed(0)), extractor, real)
        } else {
            neighbours = nil
        }
    }

    /// Mark that distinguishes the numbers of this judge from those of another.
    var identity: String { "\(extractor.name) \(extractor.checksum), \(count) samples" }

    /// Words of the report about the numbers.
    var circumstances: [String] {
        let accuracy = (extractor as? ClassifierExtractor).map { String(format: ", accuracy %.4f", $0.accuracy) } ?? ""
        return [
            """
            \(count) samples with averaged weights, one evaluation each, against \(real.count) images of \(reference.name), \
            test split
            """,
            "features: \(extractor.name) (\(extractor.checksum)\(accuracy)); the Fréchet distance in them is not FID",
        ]
    }

    /// Values of a finished run, by the names of columns.
    func values(of run: RunFolder, _ row: PaperTable.Row, pictures: URL) throws -> [String: Double] {
        let strength = row.strength == 1 ? [] : ["sampling.strength=\(row.strength)"]
        let model = try TrainedModel(run, methods: methods, setting: strength)
        let labels = model.layout.balancedLabels(count)
        let samples = try model.layout.bytes(model.samples(of: labels, seed: Seed(1)).values)
        let features = try FeatureSet(of: samples, by: extractor)
        if let neighbours { return try neighbours.values(of: samples, features, picture: pictures) }
        guard case .metrics(let metrics) = measurement else { return [:] }
        var evaluator = Evaluator(metrics)
        // Error bars come from the seeds.
        evaluator.configuration.parts = count
        return try evaluator.measure([features], against: real, extractor: extractor.name)
            .reduce(into: [:]) { $0[$1.key.rawValue] = $1.value.value }
    }
}
