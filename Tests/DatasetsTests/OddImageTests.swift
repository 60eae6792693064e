import Datasets
import FileFormats
import Foundation
import TestSupport
import Testing
import Torch

@Suite("Images as they are found") struct OddImageTests {
    @Test("Channels are those of all files: a gray one at first does not make the others gray")
    func channels() throws {
        try withTemporaryFolder { folder in
            try OddImages.write(OddImages.png(9, channels: 1), to: "a/0.png", in: folder)
            let red = OddFiles.png(
                width: 4, height: 4, colours: 2, rows: (0..<4).map { _ in (0..<12).map { $0 % 3 == 0 ? 200 : 0 } })
            try OddImages.write(red, to: "a/1.png", in: folder)
            for size in [nil, 4] {
                let data = try DataReference(parsing: folder.path).opened(.init(size: size))
                let values = try data.dataset.examples(at: [0, 1]).values
                #expect(values.shape == [2, 3, 4, 4])
                #expect(values[0..., 0..., 0, 0].flatten().scalars(as: Int.self) == [9, 9, 9, 200, 0, 0])
                #expect(data.remarks.contains { $0.contains("Gray and RGB are mixed") })
            }
            // In training, where nothing says which is meant, the odd one is named.
            var configuration = ImageCollection.Configuration(size: 4)
            configuration.convertsChannels = false
            let error = #expect(throws: FileError.self) { try ImageCollection(folder: folder, configuration).decoded() }
            #expect(error?.file.hasSuffix("a/0.png") == true && error?.problem == "it is gray, others are RGB")
        }
    }

    @Test("Transparency is laid over white, turned images are upright, and both are told")
    func treatment() throws {
        try withTemporaryFolder { folder in
            // Red that nobody sees, half of a black, and an opaque blue.
            let row: [UInt8] = [255, 0, 0, 0, 0, 0, 0, 128, 0, 0, 255, 255]
            let exif = OddFiles.exif(orientation: 6)
            try OddImages.write(
                OddFiles.png(width: 3, height: 1, colours: 6, rows: [row]), to: "a/1.png", in: folder)
            try OddImages.write(
                OddFiles.png(
                    width: 1, height: 3, colours: 2, rows: [[1, 1, 1], [2, 2, 2], [3, 3, 3]], before: [("eXIf", exif)]),
                to: "a/2.png", in: folder)
            let data = try DataReference(parsing: folder.path).opened()
            let values = try data.dataset.examples(at: [0, 1]).values.permute(0, 2, 3, 1).contiguous()
            // A quarter clockwise: the lowest is at the left.
            let expected: [Int] = [255, 255, 255, 127, 127, 127, 0, 0, 255, 3, 3, 3, 2, 2, 2, 1, 1, 1]
            #expect(values.flatten().scalars(as: Int.self) == expected)
            #expect(
                data.remarks == [
                    "1 image stored turned or mirrored: shown upright, as their EXIF orientation says.",
                    "1 image with transparency: laid over white.",
                ])
        }
    }

    @Test("16 bits and gamma are told of; 16 bits are rounded to 8")
    func depth() throws {
        try withTemporaryFolder { folder in
            let deep = OddFiles.png(width: 2, height: 1, depth: 16, colours: 0, rows: [[0x80, 0x00, 0xFF, 0xFF]])
            let gamma = OddFiles.png(
                width: 2, height: 1, colours: 0, rows: [[1, 2]], before: [("gAMA", [0, 1, 0x86, 0xA0])])
            try OddImages.write(deep, to: "1.png", in: folder)
            try OddImages.write(gamma, to: "2.png", in: folder)
            let data = try DataReference(parsing: folder.path).opened()
            // 32768 * 255 / 65535 = 127.5, rounded up.
            #expect(try data.dataset.example(at: 0).flatten().scalars(as: Int.self) == [128, 255])
            #expect(
                data.remarks == [
                    "1 image of 16 bits per sample: rounded to 8.",
                    "1 image with a gamma of their own: it is not applied.",
                ])
        }
    }

    @Test("Inspection takes an image at a time, sums exactly, and makes large images small on the sheet")
    func inspection() throws {
        try withTemporaryFolder { folder in
            for (index, shade) in [0, 100, 200].enumerated() {
                try OddImages.write(OddImages.png(UInt8(shade), size: 700), to: "a/\(index).png", in: folder)
            }
            let inspection = try DataInspection(ImageCollection(folder: folder))
            for channel in 0..<3 {
                assertClose(inspection.means[channel], 100)
                assertClose(inspection.deviations[channel], (20_000.0 / 3).squareRoot())
            }
            #expect(inspection.contactSheet?.width == 2 * 256 + 3 * 2)
            let none = try DataInspection(ImageCollection(folder: folder), sheet: 0)
            #expect(none.contactSheet == nil)
            // Points, which have dimensions in place of channels.
            let points = try DataInspection(TensorDataset(values: Tensor([0.0, 1, 4, 5], shape: [2, 2])))
            #expect(points.means == [2, 3] && points.deviations == [2, 2] && points.shape == [2])
        }
    }

    @Test("A batch that no memory holds is refused before it is taken")
    func memory() throws {
        try withTemporaryFolder { folder in
            try OddImages.write(OddImages.png(0, size: 3000), to: "a/0.png", in: folder)
            let data = try ImageCollection(folder: folder)
            let batch = [Int](repeating: 0, count: 1_000_000)
            let error = #expect(throws: FileError.self) { try data.examples(at: batch) }
            #expect(error?.code == .tooLarge && error?.description.contains("TiB") != true)
            // A claim of 60 000 x 60 000 in a small file.
            let claim = OddFiles.png(width: 60_000, height: 60_000, colours: 2, rows: [[0, 0, 0]])
            let large = #expect(throws: FileError.self) { try Image8(decoding: claim, name: "claim.png") }
            #expect(large?.code == .tooLarge && large?.remedy.contains("limit") == false)
        }
    }
}

