internal import FileFormats
public import Foundation
internal import Torch

/// Latents of an autoencoder in one file: [N, C, H, W] of floats, and perhaps N labels.
///
/// `.safetensors` and `.npz` hold them as `latents` and `labels`; a `.npy` file is the latents alone.
public enum LatentFile {
    /// Endings of the files that are read.
    public static let endings = ["safetensors", "npz", "npy"]

    /// Reads a file.
    ///
    /// - Returns: The latents as float32; classes are called by their numbers.
    /// - Throws: ``DatasetError`` if the file is of another kind, or its arrays are not what they should be; `FileError`
    ///   and `TorchError` if it is damaged.
    public static func read(_ url: URL) throws -> TensorDataset {
        switch url.pathExtension.lowercased() {
        case "safetensors":
            let file = try SafetensorsFile(url)
            return try dataset(file["latents"], file["labels"], url, holding: file.names)
        case "npz":
            return try dataset(NumpyArchive(contentsOf: url), url)
        case "npy":
            return try dataset(Tensor(NumpyArray(contentsOf: url)), nil, url, holding: [])
        default:
            throw DatasetError(
                .invalidFile, "\(url.path): latents are read from .safetensors, .npz and .npy files, not from others.")
        }
    }

    static func dataset(_ archive: NumpyArchive, _ url: URL) throws -> TensorDataset {
        try dataset(
            archive.arrays["latents"].map(Tensor.init(_:)), archive.arrays["labels"].map(Tensor.init(_:)), url,
            holding: archive.arrays.keys.sorted())
    }

    private static func dataset(
        _ latents: Tensor?, _ labels: Tensor?, _ url: URL, holding names: [String]
    ) throws -> TensorDataset {
        guard let latents else {
            let found = names.isEmpty ? "nothing" : names.prefix(8).joined(separator: ", ")
            throw DatasetError(
                .invalidFile,
                "\(url.path) has no `latents`: it holds \(found). Write them under that name, [N, C, H, W].")
        }
        guard latents.rank == 4, latents.count > 0, latents.dtype.isFloatingPoint else {
            throw DatasetError(
                .mismatch, "\(url.path): the latents are \(latents.dtype)\(latents.shape), not floats [N, C, H, W].")
        }
        let values = latents.to(.float32).contiguous()
        // Infinities and NaN alone are not 0 times themselves.
        guard ((values * 0) .== 0).all().intItem() == 1 else {
            throw DatasetError(.invalidFile, "\(url.path): some latents are infinite or NaN.")
        }
        if let labels, labels.rank != 1 || labels.dtype.isFloatingPoint {
            throw DatasetError(
                .mismatch, "\(url.path): the labels are \(labels.dtype)\(labels.shape), not whole numbers [N].")
        }
        do {
            return try TensorDataset(values: values, labels: labels?.to(.int64))
        } catch let error as DatasetError {
            throw DatasetError(error.code, "\(url.path): \(error.message)")
        }
    }
}
