internal import FileFormats
public import Foundation
public import Torch

/// Images in a file, as `pushforward sample` and the evaluation suite of ADM write them.
public struct SampleArchive: Sendable {
    /// Images [N, C, H, W], uint8.
    public let images: Tensor
    /// Their classes, if the file has them.
    public let labels: [Int]?

    /// Reads an `.npz` with `arr_0` uint8 [N, H, W, C] and, perhaps, `arr_1` with N labels.
    ///
    /// - Throws: `FileError` if the file is damaged or its arrays are something else.
    public init(contentsOf url: URL) throws {
        try self.init(NumpyArchive(contentsOf: url), url)
    }

    init(_ archive: NumpyArchive, _ url: URL) throws {
        let array = try archive.array("arr_0")
        guard array.elementType == .uint8 else {
            throw FileError(
                .mismatch, url.path, "`arr_0` is \(array.elementType.name), not uint8",
                remedy: "Bytes of images in [-1, 1]: `((x + 1) * 127.5).round().clip(0, 255).astype('uint8')`.")
        }
        guard array.shape.count == 4, [1, 3].contains(array.shape[3]), array.shape[0] > 0 else {
            throw FileError(
                .mismatch, url.path, "`arr_0` has the shape \(array.shape), not [N, H, W, 1 or 3]",
                remedy: "Write images as uint8 [N, H, W, C].")
        }
        images = Tensor(array).permute(0, 3, 1, 2).contiguous()
        labels = archive.arrays["arr_1"]?.integers
        if let labels, labels.count != array.shape[0] {
            throw FileError(
                .mismatch, url.path,
                "there are \(array.shape[0]) images in `arr_0` but \(labels.count) labels in `arr_1`",
                remedy: "Write both from the same samples.")
        }
    }

    /// The images as a data set; classes are called by their numbers.
    ///
    /// - Throws: ``DatasetError`` if a label is negative.
    public func dataset() throws -> TensorDataset {
        try TensorDataset(values: images, labels: labels.map { Tensor($0) })
    }
}
