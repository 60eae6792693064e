public import FileFormats
internal import Foundation

/// Resizing of 8-bit images as Pillow does it, to the last bit: separable, antialiased, rounded between the two passes.
///
/// Metrics feel the difference between resizers (Parmar et al., CVPR 2022), and public data sets were made with this one.
public enum ImageResampling: Sendable, Hashable {
    /// Mean over the area that a pixel covers.
    case box
    /// Linear interpolation.
    case bilinear
    /// Cubic convolution with a = -1/2 (Keys, 1981).
    case bicubic

    /// The image at another size.
    ///
    /// - Parameters:
    ///   - image: 8-bit image.
    ///   - width: Pixels per row afterwards, at least 1.
    ///   - height: Rows afterwards, at least 1.
    public func resized(_ image: Image8, width: Int, height: Int) -> Image8 {
        let narrowed = width == image.width ? image : alongRows(image, width)
        return height == image.height ? narrowed : alongColumns(narrowed, height)
    }

    private func alongRows(_ image: Image8, _ width: Int) -> Image8 {
        let windows = windows(from: image.width, to: width)
        let channels = image.channels
        var pixels = [UInt8](repeating: 0, count: image.height * width * channels)
        image.pixels.withUnsafeBufferPointer { source in
            for y in 0..<image.height {
                let row = y * image.width * channels
                for (x, window) in windows.enumerated() {
                    for channel in 0..<channels {
                        let start = row + window.start * channels + channel
                        pixels[(y * width + x) * channels + channel] = window.sum(source, start, step: channels)
                    }
                }
            }
        }
        return Image8(width: width, height: image.height, channels: channels, pixels: pixels)
    }

    private func alongColumns(_ image: Image8, _ height: Int) -> Image8 {
        let windows = windows(from: image.height, to: height)
        let row = image.width * image.channels
        var pixels = [UInt8](repeating: 0, count: height * row)
        image.pixels.withUnsafeBufferPointer { source in
            for (y, window) in windows.enumerated() {
                for i in 0..<row { pixels[y * row + i] = window.sum(source, window.start * row + i, step: row) }
            }
        }
        return Image8(width: image.width, height: height, channels: image.channels, pixels: pixels)
    }

    /// Pixels that one pixel afterwards is made of, with their weights in 22-bit fixed point.
    private struct Window {
        static let bits = 22
        let start: Int
        let weights: [Int32]

        func sum(_ pixels: UnsafeBufferPointer<UInt8>, _ first: Int, step: Int) -> UInt8 {
            var sum = Int32(1) << (Self.bits - 1)
            var index = first
            for weight in weights {
                sum &+= Int32(pixels[index]) &* weight
                index += step
            }
            return UInt8(clamping: sum >> Self.bits)
        }
    }

    private func windows(from size: Int, to target: Int) -> [Window] {
        let scale = Double(size) / Double(target)
        let stretch = max(scale, 1)
        let reach = support * stretch
        return (0..<target).map { index in
            let centre = (Double(index) + 0.5) * scale
            let start = max(0, Int(centre - reach + 0.5))
            let end = min(size, Int(centre + reach + 0.5))
            let weights = (start..<end).map { weight((Double($0) - centre + 0.5) / stretch) }
            let total = weights.reduce(0, +)
            let fixed = weights.map {
                Int32((($0 / total) * Double(1 << Window.bits)).rounded(.toNearestOrAwayFromZero))
            }
            return Window(start: start, weights: fixed)
        }
    }

    private var support: Double {
        switch self {
        case .box: 0.5
        case .bilinear: 1
        case .bicubic: 2
        }
    }

    private func weight(_ x: Double) -> Double {
        switch self {
        case .box: return x > -0.5 && x <= 0.5 ? 1 : 0
        case .bilinear: return max(0, 1 - abs(x))
        case .bicubic:
            let (x, a) = (abs(x), -0.5)
            if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
            return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
        }
    }
}

extension Image8 {
    /// The square middle at `size`, as ADM prepares its training images: halved by boxes while the shorter side is at least
    /// twice the size, brought to the size by cubic convolution, cropped (Dhariwal and Nichol, 2021, released code).
    ///
    /// - Parameter size: Height and width afterwards.
    public func centreCropped(to size: Int) -> Image8 {
        var image = self
        while min(image.width, image.height) >= 2 * size {
            image = ImageResampling.box.resized(image, width: image.width / 2, height: image.height / 2)
        }
        let scale = Double(size) / Double(min(image.width, image.height))
        func scaled(_ side: Int) -> Int { Int((Double(side) * scale).rounded(.toNearestOrEven)) }
        image = ImageResampling.bicubic.resized(image, width: scaled(image.width), height: scaled(image.height))
        return image.cropped(x: (image.width - size) / 2, y: (image.height - size) / 2, width: size, height: size)
    }

    /// A part of the image.
    func cropped(x: Int, y: Int, width: Int, height: Int) -> Image8 {
        if x == 0, y == 0, width == self.width, height == self.height { return self }
        var part: [UInt8] = []
        part.reserveCapacity(width * height * channels)
        for row in y..<(y + height) {
            let start = (row * self.width + x) * channels
            part += pixels[start..<(start + width * channels)]
        }
        return Image8(width: width, height: height, channels: channels, pixels: part)
    }
}
