internal import Datasets
internal import FileFormats
internal import Foundation
public import Settings
internal import Torch

/// Points of any dimension, in an npy or npz file.
public struct PointSettings: SettingsSection, Sendable, Hashable {
    /// The file.
    public var path = ""
    /// Numbers of a point; nil until the file has been read.
    public var dimensions: Int?
    /// Number of classes; nil until the file has been read.
    public var classes: Int?

    /// No file yet.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key(
            "path", &path, .nonEmpty,
            about:
                "npy file of points [N, D], or npz file with points (or arr_0) and, if there are classes, labels (or arr_1)."
        )
        key("dimensions", &dimensions, .in(1...65_536), about: "Numbers of a point, D; null for those of the file.")
        key("classes", &classes, .in(1...65_536), about: "Number of classes; null for one more than the largest label.")
    }

    /// Reads the file.
    func read() throws -> ReadData {
        let url = URL(filePath: path)
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw DatasetError(.notFound, "\(url.path): there is no such file. Correct data.path.")
        }
        let (points, labels) = try arrays(url)
        guard points.shape.count == 2, points.shape[0] > 0, dimensions == nil || dimensions == points.shape[1] else {
            throw DatasetError(
                .mismatch,
                """
                \(url.path): the points have the shape \(points.shape), not [N, \(dimensions.map(String.init) ?? "D")]. Correct \
                data.path or data.dimensions.
                """)
        }
        var resolved = self
        resolved.dimensions = points.shape[1]
        let largest = labels?.max() ?? 0
        let least = largest < .max ? largest + 1 : .max
        guard labels?.allSatisfy({ $0 >= 0 }) ?? true, labels.map({ $0.count == points.shape[0] }) ?? true,
            least <= classes ?? 65_536
        else {
            throw DatasetError(
                .mismatch,
                """
                \(url.path): labels must be one for each of the \(points.shape[0]) points, from 0 and below \
                \(classes ?? 65_536). Correct the file or data.classes.
                """)
        }
        resolved.classes = classes ?? least
        let values = Tensor(points.doubles.map(Float.init), shape: points.shape)
        guard values.isfinite().all().intItem() == 1 else {
            throw DatasetError(.invalidFile, "\(url.path): some numbers are not finite. Remove those points.")
        }
        return ReadData(try TensorDataset(values: values, labels: labels.map { Tensor($0) }), .points(resolved))
    }

    private func arrays(_ url: URL) throws -> (points: NumpyArray, labels: [Int]?) {
        guard url.pathExtension.lowercased() == "npz" else { return (try NumpyArray(contentsOf: url), nil) }
        let archive = try NumpyArchive(contentsOf: url)
        guard let points = archive.arrays["points"] ?? archive.arrays["arr_0"] else {
            throw DatasetError(.invalidFile, "\(url.path): there is no array 'points' or 'arr_0' in it.")
        }
        guard let labels = archive.arrays["labels"] ?? archive.arrays["arr_1"] else { return (points, nil) }
        guard let integers = labels.integers else {
            throw DatasetError(
                .invalidFile, "\(url.path): the labels are \(labels.elementType.name), not whole numbers.")
        }
        return (points, integers)
    }
}
