internal import Foundation

/// Facts about an image that stand before its pixels: read without decoding it, or reading the rest of the file.
public struct ImageHeader: Sendable, Hashable {
    /// Properties of a file that do not survive in 8-bit gray or RGB.
    public struct Traits: OptionSet, Sendable, Hashable {
        /// A bit for each.
        public let rawValue: Int

        /// A set of traits.
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// Turned or mirrored by EXIF.
        public static let turned = Traits(rawValue: 1)
        /// An alpha channel, or a transparent colour.
        public static let transparent = Traits(rawValue: 2)
        /// 16 bits per sample.
        public static let deep = Traits(rawValue: 4)
        /// Four inks, with Adobe's marker, by which they are stored inverted.
        public static let inks = Traits(rawValue: 8)
        /// Four inks without that marker.
        public static let plainInks = Traits(rawValue: 16)
        /// A gamma other than 1 / 2.2, which is not applied.
        public static let gamma = Traits(rawValue: 32)
    }

    /// Extent of the image as it is looked at.
    public private(set) var extent: Image8.Extent
    /// What becomes of it when it is decoded.
    public private(set) var traits: Traits = []
    /// The way in which it is stored.
    public private(set) var orientation = ImageOrientation.upright

    /// Reads the header of a file.
    ///
    /// - Returns: nil if it is no PNG or JPEG image, or damaged.
    /// - Throws: ``FileError`` if the file cannot be read.
    public init?(of path: PathBytes, name: String) throws {
        let file = try FileDescriptor(opening: path, named: name, O_RDONLY)
        let start = try file.bytes(at: 0, 4096)
        let found = try Self.read { place, count in
            place + count <= start.count ? Array(start[place..<(place + count)]) : try file.bytes(at: place, count)
        }
        guard let found else { return nil }
        self = found
    }

    /// Reads the header of an image in memory.
    ///
    /// - Returns: nil if it is no PNG or JPEG image, or damaged.
    public init?(of bytes: some RandomAccessCollection<UInt8>) {
        guard let found = try? Self.read({ Array(bytes.dropFirst($0).prefix($1)) }) else { return nil }
        self = found
    }

    init?(of bytes: UnsafeRawBufferPointer) {
        let found = try? Self.read { place, count in
            place < bytes.count ? Array(bytes[place..<min(place + count, bytes.count)]) : []
        }
        guard let found else { return nil }
        self = found
    }

    /// So many bytes at a place; fewer at the end.
    private typealias Source = (_ place: Int, _ count: Int) throws -> [UInt8]

    private init(extent: Image8.Extent) { self.extent = extent }

    private static func read(_ source: Source) throws -> ImageHeader? {
        var header: ImageHeader?
        switch ImageFormat(of: try source(0, 12)) {
        case .png: header = try png(source)
        case .jpeg: header = try jpeg(source)
        default: return nil
        }
        guard var found = header, found.extent.width > 0, found.extent.height > 0 else { return nil }
        guard found.orientation != .upright else { return found }
        found.traits.insert(.turned)
        if found.orientation.swapsSides {
            (found.extent.width, found.extent.height) = (found.extent.height, found.extent.width)
        }
        return found
    }

    // MARK: PNG

    /// Chunks: length, type, data, checksum.
    ///
    /// eXIf may stand behind the pixels.
    private static func png(_ source: Source) throws -> ImageHeader? {
        var header: ImageHeader?
        var isStandard = false
        var place = 8
        while true {
            let start = try source(place, 8)
            guard start.count == 8 else { return header }
            let (length, kind) = (bigEndian(start[0..<4]), String(decoding: start[4...], as: UTF8.self))
            switch kind {
            case "IHDR":
                let data = try source(place + 8, 13)
                guard data.count == 13 else { return nil }
                header = png(header: data)
            case "tRNS": header?.traits.insert(.transparent)
            case "sRGB": isStandard = true
            case "gAMA" where length == 4:
                let gamma = bigEndian(try source(place + 8, 4)[...])
                if abs(gamma - 45455) > 2000 { header?.traits.insert(.gamma) }
            case "eXIf" where length < 1 << 20: header?.orientation = orientation(try source(place + 8, length))
            case "IEND":
                if isStandard { header?.traits.remove(.gamma) }
                return header
            default: break
            }
            guard header != nil else { return nil }
            place += 12 + length
        }
    }

