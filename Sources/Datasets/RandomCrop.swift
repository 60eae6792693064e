public import FileFormats
internal import Foundation
public import Torch

/// A random part of each image, at the size of all.
public enum RandomCrop: Sendable, Hashable {
    /// A part whose share of the area is uniform in `scale` and whose width by height is log-uniform in `ratio`, brought to
    /// the size by cubic convolution; torchvision's `RandomResizedCrop` with Pillow's images.
    ///
    /// Ten draws are tried; if none lies within the image, the largest middle part whose shape is in `ratio` is taken.
    case resized(scale: ClosedRange<Double>, ratio: ClosedRange<Double>)
    /// The square middle at the size, moved by up to so many pixels, with black beyond the border; torchvision's
    /// `RandomCrop` with `padding`.
    case padded(Int)

    /// A rectangle of pixels.
    public struct Region: Sendable, Hashable {
        /// Place of the left upper pixel.
        public var x, y: Int
        /// Extent in pixels.
        public var width, height: Int
    }

    /// Uniform numbers that one image takes, whatever becomes of them.
    public static let draws = 2 * attempts + 2
    private static let attempts = 10

    /// Place of a part of random area and shape.
    ///
    /// - Parameters:
    ///   - width: Of the image.
    ///   - height: Of the image.
    ///   - scale: Range of the part's share of the area.
    ///   - ratio: Range of its width by height.
    ///   - uniform: ``draws`` numbers in [0, 1).
    public static func region(
        width: Int, height: Int, scale: ClosedRange<Double>, ratio: ClosedRange<Double>, _ uniform: [Double]
    ) -> Region {
        precondition(uniform.count == draws, "a crop takes \(draws) numbers, not \(uniform.count)")
        for attempt in 0..<attempts {
            let area = Double(width * height) * value(uniform[2 * attempt], in: scale)
            let shape = exp(value(uniform[2 * attempt + 1], in: log(ratio.lowerBound)...log(ratio.upperBound)))
            let w = Int((area * shape).squareRoot().rounded(.toNearestOrEven))
            let h = Int((area / shape).squareRoot().rounded(.toNearestOrEven))
            guard (1...width).contains(w), (1...height).contains(h) else { continue }
            let x = Int(uniform[draws - 1] * Double(width - w + 1))
            let y = Int(uniform[draws - 2] * Double(height - h + 1))
            return Region(x: x, y: y, width: w, height: h)
        }
        return middle(width, height, ratio)
    }

    private static func value(_ uniform: Double, in range: ClosedRange<Double>) -> Double {
        range.lowerBound + uniform * (range.upperBound - range.lowerBound)
    }

    private static func middle(_ width: Int, _ height: Int, _ ratio: ClosedRange<Double>) -> Region {
        let (own, w, h) = (Double(width) / Double(height), Double(width), Double(height))
        let isNarrow = own < ratio.lowerBound
        let cutWidth = own > ratio.upperBound ? Int((h * ratio.upperBound).rounded(.toNearestOrEven)) : width
        let cutHeight = isNarrow ? Int((w / ratio.lowerBound).rounded(.toNearestOrEven)) : height
        return Region(
            x: (width - cutWidth) / 2, y: (height - cutHeight) / 2, width: cutWidth, height: cutHeight)
    }

    /// A part of one image.
    ///
    /// - Parameters:
    ///   - image: Of any extent.
    ///   - size: Height and width afterwards.
    ///   - uniform: ``draws`` numbers in [0, 1).
    public func part(of image: Image8, size: Int, _ uniform: [Double]) -> Image8 {
        switch self {
        case .resized(let scale, let ratio):
            let region = Self.region(width: image.width, height: image.height, scale: scale, ratio: ratio, uniform)
            let part = image.cropped(x: region.x, y: region.y, width: region.width, height: region.height)
            return ImageResampling.bicubic.resized(part, width: size, height: size)
        case .padded(let border):
            let choices = Double(2 * border + 1)
            return image.centreCropped(to: size)
                .shifted(x: Int(uniform[0] * choices) - border, y: Int(uniform[1] * choices) - border)
        }
    }

    /// Parts of images of a data set.
    ///
    /// - Parameters:
    ///   - images: 8-bit images; those of an ``ImageCollection`` are taken as they lie in their files.
    ///   - indices: Indices of B of them.
    ///   - size: Height and width afterwards.
    ///   - source: Source of the parts; the same numbers for the same number of images.
    /// - Returns: [B, C, size, size], uint8.
    /// - Throws: Errors of reading the images.
    public func crops(
        of images: any Dataset, at indices: [Int], to size: Int, using source: RandomSource
    ) throws -> Tensor {
        let uniform: [Double] = Tensor.rand([indices.count, Self.draws], using: source, dtype: .float64).scalars()
        let collection = images as? ImageCollection
        let all = try Parallel.map(indices.count) { place in
            let own = Array(uniform[(place * Self.draws)..<((place + 1) * Self.draws)])
            let whole = try collection?.original(indices[place]) ?? Image8(images.example(at: indices[place]))
            return part(of: whole, size: size, own)
        }
        let channels = all.first?.channels ?? 1
        return Tensor(all.flatMap(\.pixels), shape: [indices.count, size, size, channels]).permute(0, 3, 1, 2)
    }
}

extension Image8 {
    /// An image [C, H, W] of bytes.
    init(_ planes: Tensor) {
        let s = planes.shape
        self.init(width: s[2], height: s[1], channels: s[0], pixels: planes.permute(1, 2, 0).contiguous().scalars())
    }

    /// The image moved to the right and down, black where nothing came from.
    fileprivate func shifted(x: Int, y: Int) -> Image8 {
        var moved = Image8(width: width, height: height, channels: channels, shade: 0)
        for row in max(0, y)..<min(height, height + y) {
            for column in max(0, x)..<min(width, width + x) {
                for channel in 0..<channels { moved[column, row, channel] = self[column - x, row - y, channel] }
            }
        }
        return moved
    }
}
