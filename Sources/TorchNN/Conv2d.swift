public import Torch

/// Convolution of images: [B, C, H, W] to [B, out, H', W'] with H' = (H + 2 padding - dilation (k - 1) - 1) / stride + 1.
///
/// Parameters as in `torch.nn.Conv2d`: `weight` [out, C / groups, kH, kW] and `bias` [out], both uniform within
/// ± 1 / sqrt(C / groups kH kW) at first.
public struct Conv2d: Layer {
    /// The filter [out, C / groups, kH, kW].
    public let weight: Tensor
    /// The bias [out], if any.
    public let bias: Tensor?
    /// How the filter moves.
    public let how: Convolution

    /// A layer with its parameters in `scope`.
    ///
    /// - Parameters:
    ///   - inputs: Channels of the input.
    ///   - outputs: Channels of the output.
    ///   - kernel: Size of the filter.
    ///   - how: Stride, padding, dilation and groups.
    ///   - scope: Where the parameters are.
    ///   - hasBias: Whether there is a bias.
    ///   - weight: First values of the filter.
    ///   - bias: First values of the bias; PyTorch's, uniform within ± 1 / sqrt(fan in), if absent.
    public init(
        _ inputs: Int, _ outputs: Int, kernel: Size2D, _ how: Convolution = Convolution(), in scope: Scope,
        hasBias: Bool = true, weight: Initializer = .kaimingUniform(a: 5.0.squareRoot()), bias: Initializer? = nil
    ) {
        let shape = [outputs, inputs / how.groups, kernel.height, kernel.width]
        self.how = how
        self.weight = scope.parameter("weight", shape, weight)
        let fanIn = shape[1...].reduce(1, *)
        self.bias = hasBias ? scope.parameter("bias", [outputs], bias ?? .likeWeights(fanIn: fanIn)) : nil
    }

    /// Applies the layer.
    public func callAsFunction(_ x: Tensor) -> Tensor { x.conv2d(weight, bias, how) }
}
