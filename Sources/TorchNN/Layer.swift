public import Torch

/// A network, or part of one, that makes one tensor of one tensor.
///
/// Layers with more inputs, such as conditional blocks, are structs of their own and need no protocol.
public protocol Layer: Sendable {
    /// Applies the layer.
    func callAsFunction(_ x: Tensor) -> Tensor
}

/// A function of a tensor as a layer without parameters, such as `Function { $0.pixelShuffle(2) }`.
public struct Function: Layer {
    private let body: @Sendable (Tensor) -> Tensor

    /// The layer that applies `body`.
    public init(_ body: @escaping @Sendable (Tensor) -> Tensor) { self.body = body }

    /// Applies the function.
    public func callAsFunction(_ x: Tensor) -> Tensor { body(x) }
}
