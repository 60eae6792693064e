internal import CTorch

/// Sizes in height and width that a window operation takes; one number stands for both.
public struct Size2D: Sendable, Hashable, ExpressibleByIntegerLiteral {
    /// Along the height.
    public var height: Int
    /// Along the width.
    public var width: Int

    /// Two sizes.
    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    /// One size for both directions.
    public init(_ size: Int) { self.init(height: size, width: size) }

    /// One size for both directions.
    public init(integerLiteral value: Int) { self.init(value) }

    var pair: (Int64, Int64) { (Int64(height), Int64(width)) }
    var list: [Int] { [height, width] }
}

/// How a filter moves over an image.
public struct Convolution: Sendable, Hashable {
    /// Step between neighbouring outputs, in pixels.
    public var stride: Size2D
    /// Zeros added around the image, in pixels.
    public var padding: Size2D
    /// Distance between the filter's taps, in pixels.
    public var dilation: Size2D
    /// Groups of channels that do not see each other.
    public var groups: Int

    /// Defaults are PyTorch's: stride 1, no padding, dense, one group.
    public init(stride: Size2D = 1, padding: Size2D = 0, dilation: Size2D = 1, groups: Int = 1) {
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
    }

    fileprivate var c: ctorch_convolution {
        ctorch_convolution(
            stride: stride.pair, padding: padding.pair, dilation: dilation.pair, groups: Int64(groups))
    }
}

/// How images are resized.
public enum Interpolation: Int32, Sendable, Hashable {
    /// The nearest pixel, by PyTorch's historical rule.
    case nearest = 0
    /// Linear in both directions.
    case bilinear = 1
    /// Cubic in both directions (a = -0.75; -0.5 when antialiased, as in PIL).
    case bicubic = 2
    /// The nearest pixel, by its centre.
    case nearestExact = 3
    /// The mean of the pixels that an output pixel covers.
    case area = 4
}

extension Tensor {
    /// x Wᵀ + b for `weight` [out, in] and `bias` [out].
    public func linear(_ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
        withHandles(self, weight) { x, w in
            CTorchSupport.optional(bias) { b in result { ctorch_linear(x, w, b, $0) } }
        }
    }

    /// Convolution of [B, C, H, W] with `weight` [out, C / groups, kH, kW].
    public func conv2d(_ weight: Tensor, _ bias: Tensor? = nil, _ how: Convolution = Convolution()) -> Tensor {
        withHandles(self, weight) { x, w in
            CTorchSupport.optional(bias) { b in result { ctorch_conv2d(x, w, b, how.c, $0) } }
        }
    }

    /// Transposed convolution of [B, C, H, W] with `weight` [C, out / groups, kH, kW].
    public func convTranspose2d(
        _ weight: Tensor, _ bias: Tensor? = nil, _ how: Convolution = Convolution(), outputPadding: Size2D = 0
    ) -> Tensor {
        withHandles(self, weight) { x, w in
            CTorchSupport.optional(bias) { b in
                CTorchSupport.sizes(outputPadding) { extra in
                    result { ctorch_conv_transpose2d(x, w, b, how.c, extra, $0) }
                }
            }
        }
    }

    /// Largest elements of windows.
    public func maxPool2d(_ kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0) -> Tensor {
        withHandle { x in
            CTorchSupport.sizes(kernel, stride ?? kernel, padding) { k, s, p in
                result { ctorch_max_pool2d(x, k, s, p, $0) }
            }
        }
    }

    /// Means of windows; `countingPadding` decides whether padded zeros count as elements.
    public func avgPool2d(
        _ kernel: Size2D, stride: Size2D? = nil, padding: Size2D = 0, countingPadding: Bool = true
    ) -> Tensor {
        withHandle { x in
            CTorchSupport.sizes(kernel, stride ?? kernel, padding) { k, s, p in
                result { ctorch_avg_pool2d(x, k, s, p, countingPadding, $0) }
            }
        }
    }

    /// Means of windows chosen such that the output has `size`.
    public func adaptiveAvgPool2d(_ size: Size2D) -> Tensor {
        withHandle { x in CTorchSupport.sizes(size) { s in result { ctorch_adaptive_avg_pool2d(x, s, $0) } } }
    }

    /// Patches as columns [B, C kH kW, L].
    public func unfold(_ kernel: Size2D, stride: Size2D = 1, padding: Size2D = 0) -> Tensor {
        withHandle { x in
            CTorchSupport.sizes(kernel, stride, padding) { k, s, p in result { ctorch_unfold(x, k, s, p, $0) } }
        }
    }

    /// [B, C, H, W] resized.
    ///
    /// - Parameters:
    ///   - size: Height and width of the result.
    ///   - mode: How pixels are combined.
    ///   - alignCorners: Whether the corner pixels' centres stay in place; PyTorch's default is no.
    ///   - antialias: Whether the filter widens when shrinking, as PIL's does; bilinear and bicubic only.
    public func interpolate(
        to size: Size2D, _ mode: Interpolation, alignCorners: Bool = false, antialias: Bool = false
    ) -> Tensor {
        withHandle { x in
            result {
                ctorch_interpolate(
                    x, Int64(size.height), Int64(size.width), mode.rawValue, alignCorners, antialias, $0)
            }
        }
    }

    /// [B, C r², H, W] to [B, C, H r, W r].
    public func pixelShuffle(_ factor: Int) -> Tensor {
        withHandle { x in result { ctorch_pixel_shuffle(x, Int64(factor), $0) } }
    }

    /// [B, C, H r, W r] to [B, C r², H, W].
    public func pixelUnshuffle(_ factor: Int) -> Tensor {
        withHandle { x in result { ctorch_pixel_unshuffle(x, Int64(factor), $0) } }
    }

    // MARK: Tokens

    /// Rows of this table [K, D] for whole numbers `indices` of any shape.
    public func embedding(_ indices: Tensor) -> Tensor { binary(indices, ctorch_embedding) }

    /// Whole numbers of any shape as vectors with a single 1, dtype int64.
    public func oneHot(_ classes: Int) -> Tensor {
        withHandle { x in result { ctorch_one_hot(x, Int64(classes), $0) } }
    }

    /// softmax(q kᵀ scale + mask) v for [..., N, D].
    ///
    /// - Parameters:
    ///   - key: Keys [..., M, D].
    ///   - value: Values [..., M, D].
    ///   - mask: Booleans (false forbids) or numbers to add, broadcast to [..., N, M].
    ///   - causal: Whether a token sees only itself and those before it.
    ///   - scale: Factor of the products; 1 / sqrt(D) if absent.
    public func scaledDotProductAttention(
        _ key: Tensor, _ value: Tensor, mask: Tensor? = nil, causal: Bool = false, scale: Double? = nil
    ) -> Tensor {
        withHandles(self, key, value) { q, k, v in
            CTorchSupport.optional(mask) { m in result { ctorch_attention(q, k, v, m, causal, scale ?? -1, $0) } }
        }
    }

    /// Sets elements to zero with this probability and scales the others by 1 / (1 - probability).
    public func dropout(_ probability: Double, using source: RandomSource) -> Tensor {
        if probability == 0 { return self }
        return source.withGenerator { generator in
            withHandle { x in result { ctorch_dropout(x, probability, generator, $0) } }
        }
    }

    /// Cross entropy of logits [B, K] with labels [B], one value per example [B].
    public func crossEntropy(_ labels: Tensor, labelSmoothing: Double = 0) -> Tensor {
        withHandles(self, labels) { x, y in result { ctorch_cross_entropy(x, y, 0, labelSmoothing, $0) } }
    }
}
