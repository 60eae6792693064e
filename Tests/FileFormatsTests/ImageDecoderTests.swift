import FileFormats
import Foundation
import Testing

@Suite("A decoder of many images")
struct ImageDecoderTests {
    @Test("What one decoder reads of many files, in any order, each alone gives too; failures leave nothing behind")
    func sequence() throws {
        let names = [
            "jpeg-rgb.jpg", "gray.png", "jpeg-cmyk.jpg", "jpeg-progressive.jpg", "rgba.png", "rgb16.png",
            "jpeg-gray.jpg",
            "jpeg-ycck.jpg", "palette.png", "jpeg-444.jpg",
        ]
        let decoder = ImageDecoder()
        let cut = Array(try Fixture.bytes("jpeg-rgb.jpg").dropLast(300))
        for name in names + names.reversed() {
            let url = Fixture.url(name)
            let alone = try Image8(contentsOf: url)
            let extent = try decoder.open(url.path)
            #expect(extent == Image8.Extent(width: alone.width, height: alone.height, channels: alone.channels))
            #expect(try decoder.image() == alone)
            try decoder.open(copying: cut, name: "cut.jpg")
            expectFileError(.truncated) { _ = try decoder.image() }
            expectFileError(.unsupported) { try decoder.open(copying: Array("GIF89a".utf8), name: "a.png") }
            expectFileError(.missing) { try decoder.open("/nowhere") }
            // Opened, and never read.
            try decoder.open(url.path)
        }
    }

    @Test("Transparency is laid over a background as for a single image", arguments: ["rgba.png", "gray-alpha.png"])
    func transparency(name: String) throws {
        var options = Image8.Decoding()
        options.alpha = .over(100)
        let decoder = ImageDecoder(options: options)
        let extent = try decoder.open(Fixture.url(name).path)
        var pixels = [UInt8](repeating: 0, count: extent.samples)
        try pixels.withUnsafeMutableBytes { try decoder.read(into: $0) }
        #expect(try pixels == Image8(contentsOf: Fixture.url(name), options: options).pixels)
        #expect(extent.channels == (name == "rgba.png" ? 3 : 1))
    }
}
