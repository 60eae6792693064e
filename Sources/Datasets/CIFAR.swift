internal import FileFormats
public import Foundation
internal import Torch

/// CIFAR-10 and CIFAR-100 in their binary form: 32 x 32 RGB images (Krizhevsky, 2009).
///
/// A record is the label, for CIFAR-100 after a coarse one that is not used, then 1024 bytes each of red, green and blue.
public enum CIFAR: String, Sendable, Hashable, CaseIterable, Codable {
    /// Ten classes: 50 000 images to learn from, 10 000 to test.
    case cifar10 = "cifar-10"
    /// A hundred classes: as many images.
    case cifar100 = "cifar-100"

    /// Names of the classes of CIFAR-10.
    public static let namesOfTen = [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ]

    /// Reads one split.
    ///
    /// - Parameters:
    ///   - split: One of the splits.
    ///   - folder: Folder of the `.bin` files; `$DATASETS/NAME` and `/usr/share/datasets/NAME` are searched if nil.
    /// - Returns: Images [N, 3, 32, 32], uint8, with labels.
    /// - Throws: ``DatasetError`` if there is no such folder or a label is out of range; `FileError` if a file is missing or
    ///   damaged.
    public func load(_ split: Split, from folder: URL? = nil) throws -> TensorDataset {
        let folder =
            try folder
            ?? StandardFolders.find(
                rawValue,
                remedy: "Fetch its binary version and set DATASETS to the folder that holds its folder \(rawValue).")
        guard split != .validation else {
            throw DatasetError(.notFound, "\(rawValue) has no part 'val': there is :train and :test.")
        }
        let parts = try files(split).map { try records(folder.appending(path: $0)) }
        let names = try classNames(folder)
        do {
            return try TensorDataset(
                values: Tensor.cat(parts.map(\.images)), labels: Tensor.cat(parts.map(\.labels)), classNames: names)
        } catch let error as DatasetError {
            throw DatasetError(error.code, "\(folder.path): \(error.message) Fetch the files again.")
        }
    }

    private func files(_ split: Split) -> [String] {
        switch (self, split) {
        case (.cifar10, .train): (1...5).map { "data_batch_\($0).bin" }
        case (.cifar10, .test): ["test_batch.bin"]
        case (.cifar100, .train): ["train.bin"]
        case (.cifar100, .test): ["test.bin"]
        case (_, .validation): []
        }
    }

    private func records(_ file: URL) throws -> (images: Tensor, labels: Tensor) {
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw FileError(
                .missing, file.path, "no such file",
                remedy: "The folder should hold all .bin files of \(rawValue)'s binary version: fetch it again.")
        }
        let bytes = try Gzip.contents(of: file, limit: 1 << 30)
        let (head, pixels) = (self == .cifar10 ? 1 : 2, 3072)
        guard !bytes.isEmpty, bytes.count % (head + pixels) == 0 else {
            throw FileError(
                .truncated, file.path, "\(bytes.count) bytes are no whole number of records of \(head + pixels)",
                remedy: "The file is cut short, or not of \(rawValue): fetch it again.")
        }
        let table = Tensor(bytes, shape: [bytes.count / (head + pixels), head + pixels])
        let images = table.slice(1, head).reshape(-1, 3, 32, 32).contiguous()
        return (images, table.select(1, head - 1).to(.int64))
    }

    private func classNames(_ folder: URL) throws -> [String] {
        let file = folder.appending(path: self == .cifar10 ? "batches.meta.txt" : "fine_label_names.txt")
        let count = self == .cifar10 ? 10 : 100
        guard FileManager.default.fileExists(atPath: file.path) else {
            return self == .cifar10 ? Self.namesOfTen : (0..<count).map(String.init)
        }
        let names = String(decoding: try Gzip.contents(of: file, limit: 1 << 20), as: UTF8.self).split(
            whereSeparator: \.isWhitespace)
        guard names.count == count else {
            throw FileError(
                .corrupt, file.path, "it names \(names.count) classes, not \(count)", remedy: "Fetch it again.")
        }
        return names.map(String.init)
    }
}