@Suite("Labels and arrays as they are found") struct OddArrayTests {
    private let images = NumpyArray((0..<12).map { UInt8($0) }, shape: [3, 2, 2, 1])

    private func write(_ labels: NumpyArray, to folder: URL) throws -> String {
        let url = folder.appending(path: "samples.npz")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try NumpyArchive(["arr_0": images, "arr_1": labels]).write(to: url)
        return url.path
    }

    private func expectLabels(_ array: NumpyArray, _ location: SourceLocation = #_sourceLocation) throws {
        try withTemporaryFolder { folder in
            let data = try DataReference(parsing: write(array, to: folder)).open()
            #expect(data.labels == [2, 0, 2], sourceLocation: location)
            let points = folder.appending(path: "points.NPZ")
            try NumpyArchive(["points": NumpyArray([Float](repeating: 1, count: 6), shape: [3, 2]), "labels": array])
                .write(to: points)
            let opened = try DataReference(parsing: points.path).opened()
            #expect(opened.dataset.labels == [2, 0, 2], sourceLocation: location)
            #expect(opened.remarks == ["Classes without examples, 1 of 3: 1."], sourceLocation: location)
        }
    }

    @Test("Labels may be of every type that holds whole numbers; gaps are told of")
    func types() throws {
        try expectLabels(NumpyArray([2, 0, 2] as [Int8]))
        try expectLabels(NumpyArray([2, 0, 2] as [Int16]))
        try expectLabels(NumpyArray([2, 0, 2] as [Int32]))
        try expectLabels(NumpyArray([2, 0, 2] as [Int64]))
        try expectLabels(NumpyArray([2, 0, 2] as [UInt8]))
        try expectLabels(NumpyArray([2, 0, 2] as [UInt16]))
        try expectLabels(NumpyArray([2, 0, 2] as [UInt32]))
        try expectLabels(NumpyArray([2, 0, 2] as [UInt64]))
        try expectLabels(NumpyArray([2, 0, 2] as [Float16]))
        try expectLabels(NumpyArray([2, 0, 2] as [Float]))
        try expectLabels(NumpyArray([2, 0, 2] as [Double]))
        try expectLabels(NumpyArray([2, 0, 2] as [Int64], shape: [3, 1]))
    }

