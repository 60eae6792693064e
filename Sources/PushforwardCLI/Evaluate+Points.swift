internal import ArgumentParser
internal import Foundation
internal import Pushforward

/// Points that samples are measured against.
struct PointSource {
    /// The points [N, D].
    let values: Tensor
    /// Facts worth knowing about all of them, a sentence each.
    private(set) var remarks: [String] = []
    /// The name, and the part: drawn for this purpose, or all of a file.
    var data: EvaluationReport.Data

    /// Points of a toy, drawn again and independent of those that a model learned from, or of a file at equal distances.
    ///
    /// - Parameters:
    ///   - name: A toy such as `two_modes`, or an npy or npz file.
    ///   - count: Number of points; all of a file that has fewer.
    init(_ name: String, count: Int) throws {
        let known = Place.kind(name) == nil ? DataReference.known(name) : nil
        if let toy = Toy2D(rawValue: known ?? name) {
            values = toy.examples(count, using: RandomSource(Seed(0).child("held out"))).values
            data = EvaluationReport.Data(name: name, split: Split.test.rawValue, count: count)
            data.isTrainingData = false
            return
        }
        guard Place.kind(name) != nil else {
            throw Self.missing(name, known)
        }
        guard Place.kind(name) != .folder else {
            throw RequestError(
                "--data: the folder \(name) holds no points, but the samples are points. Name a file of points [N, D], .npy or .npz."
            )
        }
        var settings = PointSettings()
        settings.path = Place.input(name).path
        let file = try TrainingData(.points(settings), seed: Seed(0))
        remarks = file.remarks
        let taken = min(count, file.count)
        values = try file.values(at: (0..<taken).map { $0 * file.count / taken })
        data = EvaluationReport.Data(name: name, split: DataReference(name, nil).partName, count: taken)
    }

    private static func missing(_ name: String, _ known: String?) -> RequestError {
        let toys = Toy2D.allCases.map(\.rawValue).joined(separator: ", ")
        let advice = "Points are measured against a file of points, or one of \(toys)."
        if let known { return RequestError("--data: \(known) holds images, but the samples are points. \(advice)") }
        let hint = DataReference.suggestion(for: name).map { " Did you mean '\($0)'?" } ?? ""
        return RequestError("--data: there are no points '\(name)': it is no file.\(hint) \(advice)")
    }

    /// True of an npy or npz file that holds points [N, D] rather than images.
    static func isFile(_ path: String) -> Bool {
        let url = Place.input(path)
        switch url.pathExtension.lowercased() {
        case "npy": return (try? NumpyLayout(contentsOf: url)).map { $0.shape.count == 2 } ?? false
        case "npz":
            let arrays = try? NumpyLayout.arrays(in: url)
            return (arrays?["points"] ?? arrays?["arr_0"])?.shape.count == 2
        default: return false
        }
    }
}

extension Evaluate {
    /// Measures points of a run against those of its data, or others.
    func report(
        onPoints sets: [Tensor], of settings: DataSettings, _ origin: EvaluationReport.Samples,
        _ started: ContinuousClock.Instant
    ) throws -> EvaluationReport {
        try requireOptionsOfPoints()
        let own = settings.reference
        var source = try PointSource(data ?? own.name, count: points)
        if data == nil || DataReference(source.data.name, nil).place == own.place {
            source.data.isTrainingData = source.data.split != Split.test.rawValue
        }
        return try report(sets, source, origin, started)
    }

    /// Measures points of a file.
    func report(onPointsIn path: String, _ started: ContinuousClock.Instant) throws -> EvaluationReport {
        try requireOptionsOfPoints()
        guard let data else { throw RequestError("--samples of points need --data: a toy or a file of points.") }
        let samples = try PointSource(path, count: points)
        let origin = EvaluationReport.Samples(source: path, count: samples.values.shape[0])
        return try report([samples.values], PointSource(data, count: points), origin, started)
    }

    private func report(
        _ sets: [Tensor], _ source: PointSource, _ origin: EvaluationReport.Samples,
        _ started: ContinuousClock.Instant
    ) throws -> EvaluationReport {
        for remark in source.remarks { ProgressOutput.standardError.write("Warning: Data: \(remark)\n") }
        let chosen = metrics == nil ? PointEvaluation.metrics : try chosenMetrics
        return try PointEvaluation(Evaluator(chosen)).report(
            sets, against: source.values, samples: origin, data: source.data, started: started)
    }

    private func requireOptionsOfPoints() throws {
        let given: [(String, Bool)] = [
            ("--extractor", extractor != "classifier"), ("--inception-weights", inceptionWeights != nil),
            ("--size", size != nil), ("--channels", channels != nil), ("--neighbours", neighbours != nil),
            ("--reference", reference != nil), ("--save-statistics", saveStatistics != nil),
        ]
        guard let option = given.first(where: \.1)?.0 else { return }
        throw RequestError("\(option) is for images; points are compared by their coordinates.")
    }
}
