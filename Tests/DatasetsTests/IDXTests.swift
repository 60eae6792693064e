import Datasets
import FileFormats
import Foundation
import TestSupport
import Testing
import Torch

@Suite("IDX files") struct IDXTests {
    /// Two images of 2 x 3.
    static let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3] + Array(1...12)

    @Test("Sizes are big-endian and elements row-major")
    func decoding() throws {
        let tensor = try IDX.decode(Self.images, rank: 3, name: "images")
        assertEqual(tensor, Tensor(Array(1...12) as [UInt8], shape: [2, 2, 3]))
    }

    @Test(
        "Damaged content is refused with the file's name and what is wrong",
        arguments: [
            (Array(images.dropLast()), FileError.Code.truncated, "11 are there"),
            (images + [0], .corrupt, "1 bytes are left over"),
            (Array(images.prefix(10)), .truncated, "within its header"),
            ([0x3c, 0x68, 0x74, 0x6d], .corrupt, "begins with two zero bytes"),
            ([], .corrupt, "begins with two zero bytes"),
            ([0, 0, 13, 3] + images.dropFirst(4), .unsupported, "type 13"),
            ([0, 0, 8, 1, 0, 0, 0, 1, 7], .mismatch, "1 dimensions where 3"),
            ([0, 0, 8, 3] + [UInt8](repeating: 255, count: 12), .corrupt, "promises the size"),
        ])
    func damaged(_ bytes: [UInt8], _ code: FileError.Code, _ text: String) {
        let error = #expect(throws: FileError.self) { try IDX.decode(bytes, rank: 3, name: "some/file") }
        #expect(error?.code == code)
        #expect(error?.description.contains(text) == true)
        #expect(error?.description.hasPrefix("some/file:") == true)
    }

    @Test("A folder of MNIST's form is read, gzipped or not, and its parts must fit")
    func family() throws {
        try withTemporaryFolder { folder in
            let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2, 9, 4]
            try Data(Self.images).write(to: folder.appending(path: "t10k-images-idx3-ubyte"))
            try Data(labels).write(to: folder.appending(path: "t10k-labels-idx1-ubyte"))
            let test = try MNISTFamily.fashionMNIST.load(.test, from: folder)
            #expect(test.values.shape == [2, 1, 2, 3])
            #expect(test.labels == [9, 4])
            #expect(test.classNames[9] == "Ankle boot")

            try Data([0, 0, 8, 1, 0, 0, 0, 1, 9]).write(to: folder.appending(path: "t10k-labels-idx1-ubyte"))
            let error = #expect(throws: DatasetError.self) { try MNISTFamily.fashionMNIST.load(.test, from: folder) }
            #expect(error?.code == .mismatch)
            let missing = #expect(throws: FileError.self) { try MNISTFamily.fashionMNIST.load(.train, from: folder) }
            #expect(missing?.file.hasSuffix("train-images-idx3-ubyte.gz") == true)
        }
    }

    @Test("The folder that DATASETS names is searched first, then Debian's")
    func folders() {
        let folders = MNISTFamily.fashionMNIST.standardFolders(environment: ["DATASETS": "/data"])
        #expect(folders.map(\.path) == ["/data/fashion-mnist", "/usr/share/datasets/fashion-mnist"])
        #expect(MNISTFamily.mnist.standardFolders(environment: [:]).map(\.path) == ["/usr/share/datasets/mnist"])
    }

    static let isInstalled = FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist")

    @Test("Fashion-MNIST has 70 000 images, as many of each class", .enabled(if: isInstalled))
    func fashion() throws {
        let folder = URL(filePath: "/usr/share/datasets/fashion-mnist")
        let train = try MNISTFamily.fashionMNIST.load(.train, from: folder)
        let test = try MNISTFamily.fashionMNIST.load(.test, from: folder)
        #expect(train.values.shape == [60_000, 1, 28, 28])
        #expect(train.classCounts == [Int](repeating: 6000, count: 10))
        #expect(test.classCounts == [Int](repeating: 1000, count: 10))
        // Mean and deviation that are commonly used to standardise the training images.
        assertClose(train.values.to(.float64).mean().item() / 255, 0.2860, relative: 0, absolute: 5e-5)
        assertClose(train.values.to(.float64).std().item() / 255, 0.3530, relative: 0, absolute: 5e-5)
    }
}
