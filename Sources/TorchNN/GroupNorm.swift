public import Torch

/// Normalises groups of channels of [B, C, ...] to mean 0 and variance 1, then scales and shifts each channel (Wu and He,
/// ECCV 2018).
///
/// Parameters as in `torch.nn.GroupNorm`: `weight` [C], 1 at first, and `bias` [C], 0 at first.
public struct GroupNorm: Layer {
    /// Factor of each channel [C], absent if not affine.
    public let weight: Tensor?
    /// Shift of each channel [C], absent if not affine.
    public let bias: Tensor?
    /// Number of groups.
    public let groups: Int
    /// Added to the variance.
    public let epsilon: Double

    /// A layer with its parameters in `scope`.
    ///
    /// - Parameters:
    ///   - groups: Number of groups, a divisor of `channels`.
    ///   - channels: C.
    ///   - scope: Where the parameters are.
    ///   - epsilon: Added to the variance.
    ///   - isAffine: Whether channels are scaled and shifted.
    public init(_ groups: Int, _ channels: Int, in scope: Scope, epsilon: Double = 1e-5, isAffine: Bool = true) {
        guard channels % groups == 0 else { fatalError("\(channels) channels do not form \(groups) equal groups.") }
        self.groups = groups
        self.epsilon = epsilon
        weight = isAffine ? scope.parameter("weight", [channels], .ones) : nil
        bias = isAffine ? scope.parameter("bias", [channels], .zeros) : nil
    }

    /// Applies the layer.
    public func callAsFunction(_ x: Tensor) -> Tensor { x.groupNorm(groups, weight, bias, epsilon: epsilon) }

    /// Applies the layer and what usually follows it, in one operation: `activation(self(x) + addend)`.
    public func callAsFunction(
        _ x: Tensor, adding addend: Tensor? = nil, then activation: FusedActivation
    ) -> Tensor {
        x.groupNorm(groups, weight, bias, epsilon: epsilon, adding: addend, then: activation)
    }
}
