public import Torch

/// Normalises each channel of [B, C, H, W] with stored statistics: batch normalisation at inference, for networks that
/// others have trained (Ioffe and Szegedy, ICML 2015).
///
/// Names as in `torch.nn.BatchNorm2d`: parameters `weight` [C], 1 at first, and `bias` [C], 0 at first; buffers `running_mean`
/// [C] and `running_var` [C]. PyTorch's counter `num_batches_tracked` has no meaning here; files that hold it are loaded with
/// `allowing: [.unused(suffix: "num_batches_tracked")]`.
public struct BatchNorm2d: Layer {
    /// Factor of each channel [C].
    public let weight: Tensor
    /// Shift of each channel [C].
    public let bias: Tensor
    /// Stored mean of each channel [C].
    public let runningMean: Tensor
    /// Stored variance of each channel [C].
    public let runningVariance: Tensor
    /// Added to the variance.
    public let epsilon: Double

    /// A layer with its tensors in `scope`.
    ///
    /// - Parameters:
    ///   - channels: C.
    ///   - scope: Where the tensors are.
    ///   - epsilon: Added to the variance.
    public init(_ channels: Int, in scope: Scope, epsilon: Double = 1e-5) {
        self.epsilon = epsilon
        weight = scope.parameter("weight", [channels], .ones)
        bias = scope.parameter("bias", [channels], .zeros)
        runningMean = scope.buffer("running_mean", [channels], .zeros)
        runningVariance = scope.buffer("running_var", [channels], .ones)
    }

    /// Applies the layer.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        x.batchNorm(mean: runningMean, variance: runningVariance, weight, bias, epsilon: epsilon)
    }
}
