/// An image of 8-bit samples, gray or RGB, as files hold it and as people look at it.
///
/// The samples lie row by row from the top, a pixel's channels side by side: `[H, W, C]` in row-major order.
public struct Image8: Sendable, Hashable {
    /// Pixels per row.
    public let width: Int
    /// Rows.
    public let height: Int
    /// 1 for gray, 3 for RGB.
    public let channels: Int
    /// All samples, `height * width * channels` of them.
    public private(set) var pixels: [UInt8]

    /// Creates an image from its samples.
    ///
    /// - Parameters:
    ///   - width: Pixels per row, at least 1.
    ///   - height: Rows, at least 1.
    ///   - channels: 1 for gray or 3 for RGB.
    ///   - pixels: `height * width * channels` samples, row by row, channels side by side.
    public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        demand(width > 0 && height > 0, "an image has at least one pixel, not \(width) x \(height)")
        demand(channels == 1 || channels == 3, "an image has 1 or 3 channels, not \(channels)")
        demand(
            pixels.count == width * height * channels,
            "\(width) x \(height) x \(channels) samples are needed, not \(pixels.count)")
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }

    /// Creates an image of one shade.
    ///
    /// - Parameters:
    ///   - width: Pixels per row, at least 1.
    ///   - height: Rows, at least 1.
    ///   - channels: 1 for gray or 3 for RGB.
    ///   - shade: The value of every sample.
    public init(width: Int, height: Int, channels: Int, shade: UInt8) {
        let count = width * height * channels
        self.init(width: width, height: height, channels: channels, pixels: Array(repeating: shade, count: count))
    }

    /// One sample.
    ///
    /// - Parameters:
    ///   - x: The column, from the left.
    ///   - y: The row, from the top.
    ///   - channel: 0 for gray and red, 1 for green, 2 for blue.
    public subscript(x: Int, y: Int, channel: Int = 0) -> UInt8 {
        get { pixels[index(x, y, channel)] }
        set { pixels[index(x, y, channel)] = newValue }
    }

    private func index(_ x: Int, _ y: Int, _ channel: Int) -> Int {
        demand(
            (0..<width).contains(x) && (0..<height).contains(y) && (0..<channels).contains(channel),
            "sample (\(x), \(y), \(channel)) is outside of \(width) x \(height) x \(channels)")
        return (y * width + x) * channels + channel
    }

    /// The image with three equal channels; the image itself when it has three already.
    public var rgb: Image8 {
        guard channels == 1 else { return self }
        let samples = [UInt8](unsafeUninitializedCapacity: 3 * pixels.count) { buffer, count in
            for (i, value) in pixels.enumerated() {
                for channel in 0..<3 { buffer[3 * i + channel] = value }
            }
            count = buffer.count
        }
        return Image8(width: width, height: height, channels: 3, pixels: samples)
    }

    /// The luma of the image; the image itself when it is gray already.
    ///
    /// `Y = 0.299 R + 0.587 G + 0.114 B` (ITU-R BT.601) in 16-bit fixed point, as in Pillow's `convert("L")`.
    public var gray: Image8 {
        guard channels == 3 else { return self }
        let samples = (0..<width * height).map { i in
            let (red, green, blue) = (Int(pixels[3 * i]), Int(pixels[3 * i + 1]), Int(pixels[3 * i + 2]))
            return UInt8((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16)
        }
        return Image8(width: width, height: height, channels: 1, pixels: samples)
    }
}