    @Test("What are no classes is refused with file, array, number and the way out")
    func refused() throws {
        let cases: [(NumpyArray, String)] = [
            (NumpyArray([0, 1, 1_000_000_000_000] as [Int64]), "the label 1000000000000 (number 2)"),
            (NumpyArray([0, UInt64(1) << 63, 1]), "the label 9223372036854775808 (number 1)"),
            (NumpyArray([0, -1, 1] as [Int8]), "the label -1 (number 1)"),
            (NumpyArray([0, 0.25, 1] as [Float]), "not whole numbers [N]: number 1 is 0.25"),
            (NumpyArray([0, .nan, 1] as [Double]), "number 1 is nan"),
            (NumpyArray([Int64](repeating: 0, count: 3), shape: [1, 3]), "`labels.argmax(1)`"),
        ]
        try withTemporaryFolder { folder in
            for (array, fragment) in cases {
                let path = try write(array, to: folder)
                let error = #expect(throws: DatasetError.self) { try DataReference(parsing: path).open() }
                #expect(error?.message.contains(fragment) == true, "\(error?.message ?? "")")
                #expect(error?.message.contains("\(path), 'arr_1'") == true)
            }
        }
    }

    @Test("Points of no dimensions, infinite ones, and files without points say so")
    func points() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let url = folder.appending(path: "points.npz")
            func refused(_ arrays: [String: NumpyArray], _ fragment: String) throws {
                try NumpyArchive(arrays).write(to: url)
                let error = #expect(throws: DatasetError.self) { try PointFile(contentsOf: url) }
                #expect(error?.message.contains(fragment) == true, "\(error?.message ?? "")")
                #expect(error?.message.contains(url.path) == true)
            }
            try refused(
                ["points": NumpyArray([Float](), shape: [5, 0])], "have the shape [5, 0], not [N, D] with N and D")
            try refused(["arr_0": NumpyArray([Float](), shape: [0, 2])], "'arr_0': the points have the shape [0, 2]")
            try refused(["points": NumpyArray([1.0, 1e300], shape: [1, 2])], "point 0 has 1e+300")
            try refused(["xs": NumpyArray([1.0])], "no array 'points' or 'arr_0' in it; it holds 'xs'")
            try NumpyArchive(["xs": NumpyArray([1.0])]).write(to: url)
            let error = #expect(throws: DatasetError.self) { try DataReference(parsing: url.path).open() }
            #expect(error?.message.contains("it holds 'xs' float64[1]") == true, "\(error?.message ?? "")")
        }
    }

    @Test("A class that is too small is named by its name")
    func classNames() throws {
        let data = try TensorDataset(values: .zeros([3, 1]), labels: Tensor([0, 0, 1]), classNames: ["cat", "dog"])
        let error = #expect(throws: DatasetError.self) {
            try ClassSampler(data, seed: Seed(0)).indices(of: [1], perLabel: 2, step: 0)
        }
        #expect(
            error?.message.contains("Class 'dog' (number 1) should give 2 different examples, but it has 1") == true)
        let queue = QueueSampler(labels: [0], classes: 2, names: ["cat", "dog"], seed: Seed(0))
        let empty = #expect(throws: DatasetError.self) { try queue.indices(of: [1], perLabel: 1, step: 0) }
        #expect(empty?.message.contains("Class 'dog' (number 1) has no examples") == true)
    }

    @Test("Claims of IDX files are compared with the file before memory is taken, gzipped or not")
    func claims() throws {
        try withTemporaryFolder { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let url = folder.appending(path: "train-images-idx3-ubyte")
            try Data([0, 0, 8, 3, 0, 0x7F, 0xFF, 0xFF, 0, 0, 0, 28, 0, 0, 0, 28, 1, 2, 3]).write(to: url)
            let error = #expect(throws: FileError.self) { try IDX.read(url, rank: 3) }
            #expect(error?.code == .truncated && error?.file == url.path)
        }
    }

    @Test("Dequantised pixels of all levels come back exactly, whatever the noise")
    func levels() {
        let levels = Tensor.arange(256, dtype: .uint8)
        for seed in 0..<200 {
            let floats = Pixels.dequantised(levels, using: RandomSource(Seed(UInt64(seed))))
            assertEqual(Pixels.bytes(floats, .levels), levels)
        }
        // Rounding to the nearest of x / 127.5 - 1 is not the inverse: it changes 0 to 1 and 255 to 254 at times.
        #expect(
            Pixels.bytes(Tensor([-1, -0.993, 0.998, 1, 2, -2, .nan] as [Float]), .levels).scalars(as: Int.self) == [
                0, 0, 255, 255, 255, 0, 0,
            ])
    }
}
