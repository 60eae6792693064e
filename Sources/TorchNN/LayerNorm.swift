public import Torch

/// Normalises the last dimension of [..., D] to mean 0 and variance 1, then scales and shifts it (Ba et al., 2016).
///
/// Parameters as in `torch.nn.LayerNorm`: `weight` [D], 1 at first, and `bias` [D], 0 at first.
public struct LayerNorm: Layer {
    /// Factor of each feature [D], absent if not affine.
    public let weight: Tensor?
    /// Shift of each feature [D], absent if not affine or without bias.
    public let bias: Tensor?
    /// Size of the last dimension, D.
    public let features: Int
    /// Added to the variance.
    public let epsilon: Double

    /// A layer with its parameters in `scope`.
    ///
    /// - Parameters:
    ///   - features: D.
    ///   - scope: Where the parameters are.
    ///   - epsilon: Added to the variance.
    ///   - isAffine: Whether features are scaled and shifted.
    ///   - hasBias: Whether they are shifted, if affine.
    public init(
        _ features: Int, in scope: Scope, epsilon: Double = 1e-5, isAffine: Bool = true, hasBias: Bool = true
    ) {
        self.features = features
        self.epsilon = epsilon
        weight = isAffine ? scope.parameter("weight", [features], .ones) : nil
        bias = isAffine && hasBias ? scope.parameter("bias", [features], .zeros) : nil
    }

    /// Applies the layer.
    public func callAsFunction(_ x: Tensor) -> Tensor { x.layerNorm([features], weight, bias, epsilon: epsilon) }
}
