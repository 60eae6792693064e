public import Torch

/// Conversions between the 8-bit pixels of files and the floats in [-1, 1] of models.
public enum Pixels {
    /// The way in which floats become whole numbers.
    public enum Quantisation: Sendable, Hashable {
        /// To the nearest of the 256 levels: the inverse of ``Pixels/floats(_:dtype:)``.
        case nearest
        /// Down to a whole number, as ADM and the release of drifting models write their samples.
        case truncating
        /// Down to a whole number of levels of width 1 / 128: the inverse of ``Pixels/dequantised(_:using:)``, by which
        /// samples of models that learned dequantised pixels become bytes.
        case levels
    }

    /// Pixels 0...255 of any shape as floats x / 127.5 - 1 in [-1, 1].
    public static func floats(_ bytes: Tensor, dtype: DType = .float32) -> Tensor {
        let floats = bytes.to(dtype)
        return floats * (1 / 127.5) - 1
    }

    /// Floats of any shape as 8-bit pixels: 127.5 (x + 1), or floor(128 (x + 1)) for ``Quantisation/levels``, quantised and
    /// clamped to 0...255, NaN as 0.
    public static func bytes(_ floats: Tensor, _ quantisation: Quantisation = .nearest) -> Tensor {
        guard quantisation != .levels else {
            let finite = floats.to(.float32).nanToNum(nan: -1, positiveInfinity: 1, negativeInfinity: -1)
            return ((finite + 1) * 128).floor().clamp(0...255).to(.uint8)
        }
        return bytes(ofUnit: (floats.to(.float32) + 1) * 0.5, quantisation)
    }

    /// Floats in [0, 1] of any shape as 8-bit pixels: 255 x, quantised and clamped to 0...255, NaN as 0.
    public static func bytes(ofUnit floats: Tensor, _ quantisation: Quantisation = .nearest) -> Tensor {
        guard quantisation != .levels else { return bytes(floats.to(.float32) * 2 - 1, .levels) }
        let finite = floats.to(.float32).nanToNum(nan: 0, positiveInfinity: 1, negativeInfinity: 0)
        let levels = (finite * 255).clamp(0...255)
        return (quantisation == .nearest ? levels.round() : levels).to(.uint8)
    }

    /// Images [..., H, W] with a border that makes them `size`, the image in the middle (one pixel higher or further left
    /// if it cannot be).
    ///
    /// - Parameters:
    ///   - images: Images that are not larger than `size`.
    ///   - size: Height and width afterwards.
    ///   - value: Value of the border; by default -1, black, for floats, and 0 for bytes.
    public static func padded(_ images: Tensor, to size: Size2D, value: Double? = nil) -> Tensor {
        let height = images.shape[images.rank - 2]
        let width = images.shape[images.rank - 1]
        precondition(
            height <= size.height && width <= size.width,
            "images of \(height) x \(width) cannot be padded to \(size.height) x \(size.width)")
        let (down, right) = (size.height - height, size.width - width)
        let border = value ?? (images.dtype.isFloatingPoint ? -1 : 0)
        return images.pad([right / 2, right - right / 2, down / 2, down - down / 2], mode: .constant(border))
    }

    /// The middle of images [..., H, W], without the border of ``padded(_:to:value:)``.
    public static func cropped(_ images: Tensor, to size: Size2D) -> Tensor {
        let down = images.shape[images.rank - 2] - size.height
        let right = images.shape[images.rank - 1] - size.width
        precondition(down >= 0 && right >= 0, "images of \(images.shape) have no middle of \(size)")
        let rows = images.slice(images.rank - 2, down / 2, down / 2 + size.height)
        return rows.slice(images.rank - 1, right / 2, right / 2 + size.width)
    }

    /// 8-bit pixels as floats in [-1, 1) with uniform noise within each level, so that a density over them is finite:
    /// (x + u) / 128 - 1, u uniform in [0, 1) (Theis et al., 2016, section 3.1).
    ///
    /// ``Quantisation/levels`` gives x back.
    public static func dequantised(_ bytes: Tensor, using source: RandomSource) -> Tensor {
        // Float32 has no number between 255 + 1 - 2^-16 and 256, so that the largest u would round up to the next level.
        let noise = Tensor.rand(bytes.shape, using: source).clamp(0...(1 - 0x1p-15))
        return (bytes.to(.float32) + noise) * (1.0 / 128) - 1
    }
}
