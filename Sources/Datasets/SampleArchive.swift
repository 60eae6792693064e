internal import FileFormats
public import Foundation
public import Torch

/// Images in a file, as `pushforward sample` and the evaluation suite of ADM write them.
public struct SampleArchive: Sendable {
    /// Images [N, C, H, W], uint8.
    public let images: Tensor
    /// Their classes, if the file has them.
    public let labels: [Int]?

    /// Reads an `.npz` with `arr_0` uint8 [N, H, W, C] and, perhaps, `arr_1` with N labels; other arrays are not read.
    ///
    /// - Throws: `FileError` if the file is damaged or its arrays are something else; ``DatasetError`` if labels are no
    ///   classes.
    public init(contentsOf url: URL) throws {
        let array: NumpyArray
        if url.pathExtension.lowercased() == "npy" {
            (array, labels) = (try NumpyArray(contentsOf: url), nil)
        } else {
            let archive = try NumpyArchive(contentsOf: url, ifPresent: ["arr_0", "arr_1"])
            array = try archive.array("arr_0")
            let count = array.shape.first ?? 0
            labels = try archive.arrays["arr_1"].map { stored in
                guard stored.count == count else {
                    throw FileError(
                        .mismatch, url.path,
                        "there are \(count) images in `arr_0` but \(stored.count) labels in `arr_1`",
                        remedy: "Write both from the same samples, a label for each image.")
                }
                return try ClassLabels(place: "\(url.path), 'arr_1'", count: count).read(stored)
            }
        }
        try Self.check(array, url)
        try Memory.require(2 * array.count, for: url.path)
        images = Tensor(array).permute(0, 3, 1, 2).contiguous()
    }

    private static func check(_ array: NumpyArray, _ url: URL) throws {
        guard array.elementType == .uint8 else {
            throw FileError(
                .mismatch, url.path, "`arr_0` is \(array.elementType.name), not uint8",
                remedy: "Bytes of images in [-1, 1]: `((x + 1) * 127.5).round().clip(0, 255).astype('uint8')`.")
        }
        guard array.shape.count == 4, [1, 3].contains(array.shape[3]), !array.shape.contains(0) else {
            throw FileError(
                .mismatch, url.path, "`arr_0` has the shape \(array.shape), not [N, H, W, 1 or 3]",
                remedy: "Write images as uint8 [N, H, W, C].")
        }
    }

    /// The images as a data set; classes are called by their numbers.
    ///
    /// - Throws: ``DatasetError`` if a label is negative.
    public func dataset() throws -> TensorDataset {
        try TensorDataset(values: images, labels: labels.map { Tensor($0) })
    }
}
