import FileFormats
import Foundation
import TestSupport
import Testing

@Suite("PNG images")
struct PNGTests {
    @Test(
        "Every variant has the pixels that Pillow or the specification gives it",
        arguments: [
            ("rgb", 3), ("gray", 1), ("palette", 3), ("palette-transparent", 3), ("bilevel", 1), ("rgba", 3),
            ("gray-alpha", 1), ("rgb16", 3), ("gray16", 1), ("gray4", 1), ("interlaced", 3),
        ])
    func decoding(name: String, channels: Int) throws {
        let image = try Image8(contentsOf: Fixture.url("\(name).png"))
        #expect(image.channels == channels)
        #expect(try image == Fixture.pixels(name))
    }

    @Test("Transparency is laid over a background when asked", arguments: [("rgba", "rgb"), ("gray-alpha", "gray")])
    func background(name: String, opaque: String) throws {
        var options = Image8.Decoding()
        options.alpha = .over(200)
        let image = try Image8(contentsOf: Fixture.url("\(name).png"), options: options)
        let colours = try Fixture.pixels(opaque)
        let alpha = try Fixture.pixels("alpha").pixels
        for (i, sample) in image.pixels.enumerated() {
            let opacity = Double(alpha[i / image.channels]) / 255
            let mixed = opacity * Double(colours.pixels[i]) + (1 - opacity) * 200
            #expect(abs(Double(sample) - mixed) <= 0.5)
        }
    }

    @Test("An opaque image stays the same over any background")
    func opaqueBackground() throws {
        var options = Image8.Decoding()
        options.alpha = .over(0)
        #expect(try Image8(contentsOf: Fixture.url("rgb.png"), options: options) == Fixture.pixels("rgb"))
    }

    @Test("What is written is read again, sample for sample", arguments: [1, 3], [0, 6, 9])
    func roundTrip(channels: Int, compression: Int) throws {
        var random = FixedRandom(1)
        for (width, height) in [(1, 1), (1, 9), (31, 2), (64, 48)] {
            let pixels = (0..<width * height * channels).map { _ in UInt8.random(in: 0...255, using: &random) }
            let image = Image8(width: width, height: height, channels: channels, pixels: pixels)
            #expect(try Image8(decoding: image.pngData(compression: compression), name: "image") == image)
        }
    }

    @Test("Writing goes to a file that Pillow would call PNG, and is repeatable")
    func writing() throws {
        let scratch = try Scratch()
        let image = try Fixture.pixels("rgb")
        try image.writePNG(to: scratch.url("a.png"))
        try image.writePNG(to: scratch.url("b.png"))
        let content = try Data(contentsOf: scratch.url("a.png"))
        #expect(ImageFormat(of: content) == .png)
        #expect(try content == Data(contentsOf: scratch.url("b.png")))
    }

    @Test("EXIF turns PNG images too, before or behind the pixels", arguments: [true, false])
    func orientation(isBefore: Bool) throws {
        // [1 2 3; 4 5 6], written out for each orientation.
        let expected: [Int: [UInt8]] = [
            1: [1, 2, 3, 4, 5, 6], 2: [3, 2, 1, 6, 5, 4], 3: [6, 5, 4, 3, 2, 1], 4: [4, 5, 6, 1, 2, 3],
            5: [1, 4, 2, 5, 3, 6], 6: [4, 1, 5, 2, 6, 3], 7: [6, 3, 5, 2, 4, 1], 8: [3, 6, 2, 5, 1, 4],
        ]
        for (orientation, pixels) in expected {
            let exif = [("eXIf", OddFiles.exif(orientation: orientation))]
            let bytes = OddFiles.png(
                width: 3, height: 2, colours: 0, rows: [[1, 2, 3], [4, 5, 6]], before: isBefore ? exif : [],
                after: isBefore ? [] : exif)
            let image = try Image8(decoding: bytes, name: "turned.png")
            #expect(image.width == (orientation < 5 ? 3 : 2) && image.pixels == pixels, "orientation \(orientation)")
            #expect(ImageHeader(of: bytes)?.extent.width == image.width)
        }
    }

    @Test("Headers tell what 8-bit gray or RGB cannot hold")
    func traits() throws {
        let names = ["rgb", "gray", "rgba", "gray-alpha", "palette", "palette-transparent", "rgb16", "gray16"]
        let expected: [ImageHeader.Traits] = [[], [], .transparent, .transparent, [], .transparent, .deep, .deep]
        for (name, traits) in zip(names, expected) {
            let url = Fixture.url("\(name).png")
            let header = try #require(try ImageHeader(of: PathBytes(url.path), name: name))
            #expect(header.traits.intersection([.transparent, .deep]) == traits, "\(name)")
            let image = try Image8(contentsOf: url)
            #expect(header.extent == .init(width: image.width, height: image.height, channels: image.channels))
        }
        #expect(try ImageHeader(of: PathBytes(Fixture.url("make.py").path), name: "text") == nil)
    }

    @Test("An image that is cut short anywhere is called truncated")
    func truncated() throws {
        let whole = try Fixture.bytes("rgb.png")
        for length in stride(from: 8, to: whole.count, by: 7) {
            expectFileError(.truncated) { _ = try Image8(decoding: Array(whole.prefix(length)), name: "short.png") }
        }
    }

    @Test("A wrong checksum is an error that names the file")
    func damaged() throws {
        var bytes = try Fixture.bytes("rgb.png")
        bytes[bytes.count / 2] ^= 0x10
        let error = expectFileError(.corrupt) { _ = try Image8(decoding: bytes, name: "shirts/1.png") }
        #expect(error?.description.hasPrefix("shirts/1.png: the PNG data are damaged (") == true)
    }

    @Test("A header that claims a giant image takes no memory")
    func giant() throws {
        var bytes = try Fixture.bytes("rgb.png")
        // 900 000 x 900 000, with the checksum of IHDR to match.
        bytes.replaceSubrange(16..<24, with: [0x00, 0x0D, 0xBB, 0xA0, 0x00, 0x0D, 0xBB, 0xA0])
        bytes.replaceSubrange(29..<33, with: checksum(bytes[12..<29]))
        let error = expectFileError(.tooLarge) { _ = try Image8(decoding: bytes, name: "bomb.png") }
        #expect(error?.problem == "the image claims 900000 x 900000 pixels")
    }

    @Test("The limit of pixels is the caller's")
    func limit() throws {
        var options = Image8.Decoding()
        options.maximumPixels = 13 * 17 - 1
        expectFileError(.tooLarge) { _ = try Image8(contentsOf: Fixture.url("rgb.png"), options: options) }
        options.maximumPixels += 1
        _ = try Image8(contentsOf: Fixture.url("rgb.png"), options: options)
    }

    /// CRC-32 of the PNG specification, annex D.
    private func checksum(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var crc: UInt32 = .max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
        }
        return withUnsafeBytes(of: (~crc).bigEndian) { Array($0) }
    }
}
