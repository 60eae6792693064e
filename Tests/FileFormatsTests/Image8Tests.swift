import FileFormats
import Testing

@Suite("Image8 and contact sheets")
struct Image8Tests {
    @Test("Luma is Pillow's, bit for bit")
    func luma() throws {
        #expect(try Fixture.pixels("rgb").gray == Fixture.pixels("luma"))
    }

    @Test("A gray image becomes RGB of equal channels and back without loss")
    func grayToRGB() throws {
        let gray = try Fixture.pixels("gray")
        let rgb = gray.rgb
        #expect(rgb.channels == 3)
        #expect((0..<3).allSatisfy { rgb[4, 5, $0] == gray[4, 5] })
        #expect(rgb.gray == gray)
    }

    @Test("A sheet of 2 x 2 images, written out by hand")
    func sheet() {
        let images = [1, 2, 3].map { Image8(width: 1, height: 1, channels: 1, shade: $0) }
        let sheet = ImageGrid(columns: 2, padding: 1, background: 0, magnification: 2).sheet(of: images)
        let expected: [UInt8] = [
            0, 0, 0, 0, 0, 0, 0,
            0, 1, 1, 0, 2, 2, 0,
            0, 1, 1, 0, 2, 2, 0,
            0, 0, 0, 0, 0, 0, 0,
            0, 3, 3, 0, 0, 0, 0,
            0, 3, 3, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0,
        ]
        #expect(sheet == Image8(width: 7, height: 7, channels: 1, pixels: expected))
    }

    @Test("A sheet is about square by default", arguments: [(1, 1, 1), (10, 4, 3), (100, 10, 10)])
    func square(count: Int, columns: Int, rows: Int) {
        let images = Array(repeating: Image8(width: 5, height: 3, channels: 1, shade: 9), count: count)
        let sheet = ImageGrid(padding: 2).sheet(of: images)
        #expect(sheet.width == columns * 7 + 2)
        #expect(sheet.height == rows * 5 + 2)
    }

    @Test("Images of several sizes lie in the middle of equal cells, and colour spreads to all")
    func mixed() {
        let large = Image8(width: 3, height: 3, channels: 1, shade: 10)
        let small = Image8(width: 1, height: 1, channels: 3, pixels: [1, 2, 3])
        let sheet = ImageGrid(columns: 2, padding: 0).sheet(of: [large, small])
        #expect([sheet.width, sheet.height, sheet.channels] == [6, 3, 3])
        let samples: [UInt8] = [sheet[0, 0, 2], sheet[4, 1, 0], sheet[4, 1, 2], sheet[3, 0, 0]]
        #expect(samples == [10, 1, 3, 255])
    }
}
