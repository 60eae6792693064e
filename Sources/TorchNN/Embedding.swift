public import Torch

/// A learned vector for each whole number below K: [...] to [..., D].
///
/// Parameter as in `torch.nn.Embedding`: `weight` [K, D], standard normal at first.
public struct Embedding: Layer {
    /// The table [K, D].
    public let weight: Tensor

    /// A table with its parameter in `scope`.
    ///
    /// - Parameters:
    ///   - count: K, how many numbers there are.
    ///   - features: D, size of a vector.
    ///   - scope: Where the parameter is.
    ///   - weight: First values of the table.
    public init(_ count: Int, _ features: Int, in scope: Scope, weight: Initializer = .normal()) {
        self.weight = scope.parameter("weight", [count, features], weight)
    }

    /// The vectors of whole numbers of any shape.
    public func callAsFunction(_ indices: Tensor) -> Tensor { weight.embedding(indices) }
}
