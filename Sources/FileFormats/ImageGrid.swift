/// Several images on one sheet, row by row.
///
/// ```swift
/// let sheet = ImageGrid(columns: 10, magnification: 3).sheet(of: samples)
/// ```
public struct ImageGrid: Sendable, Hashable {
    /// Images in a row; `nil`, the default, makes the sheet about square.
    public var columns: Int?
    /// Pixels between the images and around them, after magnification.
    public var padding: Int
    /// The shade between the images: 255, white, unless stated.
    public var background: UInt8
    /// How many pixels wide and high a pixel is drawn; 1 unless stated.
    ///
    /// Images of 28 x 28 look good at 2 to 4.
    public var magnification: Int

    /// Creates a layout.
    ///
    /// - Parameters:
    ///   - columns: Images in a row; about square if `nil`.
    ///   - padding: Pixels between the images and around them.
    ///   - background: The shade between the images.
    ///   - magnification: How many pixels wide and high a pixel is drawn.
    public init(columns: Int? = nil, padding: Int = 2, background: UInt8 = 255, magnification: Int = 1) {
        demand(columns.map { $0 > 0 } ?? true, "a sheet has at least one column")
        demand(padding >= 0 && magnification >= 1, "padding is at least 0, magnification at least 1")
        self.columns = columns
        self.padding = padding
        self.background = background
        self.magnification = magnification
    }

    /// Draws the sheet: gray if all images are, else RGB.
    ///
    /// - Parameter images: At least one. Each gets a cell of the largest width and height among them, and lies in its
    ///   middle. The cells of an unfinished last row stay empty.
    /// - Returns: `ceil(count / columns)` rows of cells.
    public func sheet(of images: [Image8]) -> Image8 {
        demand(!images.isEmpty, "a sheet needs at least one image")
        let columns = self.columns ?? Int(Double(images.count).squareRoot().rounded(.up))
        let rows = (images.count + columns - 1) / columns
        let cell = (
            width: images.map(\.width).reduce(0, max) * magnification + padding,
            height: images.map(\.height).reduce(0, max) * magnification + padding
        )
        let channels = images.allSatisfy { $0.channels == 1 } ? 1 : 3
        var sheet = Image8(
            width: columns * cell.width + padding, height: rows * cell.height + padding, channels: channels,
            shade: background)
        for (i, image) in images.enumerated() {
            let spareWidth = cell.width - padding - image.width * magnification
            let spareHeight = cell.height - padding - image.height * magnification
            let left = padding + i % columns * cell.width + spareWidth / 2
            let top = padding + i / columns * cell.height + spareHeight / 2
            sheet.draw(channels == 1 ? image : image.rgb, left: left, top: top, magnification: magnification)
        }
        return sheet
    }
}

extension Image8 {
    /// Draws another image of as many channels into this one, each pixel as a square.
    mutating func draw(_ other: Image8, left: Int, top: Int, magnification: Int) {
        demand(channels == other.channels, "images have \(channels) and \(other.channels) channels")
        for y in 0..<other.height * magnification {
            for x in 0..<other.width * magnification {
                for channel in 0..<channels {
                    self[left + x, top + y, channel] = other[x / magnification, y / magnification, channel]
                }
            }
        }
    }
}
