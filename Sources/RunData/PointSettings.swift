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
        guard FileKind(at: PathBytes(existing: url.path)) != nil else {
            throw DatasetError(
                .notFound, "\(url.path): \(FileKind.missing(at: PathBytes(url.path), "file")). Correct data.path.")
        }
        let points = try PointFile(contentsOf: url, dimensions: dimensions, classes: classes)
        var resolved = self
        resolved.dimensions = points.values.shape[1]
        resolved.classes = classes ?? (points.labels?.max() ?? 0) + 1
        var read = ReadData(try points.dataset(classes: resolved.classes), .points(resolved))
        read.remarks += DataRemarks.outliers(points.values)
        return read
    }
}
