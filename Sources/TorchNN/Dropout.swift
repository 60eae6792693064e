public import Torch

/// Sets elements to zero at random while training (Srivastava et al., JMLR 2014); the others are scaled such that the
/// mean stays.
public struct Dropout: Sendable, Hashable {
    /// Probability of a zero, in [0, 1).
    public let probability: Double

    /// Dropout with this probability.
    public init(_ probability: Double) {
        guard (0..<1).contains(probability) else {
            fatalError("A probability of dropout lies in [0, 1), \(probability) does not.")
        }
        self.probability = probability
    }

    /// Applies dropout.
    ///
    /// - Parameters:
    ///   - x: Any shape.
    ///   - source: Where chance comes from; without one, as when sampling, `x` is returned as it is. Probability 0 draws
    ///     nothing.
    public func callAsFunction(_ x: Tensor, using source: RandomSource?) -> Tensor {
        guard let source else { return x }
        return x.dropout(probability, using: source)
    }
}
