public import Torch

/// Divides the last dimension of [..., D] by the root of its mean square, then scales it (Zhang and Sennrich, 2019).
///
/// Parameter as in `torch.nn.RMSNorm`: `weight` [D], 1 at first.
public struct RMSNorm: Layer {
    /// Factor of each feature [D], absent if not affine.
    public let weight: Tensor?
    /// Size of the last dimension, D.
    public let features: Int
    /// Added to the mean square.
    public let epsilon: Double

    /// A layer with its parameter in `scope`.
    ///
    /// - Parameters:
    ///   - features: D.
    ///   - scope: Where the parameter is.
    ///   - epsilon: Added to the mean square; 1e-6, as in LLaMA and DiT. PyTorch takes the machine epsilon of the input's type.
    ///   - isAffine: Whether features are scaled.
    public init(_ features: Int, in scope: Scope, epsilon: Double = 1e-6, isAffine: Bool = true) {
        self.features = features
        self.epsilon = epsilon
        weight = isAffine ? scope.parameter("weight", [features], .ones) : nil
    }

    /// Applies the layer.
    public func callAsFunction(_ x: Tensor) -> Tensor { x.rmsNorm([features], weight, epsilon: epsilon) }
}
