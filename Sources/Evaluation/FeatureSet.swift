internal import Datasets
public import Metrics
public import Torch

/// Features of a set of images under an extractor.
public struct FeatureSet: Sendable {
    /// Features [N, D], float32 on the CPU.
    public let features: Tensor
    /// Logits [N, K], if the extractor classifies.
    public let logits: Tensor?

    /// Features that are known.
    public init(features: Tensor, logits: Tensor? = nil) {
        self.features = features
        self.logits = logits
    }

    /// Features of 8-bit images [N, C, H, W].
    ///
    /// - Parameters:
    ///   - images: The images, in the size that the extractor takes.
    ///   - extractor: Extractor of the features.
    ///   - batchSize: Images at a time.
    /// - Throws: `MetricError` if there are no images; errors of the extractor.
    public init(of images: Tensor, by extractor: any FeatureExtractor, batchSize: Int = 250) throws {
        guard images.rank == 4, images.shape[0] > 0 else {
            throw MetricError(
                .tooFewSamples, "There are no images to take features of: their shape is \(images.shape).")
        }
        var features: [Tensor] = []
        var logits: [Tensor] = []
        let count = images.shape[0]
        for start in stride(from: 0, to: count, by: batchSize) {
            EvaluationProgress.tell("taking features of \(extractor.name)", Double(start) / Double(count), of: count)
            let batch = Pixels.floats(images.slice(0, start, start + batchSize))
            try withoutGradients {
                guard let classifier = extractor as? any ClassifyingExtractor else {
                    features.append(try extractor.features(of: batch).to(.cpu, .float32))
                    return
                }
                let both = try classifier.featuresAndLogits(of: batch)
                features.append(both.features.to(.cpu, .float32))
                logits.append(both.logits.to(.cpu, .float32))
            }
        }
        self.init(features: Tensor.cat(features), logits: logits.isEmpty ? nil : Tensor.cat(logits))
    }

    /// Number of images, N.
    public var count: Int { features.shape[0] }

    /// One of `parts` disjoint parts of about equal size, drawn at random with a fixed seed.
    ///
    /// Not every `parts`-th image: samples of classes in turn, 0 to 9 and again, would give each part two of them.
    func part(_ part: Int, of parts: Int) -> FeatureSet {
        let order = Tensor.randperm(count, using: RandomSource(Seed(0).child("parts")))
        let chosen = order[TensorIndex.slice(start: part, end: nil, step: parts)]
        return FeatureSet(
            features: features.indexSelect(0, chosen), logits: logits.map { $0.indexSelect(0, chosen) })
    }
}
