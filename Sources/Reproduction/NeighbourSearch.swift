internal import Evaluation
internal import FileFormats
internal import Foundation
internal import Metrics
internal import RunData
internal import Torch
internal import Training

/// Training images that are nearest to samples, and their distances compared to test images': memory or novelty.
struct NeighbourSearch {
    private let data: TrainingData
    private let train: FeatureSet
    private let usual: Double

    init(_ data: TrainingData, _ extractor: any FeatureExtractor, _ test: FeatureSet) throws {
        self.data = data
        train = try FeatureSet(of: data.values(at: Array(0..<data.count)), by: extractor)
        usual = try NearestNeighbours(of: test.features, in: train.features).distances.median().item()
    }

    /// Distances of samples relative to those of test images, and a picture: samples on the left, neighbours beside them.
    func values(of samples: Tensor, _ features: FeatureSet, picture: URL) throws -> [String: Double] {
        let count = min(NeighbourSheet.neighbours, data.count)
        let nearest = try NearestNeighbours(of: features.features, in: train.features, k: count)
        try draw(samples, nearest.indices, picture)
        let distances = nearest.distances.slice(1, 0, 1).flatten()
        return [
            "neighbour_distance": distances.median().item() / usual,
            "near_copies": (distances .< usual / 10).to(.float64).mean().item(),
        ]
    }

    private func draw(_ samples: Tensor, _ indices: Tensor, _ picture: URL) throws {
        let rows = min(NeighbourSheet.rows, samples.shape[0])
        let found = try data.values(at: indices.slice(0, 0, rows).flatten().scalars(as: Int.self))
        let neighbours = found.reshape([rows, indices.shape[1]] + Array(samples.shape.dropFirst()))
        try NeighbourSheet.image(of: samples.slice(0, 0, rows), beside: neighbours).writePNG(to: picture)
    }
}
