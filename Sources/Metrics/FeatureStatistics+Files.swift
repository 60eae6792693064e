internal import FileFormats
public import Foundation
internal import Torch

extension FeatureStatistics {
    /// Dimensions up to which a covariance is written beside its factor, for others to read: 128 MiB.
    private static let widest = 4096

    /// Reads an `.npz` with `mu` [D] and `sigma` [D, D], as pytorch-fid and others write them, and `count` and `origin` if
    /// they are there; `factor` [R, D] comes before `sigma`.
    ///
    /// - Throws: `FileError` if the file is damaged, lacks them, or holds numbers that are not finite.
    public init(contentsOf url: URL) throws {
        let archive = try NumpyArchive(contentsOf: url, ifPresent: ["mu", "sigma", "factor", "count", "origin"])
        let mean = try archive.array("mu")
        let factor = archive.arrays["factor"]
        let spread = try factor ?? archive.array("sigma")
        let name = factor == nil ? "sigma" : "factor"
        let fits = mean.shape.count == 1 && spread.shape.count == 2 && spread.shape[1] == mean.shape[0]
        guard fits, factor != nil || spread.shape[0] == mean.shape[0] else {
            throw FileError(
                .mismatch, url.path, "`mu` \(mean.shape) and `\(name)` \(spread.shape) are no mean and covariance",
                remedy: "Name a file of statistics with `mu` [D] and `sigma` [D, D].")
        }
        let (values, spreads) = (mean.doubles, spread.doubles)
        guard values.allSatisfy(\.isFinite), spreads.allSatisfy(\.isFinite) else {
            throw FileError(
                .mismatch, url.path, "`mu` or `\(name)` holds numbers that are not finite",
                remedy: "Compute the statistics again: some image or its features were broken.")
        }
        let count = archive.arrays["count"]?.integers?.first
        let origin = archive.arrays["origin"].map { String(decoding: $0.bytes, as: UTF8.self) }
        let (mu, matrix) = (Tensor(values), Tensor(spreads, shape: spread.shape))
        self =
            factor == nil
            ? try FeatureStatistics(count: count, mean: mu, covariance: matrix, origin: origin)
            : try FeatureStatistics(count: count, mean: mu, factor: matrix, origin: origin)
    }

    /// Writes `mu`, `sigma` (float64) and, if they are known, `count` (int64) and `origin` (UTF-8, uint8) to an `.npz`.
    ///
    /// With a ``factor`` it is written as well, and `sigma` only up to 4096 features.
    public func write(to url: URL) throws {
        var archive = NumpyArchive(["mu": NumpyArray(mean.scalars(as: Double.self))])
        func add(_ name: String, _ matrix: Tensor) {
            archive.arrays[name] = NumpyArray(matrix.scalars(as: Double.self), shape: matrix.shape)
        }
        if let factor { add("factor", factor) }
        if factor == nil || dimension <= Self.widest { add("sigma", covariance) }
        if let count { archive.arrays["count"] = NumpyArray([Int64(count)], shape: []) }
        if let origin { archive.arrays["origin"] = NumpyArray(Array(origin.utf8)) }
        try archive.write(to: url)
    }
}
