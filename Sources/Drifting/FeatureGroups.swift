internal import Torch

/// What surrounds the generated vectors of one feature: each location of each label is a group.
struct FeatureGroups {
    private let labels: Int
    private let positives: Tensor
    private let negatives: Tensor?
    private let independent: Tensor?
    private let negativeWeights: Tensor?

    /// - Parameters:
    ///   - batch: What the step sees.
    ///   - real: Vectors of ``realImages(_:)`` [labels (P + Q), F, S].
    ///   - independent: Vectors of the second generated batch [labels G', F, S].
    init<Condition>(_ batch: DriftingBatch<Condition>, real: Tensor, independent: Tensor?) {
        labels = batch.positives.shape[0]
        let perLabel = [batch.positives.shape[1], batch.negatives?.shape[1] ?? 0]
        let parts = Self.grouped(real, labels: labels).split(perLabel, 1)
        positives = parts[0]
        negatives = perLabel[1] > 0 ? parts[1] : nil
        negativeWeights = Self.negativeWeights(batch).map { $0.repeatInterleave(real.shape[1], 0) }
        let labels = labels
        self.independent = independent.map { Self.grouped($0, labels: labels) }
    }

    /// The groups with generated vectors [labels G, F, S].
    func points(generated: Tensor) -> DriftPoints {
        DriftPoints(
            generated: Self.grouped(generated, labels: labels), positives: positives, negatives: negatives,
            independent: independent, negativeWeights: negativeWeights)
    }

    /// Positives and negatives of a batch, label after label: they go through the encoder together.
    static func realImages<Condition>(_ batch: DriftingBatch<Condition>) -> Tensor {
        Tensor.cat([batch.positives] + [batch.negatives].compactMap { $0 }, 1).flatten(0, 1)
    }

    /// Weight of each negative [labels, Q].
    private static func negativeWeights<Condition>(_ batch: DriftingBatch<Condition>) -> Tensor? {
        guard let negatives = batch.negatives else { return nil }
        let (labels, count) = (batch.positives.shape[0], negatives.shape[1])
        let alpha = batch.guidance ?? .ones([labels], device: negatives.device)
        return GuidanceLaw.negativeWeights(alpha, generated: batch.noise.shape[0] / labels, negatives: count)
            .unsqueeze(1).expand(labels, count)
    }

    /// [labels N, F, S] to [labels F, N, S].
    static func grouped(_ values: Tensor, labels: Int) -> Tensor {
        let s = values.shape
        return values.reshape(labels, s[0] / labels, s[1], s[2]).transpose(1, 2).flatten(0, 1)
    }

    /// [labels F, N, S] to [labels N, F, S].
    static func ungrouped(_ values: Tensor, labels: Int) -> Tensor {
        let s = values.shape
        return values.reshape(labels, s[0] / labels, s[1], s[2]).transpose(1, 2).flatten(0, 1)
    }
}
