internal import Datasets
internal import Evaluation
internal import FileFormats
internal import Metrics
internal import RunData
internal import Torch
internal import Training

/// Data that samples are measured against: those that the methods did not learn from, where there are such.
struct HeldOut {
    /// Images [N, C, H, W], uint8, or points [N, D].
    let values: Tensor
    /// A phrase for reports.
    let phrase: String

    /// Images of the test part, or all if there are no parts.
    init(imagesOf training: TrainingData, _ count: Int) throws {
        let parts = try DataParts(training.settings.reference)
        let chosen = try parts.choose(parts.parts.contains(.test) ? .test : nil)
        let set = try ImageSet(
            chosen, count: count, choosing: .spread,
            .init(size: training.layout.height, channels: training.layout.channels),
            skipsUnreadable: !training.leftOut.isEmpty)
        values = set.pixels
        let remark = chosen.split == .test ? "" : ", which the methods learned from: there is no test part"
        phrase = "\(set.count) images of \(chosen.shortName):\(chosen.partName)\(remark)"
    }

    /// Points of a toy, drawn again, or of the file that the methods learn from.
    init(pointsOf file: TrainingData, _ count: Int) throws {
        guard case .toy(let toy) = file.settings else {
            let taken = min(count, file.count)
            values = try file.values(at: (0..<taken).map { $0 * file.count / taken })
            phrase = "\(taken) points of \(file.settings.reference.shortName), which the methods learned from"
            return
        }
        values = toy.distribution.examples(count, using: RandomSource(Seed(0).child("held out"))).values
        phrase = "\(count) new points of \(toy.distribution.rawValue)"
    }
}

/// Distances of samples to the nearest training examples, relative to those of held-out data: far below 1 means copies.
struct NeighbourDistances {
    static let column = "neighbour_distance"
    /// Training examples that are searched at most.
    private static let most = 60_000

    private let train: Tensor
    private let usual: Double

    init(_ training: TrainingData, _ extractor: (any FeatureExtractor)?, _ real: FeatureSet) throws {
        let count = min(training.count, Self.most)
        let values = try training.values(at: (0..<count).map { $0 * training.count / count })
        train = try extractor.map { try FeatureSet(of: values, by: $0).features } ?? values.to(.cpu, .float32)
        usual = try NearestNeighbours(of: real.features, in: train).distances.median().item()
    }

    /// The median distance of samples, in units of that of held-out data.
    func median(of features: Tensor) throws -> Double {
        let own = try NearestNeighbours(of: features, in: train).distances.median().item()
        return own / max(usual, .leastNormalMagnitude)
    }
}
