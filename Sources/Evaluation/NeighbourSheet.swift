public import FileFormats
public import Foundation
internal import Metrics
public import Torch

/// A picture of samples with their nearest training images, which shows whether a generator invents or remembers.
public enum NeighbourSheet {
    /// Rows of a sheet by default.
    public static let rows = 20
    /// Neighbours of a sample by default.
    public static let neighbours = 5

    /// A row for each sample: the sample on the left, its neighbours beside it, nearest first.
    ///
    /// - Parameters:
    ///   - samples: Images [N, C, H, W], uint8.
    ///   - neighbours: Images [N, k, C, H, W], uint8.
    public static func image(of samples: Tensor, beside neighbours: Tensor) -> Image8 {
        precondition(
            neighbours.rank == 5 && neighbours.shape[0] == samples.shape[0]
                && neighbours.shape.dropFirst(2) == samples.shape.dropFirst(),
            "samples \(samples.shape) have neighbours [N, k, C, H, W], not \(neighbours.shape)")
        let all = Tensor.cat([samples.unsqueeze(1), neighbours], 1).flatten(0, 1)
        let images = (0..<all.shape[0]).map { Image8(planes: all[$0]) }
        return ImageGrid(columns: neighbours.shape[1] + 1, padding: 1, magnification: 2).sheet(of: images)
    }
}

extension SampleEvaluation {
    /// Draws the first samples beside the images that are nearest to them in the features of the extractor.
    ///
    /// - Parameters:
    ///   - samples: Generated images.
    ///   - images: Images that the generator learned from, in the same shape.
    ///   - url: The picture, a PNG.
    /// - Throws: `MetricError` if the images do not fit together; `FileError` if the picture cannot be written.
    public func drawNeighbours(of samples: ImageSet, among images: ImageSet, to url: URL) throws {
        try checkShapes([samples], images)
        let shown = samples.pixels.slice(0, 0, NeighbourSheet.rows)
        let features = try FeatureSet(of: shown, by: extractor).features
        let nearest = try NearestNeighbours(
            of: features, in: reference(images, extractor).features, k: min(NeighbourSheet.neighbours, images.count))
        let (rows, count) = (nearest.indices.shape[0], nearest.indices.shape[1])
        let found = images.pixels.indexSelect(0, nearest.indices.flatten())
        let neighbours = found.reshape([rows, count] + Array(shown.shape.dropFirst()))
        try NeighbourSheet.image(of: shown, beside: neighbours).writePNG(to: url)
    }
}
