public import Torch

/// Labels replaced by one that says nothing, so that a network also learns the unconditional model that classifier-free
/// guidance needs (Ho and Salimans, arXiv 2207.12598, algorithm 1).
public struct LabelDropout: Sendable, Hashable {
    /// Probability in [0, 1] that a label is replaced.
    public let probability: Double
    /// The label that says nothing: the one after those of the classes, usually.
    public let nullClass: Int

    /// Replacement by `nullClass` with a probability in [0, 1]; 0.1 by default.
    public init(probability: Double = 0.1, nullClass: Int) {
        demand((0...1).contains(probability), "a probability lies in [0, 1], unlike \(probability)")
        demand(nullClass >= 0, "a class label is not negative, unlike \(nullClass)")
        self.probability = probability
        self.nullClass = nullClass
    }

    /// The labels [B], some of them replaced, each on its own.
    ///
    /// - Parameters:
    ///   - labels: Class labels [B], int64.
    ///   - source: Randomness, on the device of the labels.
    public func applied(to labels: Tensor, using source: RandomSource) -> Tensor {
        let isDropped = Tensor.rand(labels.shape, using: source, dtype: .float64) .< probability
        return labels.maskedFill(isDropped, Double(nullClass))
    }
}