    /// Width, height, depth and colours: 0 gray, 2 RGB, 3 a palette of RGB, 4 and 6 with alpha.
    private static func png(header data: [UInt8]) -> ImageHeader? {
        let (depth, colours) = (data[8], data[9])
        let extent = Image8.Extent(
            width: bigEndian(data[0..<4]), height: bigEndian(data[4..<8]),
            channels: colours == 0 || colours == 4 ? 1 : 3)
        var header = ImageHeader(extent: extent)
        if depth == 16 { header.traits.insert(.deep) }
        if colours >= 4 { header.traits.insert(.transparent) }
        return header
    }

    // MARK: JPEG

    /// Segments: 0xFF, a marker, the length of what follows; up to the first scan.
    private static func jpeg(_ source: Source) throws -> ImageHeader? {
        var header: ImageHeader?
        var (hasAdobe, inks) = (false, 0)
        var orientation = ImageOrientation.upright
        var (place, stray) = (2, 0)
        scan: while stray < 1 << 16 {
            let start = try source(place, 4)
            guard start.count == 4 else { break }
            // Stray bytes, and any number of 0xFF before a marker, are passed over.
            guard start[0] == 0xFF, start[1] != 0xFF, start[1] != 0, !(0xD0...0xD8).contains(start[1]), start[1] != 1
            else {
                place += start[0] == 0xFF && start[1] != 0xFF ? 2 : 1
                stray += 1
                continue
            }
            let length = Int(start[2]) << 8 | Int(start[3])
            switch start[1] {
            case 0xC0...0xCF where ![0xC4, 0xC8, 0xCC].contains(start[1]):
                let data = try source(place + 4, 6)
                guard data.count == 6 else { break scan }
                inks = Int(data[5])
                header = ImageHeader(
                    extent: .init(
                        width: bigEndian(data[3..<5]), height: bigEndian(data[1..<3]), channels: inks == 1 ? 1 : 3))
            case 0xE1 where length > 8:
                let data = try source(place + 4, length - 2)
                if data.starts(with: Array("Exif\0\0".utf8)) {
                    orientation = self.orientation(Array(data.dropFirst(6)))
                }
            case 0xEE where length >= 14:
                if try source(place + 4, 5).elementsEqual("Adobe".utf8) { hasAdobe = true }
            case 0xDA, 0xD9: break scan
            default: break
            }
            place += 2 + max(length, 2)
        }
        header?.orientation = orientation
        if inks == 4 { header?.traits.insert(hasAdobe ? .inks : .plainInks) }
        return header
    }

    // MARK: EXIF

    /// The orientation in a TIFF structure; upright if it says nothing that is known.
    private static func orientation(_ tiff: [UInt8]) -> ImageOrientation {
        let isLittle = tiff.starts(with: [0x49, 0x49, 0x2A, 0])
        guard isLittle || tiff.starts(with: [0x4D, 0x4D, 0, 0x2A]) else { return .upright }
        func number(_ place: Int, _ size: Int) -> Int? {
            guard place >= 0, place + size <= tiff.count else { return nil }
            let bytes = tiff[place..<(place + size)]
            return isLittle ? bigEndian(Array(bytes.reversed())[...]) : bigEndian(bytes)
        }
        guard let directory = number(4, 4), let count = number(directory, 2) else { return .upright }
        for entry in 0..<count {
            let place = directory + 2 + 12 * entry
            guard let tag = number(place, 2) else { break }
            // 3 is a number of two bytes, which stand first among the four.
            guard tag == 0x0112, number(place + 2, 2) == 3, let value = number(place + 8, 2) else { continue }
            return ImageOrientation(rawValue: value) ?? .upright
        }
        return .upright
    }

    private static func bigEndian(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
}
