internal import FileFormats
public import Foundation
internal import Torch

/// Data sets that come as MNIST does: 28 x 28 gray images in ten classes, four gzipped IDX files.
public enum MNISTFamily: String, Sendable, Hashable, CaseIterable, Codable {
    /// Handwritten digits (LeCun, Cortes and Burges, 1998).
    case mnist
    /// Articles of clothing (Xiao, Rasul and Vollgraf, 2017): 60 000 to learn from, 10 000 to test.
    case fashionMNIST = "fashion-mnist"

    /// Names of the ten classes.
    public var classNames: [String] {
        switch self {
        case .mnist: (0...9).map(String.init)
        case .fashionMNIST:
            [
                "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
                "Ankle boot",
            ]
        }
    }

    /// Reads one split.
    ///
    /// - Parameters:
    ///   - split: One of the splits.
    ///   - folder: Folder of the files; ``standardFolders(environment:)`` are searched if nil.
    /// - Returns: Images [N, 1, 28, 28], uint8, with their labels.
    /// - Throws: ``DatasetError`` if there is no such folder, or images and labels do not fit; `FileError` if a file is
    ///   missing or damaged.
    public func load(_ split: Split, from folder: URL? = nil) throws -> TensorDataset {
        let folder = try folder ?? StandardFolders.find(rawValue, remedy: remedy)
        guard split != .validation else {
            throw DatasetError(.notFound, "\(rawValue) has no part 'val': there is :train and :test.")
        }
        let prefix = split == .train ? "train" : "t10k"
        let images = try IDX.read(Self.file("\(prefix)-images-idx3-ubyte", in: folder), rank: 3)
        let labels = try IDX.read(Self.file("\(prefix)-labels-idx1-ubyte", in: folder), rank: 1)
        do {
            return try TensorDataset(values: images.unsqueeze(1), labels: labels.to(.int64), classNames: classNames)
        } catch let error as DatasetError {
            throw DatasetError(error.code, "\(folder.path), \(prefix): \(error.message) Fetch both files again.")
        }
    }

    /// Possible folders of the files: `$DATASETS/NAME`, then `/usr/share/datasets/NAME`, as in Debian's package.
    public func standardFolders(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> [URL] {
        StandardFolders.of(rawValue, environment: environment)
    }

    private var remedy: String {
        switch self {
        case .mnist:
            "Fetch its four .gz files and set DATASETS to the folder that holds their folder mnist."
        case .fashionMNIST:
            """
            On Debian and Ubuntu: sudo apt-get install dataset-fashion-mnist. Elsewhere fetch the four .gz files from \
            https://github.com/zalandoresearch/fashion-mnist and set DATASETS to the folder that holds their folder \
            fashion-mnist.
            """
        }
    }

    /// The file in the folder, gzipped or not.
    private static func file(_ name: String, in folder: URL) throws -> URL {
        let candidates = ["\(name).gz", name].map { folder.appending(path: $0) }
        let found = candidates.first { FileManager.default.fileExists(atPath: $0.path) }
        guard let found else {
            throw FileError(
                .missing, candidates[0].path, "no such file, and none without .gz either",
                remedy: "The folder should hold the data set's four files: fetch it again.")
        }
        return found
    }
}
