public import Torch

/// x Wᵀ + b: [..., in] to [..., out].
///
/// Parameters as in `torch.nn.Linear`: `weight` [out, in] and `bias` [out], both uniform within ± 1 / sqrt(in) at first.
public struct Linear: Layer {
    /// W [out, in].
    public let weight: Tensor
    /// The bias b [out], if any.
    public let bias: Tensor?

    /// A layer with its parameters in `scope`.
    ///
    /// - Parameters:
    ///   - inputs: Size of the last dimension of the input.
    ///   - outputs: Size of the last dimension of the output.
    ///   - scope: Where the parameters are.
    ///   - hasBias: Whether b is there.
    ///   - weight: First values of W.
    ///   - bias: First values of b; PyTorch's, uniform within ± 1 / sqrt(in), if absent.
    public init(
        _ inputs: Int, _ outputs: Int, in scope: Scope, hasBias: Bool = true,
        weight: Initializer = .kaimingUniform(a: 5.0.squareRoot()), bias: Initializer? = nil
    ) {
        self.weight = scope.parameter("weight", [outputs, inputs], weight)
        self.bias = hasBias ? scope.parameter("bias", [outputs], bias ?? .likeWeights(fanIn: inputs)) : nil
    }

    /// Applies the layer.
    public func callAsFunction(_ x: Tensor) -> Tensor { x.linear(weight, bias) }
}

extension Initializer {
    /// PyTorch's bias: uniform within ± 1 / sqrt(fan in of the weight).
    static func likeWeights(fanIn: Int) -> Initializer {
        let bound = 1 / Double(max(fanIn, 1)).squareRoot()
        return .uniform(-bound..<bound)
    }
}
