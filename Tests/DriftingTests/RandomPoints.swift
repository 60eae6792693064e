import Drifting
import Torch

/// Shape of a call: groups, generated, positives, extra negatives, dimensions.
struct PointShape: Sendable, CustomStringConvertible {
    let groups: Int
    let generated: Int
    let positives: Int
    let negatives: Int
    let dimensions: Int

    init(_ groups: Int, _ generated: Int, _ positives: Int, _ negatives: Int, _ dimensions: Int) {
        self.groups = groups
        self.generated = generated
        self.positives = positives
        self.negatives = negatives
        self.dimensions = dimensions
    }

    var description: String { "\(groups) x (\(generated), \(positives), \(negatives)) x \(dimensions)" }
}

extension DriftPoints {
    /// Normal points around `offset`, with random weights if asked for.
    static func random(_ shape: PointShape, seed: UInt64 = 1, weighted: Bool = false, offset: Double = 0) -> DriftPoints
    {
        let source = RandomSource(Seed(seed))
        func points(_ count: Int) -> Tensor {
            Tensor.randn([shape.groups, count, shape.dimensions], using: source) + offset
        }
        func weights(_ count: Int) -> Tensor? {
            weighted ? Tensor.rand([shape.groups, count], using: source) * 2 : nil
        }
        return DriftPoints(
            generated: points(shape.generated), positives: points(shape.positives),
            negatives: shape.negatives > 0 ? points(shape.negatives) : nil,
            generatedWeights: weights(shape.generated), positiveWeights: weights(shape.positives),
            negativeWeights: shape.negatives > 0 ? weights(shape.negatives) : nil)
    }

    /// Every tensor changed.
    func map(_ change: (Tensor) -> Tensor) -> DriftPoints {
        DriftPoints(
            generated: change(generated), positives: change(positives), negatives: negatives.map(change),
            generatedWeights: generatedWeights.map(change), positiveWeights: positiveWeights.map(change),
            negativeWeights: negativeWeights.map(change))
    }
}
