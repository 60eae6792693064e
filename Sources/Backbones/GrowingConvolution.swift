public import Torch
public import TorchNN

/// A 3 x 3 convolution of the input enlarged twofold by repetition, [B, C, H, W] to [B, out, 2 H, 2 W], without the
/// enlarged input.
///
/// Each output sees only 2 x 2 different inputs, so that five of nine products are spared. The same values, but for
/// rounding, come from a transposed convolution of stride 2 and padding 1 whose 4 x 4 filter adds up the weights that meet
/// the same input; along each axis, of weights w0 w1 w2:
///
///     w2   w1 + w2   w0 + w1   w0
public struct GrowingConvolution: Layer {
    private let convolution: Conv2d

    /// A layer whose parameters, in `scope`, are those of a 3 x 3 convolution.
    public init(_ inputs: Int, _ outputs: Int, in scope: Scope, hasBias: Bool = true) {
        convolution = Conv2d(inputs, outputs, kernel: 3, Convolution(padding: 1), in: scope, hasBias: hasBias)
    }

    /// Applies the layer.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        x.convTranspose2d(
            Self.filter(convolution.weight), convolution.bias, Convolution(stride: 2, padding: 1))
    }

    /// [out, C, 3, 3] to [C, out, 4, 4].
    private static func filter(_ weight: Tensor) -> Tensor {
        let flipped = weight.flip(2, 3).pad([1, 1, 1, 1])
        return (flipped.avgPool2d(2, stride: 1) * 4).transpose(0, 1)
    }
}
