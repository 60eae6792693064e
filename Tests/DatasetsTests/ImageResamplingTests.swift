import Datasets
import FileFormats
import Foundation
import TestSupport
import Testing

@Suite("Resizing and cropping, to the last bit as Pillow") struct ImageResamplingTests {
    let pillow: NumpyArchive

    init() throws { pillow = try NumpyArchive(contentsOf: fixtures().appending(path: "resampling.npz")) }

    private func image(_ name: String) throws -> Image8 {
        let array = try pillow.array(name, elementType: .uint8)
        let shape = array.shape
        return Image8(width: shape[1], height: shape[0], channels: shape[2], pixels: array.bytes)
    }

    @Test("All filters, up and down, gray and RGB", arguments: 0..<4)
    func resizing(_ index: Int) throws {
        let source = try image("\(index).source")
        for (name, filter) in [("box", ImageResampling.box), ("bilinear", .bilinear), ("bicubic", .bicubic)] {
            let expected = try image("\(index).\(name)")
            #expect(filter.resized(source, width: expected.width, height: expected.height) == expected, "\(name)")
        }
    }

    @Test("The centre crop of ADM, of images larger, smaller and of the size", arguments: 0..<5)
    func centreCrop(_ index: Int) throws {
        #expect(try image("crop\(index).source").centreCropped(to: 16) == image("crop\(index).expected"))
    }
}
