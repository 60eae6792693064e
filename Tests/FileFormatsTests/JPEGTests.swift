import FileFormats
import Foundation
import TestSupport
import Testing

@Suite("JPEG images")
struct JPEGTests {
    @Test(
        "Every variant has the pixels that Pillow decodes, within a rounding",
        arguments: ["jpeg-rgb", "jpeg-444", "jpeg-progressive", "jpeg-gray", "jpeg-cmyk", "jpeg-ycck"])
    func decoding(name: String) throws {
        let image = try Image8(contentsOf: Fixture.url("\(name).jpg"))
        let expected = try Fixture.pixels(name)
        #expect(extent(image) == extent(expected))
        #expect(largestDifference(image, expected) <= 1)
    }

    @Test("Decoding at half size is what Pillow's draft mode does")
    func halfSize() throws {
        var options = Image8.Decoding()
        options.minimumSide = 25
        let image = try Image8(contentsOf: Fixture.url("jpeg-rgb.jpg"), options: options)
        #expect(extent(image) == [35, 25, 3])
        #expect(try largestDifference(image, Fixture.pixels("jpeg-half")) <= 1)
    }

    @Test("The shorter side never falls below the minimum, and the scale is the smallest", arguments: 1...60)
    func scale(minimum: Int) throws {
        var options = Image8.Decoding()
        options.minimumSide = minimum
        let image = try Image8(contentsOf: Fixture.url("jpeg-rgb.jpg"), options: options)
        let possible = [7, 13, 19, 25, 32, 38, 44, 50]
        #expect(image.height == possible.first { $0 >= minimum } ?? 50)
    }

    @Test("An image survives JPEG up to a small loss", arguments: [true, false])
    func roundTrip(subsamplesColour: Bool) throws {
        let image = try Fixture.pixels("jpeg-444")
        let bytes = image.jpegData(quality: 100, subsamplesColour: subsamplesColour)
        let again = try Image8(decoding: bytes, name: "again.jpg")
        #expect(largestDifference(again, image) <= (subsamplesColour ? 60 : 6))
        #expect(try Image8(decoding: image.gray.jpegData(), name: "gray.jpg").channels == 1)
    }

    @Test("A file that is cut short anywhere is an error, not half a gray picture", arguments: ["rgb", "progressive"])
    func truncated(name: String) throws {
        let whole = try Fixture.bytes("jpeg-\(name).jpg")
        for length in stride(from: 4, to: whole.count - 2, by: 37) {
            expectFileError(.truncated) { _ = try Image8(decoding: Array(whole.prefix(length)), name: "short.jpg") }
        }
    }

    @Test("The message names file, problem and remedy")
    func message() throws {
        let bytes = Array(try Fixture.bytes("jpeg-rgb.jpg").prefix(1000))
        let error = expectFileError(.truncated) { _ = try Image8(decoding: bytes, name: "photos/cat.jpg") }
        let text = "photos/cat.jpg: the JPEG data end early. The file is cut short: fetch or export it again."
        #expect(error?.description == text)
    }

    @Test("The content decides on the format, not the name")
    func misnamed() throws {
        let scratch = try Scratch()
        let url = try scratch.file("really-a-jpeg.png", Fixture.bytes("jpeg-gray.jpg"))
        #expect(try Image8(contentsOf: url).channels == 1)
    }

    @Test("Odd scan headers, which every decoder passes over, change no pixel", arguments: [0, 7, 62])
    func scanHeader(last: UInt8) throws {
        for name in ["jpeg-rgb.jpg", "jpeg-gray.jpg", "jpeg-444.jpg"] {
            let bytes = try Fixture.bytes(name)
            let odd = OddFiles.jpeg(bytes, lastCoefficient: last)
            #expect(try odd != bytes && Image8(decoding: odd, name: name) == Image8(decoding: bytes, name: name))
            expectFileError(.truncated) {
                _ = try Image8(decoding: Array(odd.dropLast(odd.count / 3)), name: "short.jpg")
            }
        }
    }

    @Test("Images are turned as EXIF says, unless asked not to", arguments: ImageOrientation.allCases)
    func orientation(_ orientation: ImageOrientation) throws {
        let plain = try Fixture.bytes("jpeg-444.jpg")
        let stored = try Image8(decoding: plain, name: "plain")
        for isLittle in [false, true] {
            let exif = OddFiles.exif(orientation: orientation.rawValue, isLittleEndian: isLittle)
            let turned = OddFiles.jpeg(plain, inserting: 0xE1, Array("Exif\0\0".utf8) + exif)
            let image = try Image8(decoding: turned, name: "turned")
            #expect(image == Turned.image(stored, by: orientation))
            let header = try #require(ImageHeader(of: turned))
            #expect(header.orientation == orientation && header.extent.width == image.width)
            #expect(header.traits.contains(.turned) == (orientation != .upright))
            var options = Image8.Decoding()
            options.appliesOrientation = false
            #expect(try Image8(decoding: turned, name: "turned", options: options) == stored)
        }
    }

