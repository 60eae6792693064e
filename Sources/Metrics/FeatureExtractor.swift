public import Torch

/// Turns images into features that metrics compare.
public protocol FeatureExtractor: Sendable {
    /// Name in reports, such as `pixels` or `inception-2015`.
    var name: String { get }

    /// Identifies the weights, so that cached features and statistics are never mixed up; empty if there are none.
    var checksum: String { get }

    /// True if a Fréchet distance on its features may be called FID: only for the 2015 Inception network.
    var isInception: Bool { get }

    /// Features [B, D] of images [B, C, H, W] in [-1, 1].
    ///
    /// - Throws: ``MetricError`` if the extractor does not take such images.
    func features(of images: Tensor) throws -> Tensor
}

extension FeatureExtractor {
    /// Not the Inception network.
    public var isInception: Bool { false }

    /// Features [N, D], float32 on the CPU, of `count` images that come in batches.
    ///
    /// - Parameters:
    ///   - count: Number of images, N.
    ///   - batchSize: Images at a time.
    ///   - images: The images of a range, [B, C, H, W] in [-1, 1].
    /// - Throws: ``MetricError`` if there are no images or batches; errors of the extractor.
    public func features(
        count: Int, batchSize: Int = 250, images: (Range<Int>) throws -> Tensor
    ) throws -> Tensor {
        guard count >= 1 else { throw MetricError(.tooFewSamples, "There are no images to take features of.") }
        try MetricError.require(batchSize >= 1, "A batch holds at least 1 image, not \(batchSize).")
        let batches = try stride(from: 0, to: count, by: batchSize).map { start in
            let range = start..<min(start + batchSize, count)
            return try withoutGradients { try features(of: images(range)).to(.cpu, .float32) }
        }
        return Tensor.cat(batches)
    }
}

/// An extractor that also classifies, as the Inception Score needs it.
public protocol ClassifyingExtractor: FeatureExtractor {
    /// Features [B, D] and logits [B, K] of images [B, C, H, W] in [-1, 1], from one pass.
    func featuresAndLogits(of images: Tensor) throws -> (features: Tensor, logits: Tensor)
}

extension ClassifyingExtractor {
    /// The features alone.
    public func features(of images: Tensor) throws -> Tensor { try featuresAndLogits(of: images).features }
}

/// The pixels themselves, flattened.
public struct PixelExtractor: FeatureExtractor {
    /// `pixels`.
    public let name = "pixels"
    /// Empty: there are no weights.
    public let checksum = ""

    /// An extractor without parameters.
    public init() {}

    /// Images as rows [B, C H W].
    public func features(of images: Tensor) -> Tensor { images.flatten(1) }
}
