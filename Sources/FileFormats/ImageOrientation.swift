/// The way in which an image is stored turned or mirrored, by the numbers of EXIF's tag 0x0112.
public enum ImageOrientation: Int, Sendable, Hashable, CaseIterable {
    /// As it is looked at.
    case upright = 1
    /// Left and right exchanged.
    case mirrored
    /// By half a turn.
    case halfTurn
    /// Top and bottom exchanged.
    case flipped
    /// Rows and columns exchanged.
    case transposed
    /// To be turned a quarter clockwise.
    case quarterTurn
    /// Rows and columns exchanged along the other diagonal.
    case transverse
    /// To be turned a quarter counterclockwise.
    case threeQuarterTurn

    /// True if width and height change places.
    public var swapsSides: Bool { rawValue >= 5 }

    /// The pixel of the stored image, of `width` x `height`, that is looked at in a place.
    func source(_ x: Int, _ y: Int, width: Int, height: Int) -> (x: Int, y: Int) {
        switch self {
        case .upright: (x, y)
        case .mirrored: (width - 1 - x, y)
        case .halfTurn: (width - 1 - x, height - 1 - y)
        case .flipped: (x, height - 1 - y)
        case .transposed: (y, x)
        case .quarterTurn: (y, height - 1 - x)
        case .transverse: (width - 1 - y, height - 1 - x)
        case .threeQuarterTurn: (width - 1 - y, x)
        }
    }

    /// Writes the image as it is looked at.
    ///
    /// - Parameters:
    ///   - pixels: The stored image, [height, width, channels].
    ///   - target: As many bytes.
    func apply(
        to pixels: [UInt8], width: Int, height: Int, channels: Int, into target: UnsafeMutableRawBufferPointer
    ) {
        let (shownWidth, shownHeight) = swapsSides ? (height, width) : (width, height)
        // Places in the stored image change by the same step along a row.
        let first = source(0, 0, width: width, height: height)
        let right = shownWidth > 1 ? source(1, 0, width: width, height: height) : first
        let step = ((right.y - first.y) * width + right.x - first.x) * channels
        var place = 0
        for y in 0..<shownHeight {
            let start = source(0, y, width: width, height: height)
            var index = (start.y * width + start.x) * channels
            for _ in 0..<shownWidth {
                for channel in 0..<channels { target[place + channel] = pixels[index + channel] }
                place += channels
                index += step
            }
        }
    }
}
