internal import FileFormats
public import Foundation
public import Torch

/// Latents of an autoencoder, in one file or in the files of a folder, read when they are asked for.
///
/// A file holds one or many; see the table below. A folder's files are taken in the order of their bytes. Classes are the `labels`
/// in the files, else the folders that the files lie in, a folder per class in the order of their bytes.
///
/// | Array in `.safetensors` or `.npz` | Shape | Meaning |
/// |---|---|---|
/// | `latents` | [N, C, H, W] or [C, H, W] | a latent of each image; a `.npy` file is this array alone |
/// | `moments` | [N, 2 C, H, W] or [2 C, H, W] | instead: mean and logarithm of the variance of each image's latent |
/// | `latents_flip`, `moments_flip` | the same | of the mirrored images |
/// | `labels` | [N] | classes, from 0 |
///
/// LightningDiT keeps latents in shards like this, and MAR moments in a file per image.
public struct LatentCollection: Dataset {
    /// The file or folder.
    public let root: String
    /// Shape of an example: [C, H, W], or [2 C, H, W] of moments.
    public let shape: [Int]
    /// True if examples are moments: means in the first half of the channels, logarithms of variances in the second.
    public let holdsMoments: Bool
    /// Class of each example; nil if neither files nor folders say.
    public let labels: [Int]?
    /// Names of the classes: numbers, or those of the folders.
    public let classNames: [String]
    /// The part that the examples are of; nil for all, or if they lie in no parts.
    public let part: Split?
    /// The parts that lie beside each other in the folder; none if it is in no parts.
    public let parts: [Split]
    /// Facts worth knowing, a sentence each.
    public let remarks: [String]
    private let files: [LatentFile]
    /// Index of the first example of each file, and the number of all images.
    private let starts: [Int]
    private let withMirrored: Bool

    /// Opens a file, or the files of a folder: headers and labels are read now, latents later.
    ///
    /// - Parameters:
    ///   - url: The file or folder.
    ///   - split: One of the folders `train` and `test`, if they are there.
    ///   - mirrored: True to make latents of the mirrored images examples as well, after all others.
    /// - Throws: ``DatasetError`` if there are none, or files differ; `FileError` and `TorchError` if one is damaged.
    public init(_ url: URL, split: Split? = nil, mirrored: Bool = false) throws {
        try self.init(url, PartChoice(preferring: split), mirrored: mirrored)
    }

    /// Opens a file, or the files of a part of a folder.
    ///
    /// - Throws: As ``init(_:split:mirrored:)``, and ``DatasetError`` if there is no such part.
    public init(_ url: URL, _ choice: PartChoice, mirrored: Bool = false) throws {
        let found = try LatentFiles(url, choice)
        (part, parts, remarks) = (found.folders.part, found.folders.allParts, found.remarks)
        (root, files, withMirrored) = (url.path, found.files, mirrored)
        (shape, holdsMoments) = (files[0].shape, files[0].holdsMoments)
        if mirrored, let other = files.first(where: { !$0.hasMirrored }) {
            throw DatasetError(
                .notFound,
                """
                \(other.url.path) has no latents of mirrored images. Write them as `\(holdsMoments ? "moments" : "latents")_flip`; \
                a mirrored latent is another thing.
                """)
        }
        starts = files.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
        let once = try found.labels()
        labels = mirrored ? once.map { $0 + $0 } : once
        let numbers = (0..<((once?.max() ?? -1) + 1)).map(String.init)
        classNames = found.isLabelled ? numbers : found.folders.names
    }

    /// Number of examples.
    public var count: Int { images * (withMirrored ? 2 : 1) }

    private var images: Int { starts[files.count] }

    /// Bytes of all examples as float32.
    public var byteCount: Int { shape.reduce(count * MemoryLayout<Float>.size, *) }

    /// One example, float32.
    ///
    /// - Throws: As the initialiser; ``DatasetError`` if numbers are infinite or NaN.
    public func example(at index: Int) throws -> Tensor {
        let (isMirrored, image) = index.quotientAndRemainder(dividingBy: images)
        let file = file(of: image)
        return try files[file].value(at: image - starts[file], mirrored: isMirrored == 1)
    }

    /// The last file that starts at or before an image.
    private func file(of image: Int) -> Int {
        var range = 0..<files.count
        while range.count > 1 {
            let middle = range.lowerBound + range.count / 2
            range = starts[middle] <= image ? middle..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }

    /// Examples [B, ...], float32, read by several threads.
    ///
    /// - Throws: As ``example(at:)``.
    public func examples(at indices: [Int]) throws -> Examples {
        let values = try Parallel.map(indices.count) { try example(at: indices[$0]) }
        return Examples(values: Tensor.stack(values), labels: labels(at: indices))
    }

    /// All examples in memory.
    ///
    /// - Throws: As ``example(at:)``.
    public func inMemory() throws -> TensorDataset {
        try Memory.require(byteCount, for: root)
        let values = Tensor.empty([count] + shape)
        for (isMirrored, offset) in withMirrored ? [(false, 0), (true, images)] : [(false, 0)] {
            for (file, start) in zip(files, starts) {
                values.slice(0, offset + start, offset + start + file.count)
                    .copy(from: try file.values(mirrored: isMirrored))
            }
        }
        return try TensorDataset(values: values, labels: labels.map { Tensor($0) }, classNames: classNames)
    }

    /// The examples in memory if they take no more bytes than that, else as they are, to be read when they are asked for.
    ///
    /// - Throws: As ``example(at:)``; ``DatasetError`` if a file of many examples can only be read as a whole.
    public func ready(inMemoryUpTo limit: Int = 4 << 30) throws -> any Dataset {
        if byteCount <= limit { return try inMemory() }
        guard let file = files.first(where: { !$0.isPiecewise }) else { return self }
        let gibibytes = Double(byteCount) / Double(1 << 30)
        throw DatasetError(
            .invalidFile,
            """
            \(file.url.path): the latents take \(gibibytes.formatted(.number.precision(.fractionLength(1)))) GiB, too much to \
            be kept in memory, and this file can only be read as a whole. Write .safetensors files, or a file for each \
            image.
            """)
    }
}
