public import Torch

/// Transposed convolution of images: [B, C, H, W] to [B, out, H', W'] with
/// H' = (H - 1) stride - 2 padding + dilation (k - 1) + output padding + 1.
///
/// Parameters as in `torch.nn.ConvTranspose2d`: `weight` [C, out / groups, kH, kW] and `bias` [out], both uniform within
/// ± 1 / sqrt(out / groups kH kW) at first (PyTorch computes the fan of the weight as it lies).
public struct ConvTranspose2d: Layer {
    /// The filter [C, out / groups, kH, kW].
    public let weight: Tensor
    /// The bias [out], if any.
    public let bias: Tensor?
    /// How the filter moves over the output.
    public let how: Convolution
    /// Added to one side of the output.
    public let outputPadding: Size2D

    /// A layer with its parameters in `scope`.
    ///
    /// - Parameters:
    ///   - inputs: Channels of the input.
    ///   - outputs: Channels of the output.
    ///   - kernel: Size of the filter.
    ///   - how: Stride, padding, dilation and groups.
    ///   - outputPadding: Added to one side of the output; smaller than the stride.
    ///   - scope: Where the parameters are.
    ///   - hasBias: Whether there is a bias.
    ///   - weight: First values of the filter.
    ///   - bias: First values of the bias; PyTorch's, uniform within ± 1 / sqrt(out / groups kH kW), if absent.
    public init(
        _ inputs: Int, _ outputs: Int, kernel: Size2D, _ how: Convolution = Convolution(), outputPadding: Size2D = 0,
        in scope: Scope, hasBias: Bool = true, weight: Initializer = .kaimingUniform(a: 5.0.squareRoot()),
        bias: Initializer? = nil
    ) {
        let shape = [inputs, outputs / how.groups, kernel.height, kernel.width]
        self.how = how
        self.outputPadding = outputPadding
        self.weight = scope.parameter("weight", shape, weight)
        let fan = shape[1...].reduce(1, *)
        self.bias = hasBias ? scope.parameter("bias", [outputs], bias ?? .likeWeights(fanIn: fan)) : nil
    }

    /// Applies the layer.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        x.convTranspose2d(weight, bias, how, outputPadding: outputPadding)
    }
}
