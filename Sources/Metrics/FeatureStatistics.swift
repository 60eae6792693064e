internal import FileFormats
public import Foundation
public import Torch

/// Mean and covariance of features: all that the Fréchet distance sees of a set of images.
public struct FeatureStatistics: Sendable {
    /// Number of examples, N; nil if a file does not say.
    public let count: Int?
    /// Mean [D], float64.
    public let mean: Tensor
    /// Covariance [D, D] with divisor N - 1, float64.
    public let covariance: Tensor
    /// Name and checksum of the extractor of the features; nil if it is not known, as in other people's files.
    public var origin: String?

    /// Statistics that are known.
    ///
    /// - Parameters:
    ///   - count: Number of examples; nil if it is not known.
    ///   - mean: [D].
    ///   - covariance: [D, D].
    ///   - origin: Name of the extractor of the features; nil if it is not known.
    public init(count: Int?, mean: Tensor, covariance: Tensor, origin: String? = nil) {
        let dimension = mean.count
        precondition(
            mean.rank == 1 && covariance.shape == [dimension, dimension],
            "a mean \(mean.shape) and a covariance \(covariance.shape) do not fit")
        self.count = count
        self.mean = mean.to(.float64)
        self.covariance = covariance.to(.float64)
        self.origin = origin
    }

    /// Statistics of features [N, D].
    ///
    /// - Throws: ``MetricError`` if there are fewer than two, or some are not finite.
    public init(of features: Tensor) throws {
        var accumulator = FeatureAccumulator()
        accumulator.add(features)
        self = try accumulator.statistics()
    }

    /// Number of features, D.
    public var dimension: Int { mean.count }

    /// Reads an `.npz` with `mu` [D] and `sigma` [D, D], as pytorch-fid and others write them, and `count` and `origin` if
    /// they are there.
    ///
    /// - Throws: `FileError` if the file is damaged, lacks one of them, or holds numbers that are not finite.
    public init(contentsOf url: URL) throws {
        let archive = try NumpyArchive(contentsOf: url, ifPresent: ["mu", "sigma", "count", "origin"])
        let (mean, covariance) = (try archive.array("mu"), try archive.array("sigma"))
        guard mean.shape.count == 1, covariance.shape == mean.shape + mean.shape else {
            throw FileError(
                .mismatch, url.path, "`mu` \(mean.shape) and `sigma` \(covariance.shape) are no mean and covariance",
                remedy: "Name a file of statistics with `mu` [D] and `sigma` [D, D].")
        }
        guard (mean.doubles + covariance.doubles).allSatisfy(\.isFinite) else {
            throw FileError(
                .mismatch, url.path, "`mu` or `sigma` holds numbers that are not finite",
                remedy: "Compute the statistics again: some image or its features were broken.")
        }
        self.init(
            count: archive.arrays["count"]?.integers?.first, mean: Tensor(mean.doubles),
            covariance: Tensor(covariance.doubles, shape: covariance.shape),
            origin: archive.arrays["origin"].map { String(decoding: $0.bytes, as: UTF8.self) })
    }

    /// Writes `mu`, `sigma` (float64) and, if they are known, `count` (int64) and `origin` (UTF-8, uint8) to an `.npz`.
    public func write(to url: URL) throws {
        var archive = NumpyArchive([
            "mu": NumpyArray(mean.scalars(as: Double.self)),
            "sigma": NumpyArray(covariance.scalars(as: Double.self), shape: covariance.shape),
        ])
        if let count { archive.arrays["count"] = NumpyArray([Int64(count)], shape: []) }
        if let origin { archive.arrays["origin"] = NumpyArray(Array(origin.utf8)) }
        try archive.write(to: url)
    }
}
