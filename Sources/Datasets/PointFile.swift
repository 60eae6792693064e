internal import FileFormats
public import Foundation
public import Torch

/// Points of any dimension in a file: `.npy` with [N, D], or `.npz` with `points` (or `arr_0`) and, perhaps, `labels` (or
/// `arr_1`).
public struct PointFile: Sendable {
    /// Points [N, D], float32.
    public let values: Tensor
    /// Their classes; nil if the file has none.
    public let labels: [Int]?

    /// Most classes of points.
    public static let mostClasses = 65_536

    /// Reads a file; of an `.npz` only the arrays of these names, so that others may be of any kind and size.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - dimensions: D, if it is known.
    ///   - classes: Number of classes, if it is known.
    /// - Throws: ``DatasetError`` that names file, array, what was found and what is expected; `FileError` if the file is
    ///   damaged.
    public init(contentsOf url: URL, dimensions: Int? = nil, classes: Int? = nil) throws {
        let (points, place, stored) = try Self.arrays(url)
        let wanted = "[N, \(dimensions.map(String.init) ?? "D")]"
        guard points.shape.count == 2, points.shape[0] > 0, points.shape[1] > 0 else {
            let isEmpty = points.shape.contains(0)
            throw DatasetError(
                .mismatch,
                """
                \(place): the points have the shape \(points.shape), not \(wanted)\(isEmpty ? " with N and D at least 1" : ""). \
                Write a row of at least one number for each point.
                """)
        }
        guard dimensions == nil || dimensions == points.shape[1] else {
            throw DatasetError(
                .mismatch,
                "\(place): the points have the shape \(points.shape), not \(wanted). Correct data.path or data.dimensions."
            )
        }
        let numbers = points.doubles
        if let index = numbers.firstIndex(where: { !Float($0).isFinite }) {
            let row = index / points.shape[1]
            throw DatasetError(
                .invalidFile,
                """
                \(place): some numbers are not finite in float32: point \(row) has \(numbers[index]). Remove such points, or \
                scale the data down.
                """)
        }
        values = Tensor(numbers.map(Float.init), shape: points.shape)
        labels = try stored.map { name, array in
            try ClassLabels(
                place: "\(url.path), '\(name)'", count: points.shape[0], limit: classes ?? Self.mostClasses
            ).read(array)
        }
    }

    /// The points as a data set; classes are called by their numbers.
    public func dataset(classes: Int? = nil) throws -> TensorDataset {
        let names = classes.map { (0..<$0).map(String.init) }
        return try TensorDataset(
            values: values, labels: labels.map { Tensor($0) }, classNames: labels == nil ? nil : names)
    }

    private static func arrays(
        _ url: URL
    ) throws -> (points: NumpyArray, place: String, labels: (name: String, array: NumpyArray)?) {
        guard url.pathExtension.lowercased() == "npz" else { return (try NumpyArray(contentsOf: url), url.path, nil) }
        let archive = try NumpyArchive(contentsOf: url, ifPresent: ["points", "arr_0", "labels", "arr_1"])
        guard let name = ["points", "arr_0"].first(where: { archive.arrays[$0] != nil }) else {
            let found = archive.names.isEmpty ? "nothing" : archive.names.map { "'\($0)'" }.joined(separator: ", ")
            throw DatasetError(
                .invalidFile,
                """
                \(url.path): there is no array 'points' or 'arr_0' in it; it holds \(found). Write \
                `numpy.savez(file, points=points, labels=labels)`, points [N, D].
                """)
        }
        let labels = ["labels", "arr_1"].first { archive.arrays[$0] != nil }
        let stored = try labels.map { ($0, try archive.array($0)) }
        return (try archive.array(name), "\(url.path), '\(name)'", stored)
    }
}