    @Test("Four inks without Adobe's marker are not stored inverted")
    func inks() throws {
        let bytes = try Fixture.bytes("jpeg-cmyk.jpg")
        let start = try #require(bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xEE })
        let length = Int(bytes[start + 2]) << 8 + Int(bytes[start + 3])
        let plain = Array(bytes[..<start] + bytes[(start + 2 + length)...])
        #expect(ImageHeader(of: bytes)?.traits == .inks && ImageHeader(of: plain)?.traits == .plainInks)
        // c is 255 minus the ink in the one, the ink in the other: R = (255 - C)(255 - K) / 255 either way.
        let (one, other) = (try Image8(decoding: bytes, name: "a"), try Image8(decoding: plain, name: "b"))
        #expect(one != other && one.channels == 3 && other.channels == 3)
    }

    @Test("Stray bytes after the image are not held against it")
    func trailing() throws {
        let bytes = try Fixture.bytes("jpeg-rgb.jpg")
        #expect(try Image8(decoding: bytes + [1, 2, 3], name: "a") == Image8(decoding: bytes, name: "a"))
    }

    private func extent(_ image: Image8) -> [Int] { [image.width, image.height, image.channels] }

    private func largestDifference(_ one: Image8, _ other: Image8) -> Int {
        zip(one.pixels, other.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
    }
}

/// Images as they are looked at, by turning and mirroring whole images.
enum Turned {
    static func image(_ image: Image8, by orientation: ImageOrientation) -> Image8 {
        switch orientation {
        case .upright: image
        case .mirrored: mirror(image)
        case .halfTurn: turn(turn(image))
        case .flipped: mirror(turn(turn(image)))
        case .transposed: mirror(turn(image))
        case .quarterTurn: turn(image)
        case .transverse: mirror(turn(turn(turn(image))))
        case .threeQuarterTurn: turn(turn(turn(image)))
        }
    }

    private static func mirror(_ image: Image8) -> Image8 {
        var result = image
        for y in 0..<image.height {
            for x in 0..<image.width {
                for c in 0..<image.channels { result[image.width - 1 - x, y, c] = image[x, y, c] }
            }
        }
        return result
    }

    /// A quarter clockwise: the left column becomes the top row.
    private static func turn(_ image: Image8) -> Image8 {
        var result = Image8(width: image.height, height: image.width, channels: image.channels, shade: 0)
        for y in 0..<image.height {
            for x in 0..<image.width {
                for c in 0..<image.channels { result[image.height - 1 - y, x, c] = image[x, y, c] }
            }
        }
        return result
    }
}

@Suite("Image files in general")
struct ImageFileTests {
    @Test("An empty file says so")
    func empty() throws {
        let scratch = try Scratch()
        let url = try scratch.file("nothing.jpg", [])
        let error = expectFileError(.empty) { _ = try Image8(contentsOf: url) }
        #expect(error?.file == url.path(percentEncoded: false))
    }

    @Test("A missing file, and a folder in its place, say so")
    func missing() throws {
        let scratch = try Scratch()
        expectFileError(.missing) { _ = try Image8(contentsOf: scratch.url("nowhere.png")) }
        expectFileError(.mismatch) { _ = try Image8(contentsOf: scratch.folder) }
    }

    @Test(
        "Formats that are not read are named",
        arguments: [("GIF89a", "GIF"), ("RIFF0000WEBPVP8 ", "WebP"), ("BM000000", "BMP"), ("II*\0", "TIFF")])
    func unsupported(start: String, format: String) {
        let error = expectFileError(.unsupported) { _ = try Image8(decoding: Array(start.utf8), name: "picture") }
        #expect(error?.problem == "is a \(format) image")
    }

    @Test("Text is not an image")
    func text() {
        expectFileError(.unsupported) { _ = try Image8(decoding: Array("hello".utf8), name: "notes.png") }
    }

    @Test("No damage makes decoding crash", arguments: ["rgb.png", "interlaced.png", "jpeg-rgb.jpg", "jpeg-ycck.jpg"])
    func fuzz(name: String) throws {
        var random = FixedRandom(3)
        let whole = try Fixture.bytes(name)
        for _ in 0..<500 {
            var bytes = whole
            for _ in 0...Int.random(in: 0..<8, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            // Either outcome is right, as long as the process lives and the error is ours.
            do { _ = try Image8(decoding: bytes, name: name) } catch { #expect(error is FileError) }
        }
    }
}
