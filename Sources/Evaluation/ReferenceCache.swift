internal import FileFormats
public import Foundation
public import Metrics
internal import Torch

/// Features of reference data on disk, so that the next evaluation against the same data does not compute them again.
///
/// A file's name is a digest of all that the features depend on: the extractor with the checksum of its weights, and the
/// images' bytes, which stand for the data, their number and their resizing. A file that is damaged is not used.
public struct ReferenceCache: Sendable {
    /// Folder of the files.
    public let folder: URL

    /// A cache in a folder, which is made when something is written.
    public init(_ folder: URL = ClassifierExtractor.standardCache) { self.folder = folder }

    /// Features of images: from the cache, or computed now and kept.
    ///
    /// - Parameters:
    ///   - images: The images in the shape that the extractor takes.
    ///   - extractor: Extractor of the features.
    /// - Throws: Errors of the extractor; a cache that cannot be written to is no error.
    public func features(of images: ImageSet, by extractor: any FeatureExtractor) throws -> FeatureSet {
        let key = Self.key(images, extractor)
        let file = folder.appending(path: "features-\(key.prefix(32)).safetensors")
        if let known = try? Self.read(file, key), known.count == images.count { return known }
        let features = try FeatureSet(of: images.pixels, by: extractor)
        // A cache that cannot be written to costs time, not the result.
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try? AtomicFile.removeLeftovers(in: folder)
        try? Self.write(features, to: file, key)
        return features
    }

    private static func key(_ images: ImageSet, _ extractor: any FeatureExtractor) -> String {
        var digest = SHA256()
        digest.update("1 \(extractor.name) \(extractor.checksum) \(images.pixels.shape)\n")
        images.pixels.withUnsafeBytes { digest.update($0) }
        return digest.hexadecimal()
    }

    private static func write(_ set: FeatureSet, to file: URL, _ key: String) throws {
        let tensors = set.named
        try SafetensorsFile.write(tensors, to: file, metadata: ["key": key, "sum": sum(tensors)])
    }

    /// Damage that leaves the file readable shows in the checksum.
    private static func read(_ file: URL, _ key: String) throws -> FeatureSet? {
        let content = try SafetensorsFile(file)
        guard let features = content.tensors["features"] else { return nil }
        let set = FeatureSet(features: features, logits: content.tensors["logits"])
        guard content.metadata["key"] == key, content.metadata["sum"] == sum(set.named) else { return nil }
        return set
    }

    private static func sum(_ tensors: [NamedTensor]) -> String {
        var digest = SHA256()
        for tensor in tensors {
            digest.update("\(tensor.name) \(tensor.tensor.shape)\n")
            tensor.tensor.withUnsafeBytes { digest.update($0) }
        }
        return digest.hexadecimal()
    }
}

extension FeatureSet {
    /// Names of the parts in files.
    fileprivate var named: [NamedTensor] {
        [(name: "features", tensor: features)] + (logits.map { [(name: "logits", tensor: $0)] } ?? [])
    }
}
