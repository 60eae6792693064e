import Datasets
import Evaluation
import FileFormats
import Foundation
import Metrics
import TestSupport
import Testing
import Torch

@Suite("Sets of images") struct ImageSetTests {
    /// Images with a shade of their own, `width` x `height`, in a folder.
    private func write(_ count: Int, _ width: Int, _ height: Int, channels: Int = 1, to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for index in 0..<count {
            let image = Image8(width: width, height: height, channels: channels, shade: UInt8(10 + index))
            try image.writePNG(to: folder.appending(path: "\(width)-\(index).png"))
        }
    }

    @Test("A folder is read as it is, or brought to a size, which is recorded")
    func folders() throws {
        try withTemporaryFolder { folder in
            try write(3, 6, 6, to: folder)
            let reference = DataReference(folder.path, nil)
            let native = try ImageSet(reference, count: 10, choosing: .spread, .init(size: 6))
            #expect(native.pixels.shape == [3, 1, 6, 6])
            #expect(native.resizing == nil, "nothing was done to images of the right size")
            let small = try ImageSet(reference, count: 2, choosing: .spread, .init(size: 4, channels: 3))
            #expect(small.pixels.shape == [2, 3, 4, 4])
            #expect(small.resizing?.from == [1, 6, 6])
            #expect(small.resizing?.description == "from 1 x 6 x 6 to 3 x 4 x 4")
            assertEqual(small.pixels[0], Tensor.full([3, 4, 4], 10, dtype: .uint8))
        }
    }

    @Test("Images of several sizes need one, and the record says so")
    func severalSizes() throws {
        try withTemporaryFolder { folder in
            try write(2, 4, 4, to: folder)
            try write(2, 6, 8, to: folder)
            let reference = DataReference(folder.path, nil)
            #expect(throws: FileError.self) { try ImageSet(reference, count: 10, choosing: .spread) }
            let set = try ImageSet(reference, count: 10, choosing: .spread, .init(size: 4))
            #expect(set.pixels.shape == [4, 1, 4, 4])
            #expect(set.resizing?.from == nil)
            #expect(set.resizing?.description == "from several sizes to 1 x 4 x 4")
        }
    }

    @Test("Archives of samples are resized as folders are")
    func archives() throws {
        try withTemporaryFolder { folder in
            let pixels = Tensor.randint(0..<256, [3, 3, 9, 9], using: RandomSource(Seed(2)), dtype: .uint8)
            let url = folder.appending(path: "samples.npz")
            let rows = pixels.permute(0, 2, 3, 1).contiguous().flatten().scalars(as: UInt8.self)
            try NumpyArchive(["arr_0": NumpyArray(rows, shape: [3, 9, 9, 3])]).write(to: url)
            let file = try ImageSet(DataReference(url.path, nil), count: 3, choosing: .random, .init(size: 6))
            for index in 0..<3 {
                let name = folder.appending(path: "images/\(index).png")
                try FileManager.default.createDirectory(
                    at: name.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Image8(width: 9, height: 9, channels: 3, pixels: Array(rows[(index * 243)..<((index + 1) * 243)]))
                    .writePNG(to: name)
            }
            let images = DataReference(folder.appending(path: "images").path, nil)
            let collection = try ImageSet(images, count: 3, choosing: .random, .init(size: 6))
            assertEqual(file.pixels, collection.pixels)
            assertEqual(try ImageSet(pixels, .init(size: 6)).pixels, collection.pixels)
            #expect(file.resizing == collection.resizing)
        }
    }

    @Test("A choice among classes that come in turn has all of them")
    func choice() throws {
        try withTemporaryFolder { folder in
            let shades = (0..<400).map { UInt8($0 % 2) }
            let url = folder.appending(path: "samples.npz")
            try NumpyArchive(["arr_0": NumpyArray(shades, shape: [400, 1, 1, 1])]).write(to: url)
            let set = try ImageSet(DataReference(url.path, nil), count: 200, choosing: .random)
            let ones = set.pixels.to(.float64).mean().item() as Double
            #expect(abs(ones - 0.5) < 0.1, "every other sample would be of one class")
        }
    }

    @Test("What holds no images is refused")
    func refusals() throws {
        try withTemporaryFolder { folder in
            let reference = DataReference(folder.path, nil)
            #expect(throws: DatasetError.self) { try ImageSet(reference, count: 1, choosing: .spread) }
            let url = folder.appending(path: "latents.npz")
            try NumpyArchive(["latents": NumpyArray([Float](repeating: 0, count: 8), shape: [2, 1, 2, 2])]).write(
                to: url)
            #expect(throws: MetricError.self) {
                try ImageSet(DataReference(url.path, nil), count: 1, choosing: .spread)
            }
        }
    }
}
