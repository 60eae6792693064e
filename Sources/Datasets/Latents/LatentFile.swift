internal import FileFormats
internal import Foundation
internal import Torch

/// One file of latents: its headers, and access to the rest.
///
///     latents        [N, C, H, W], or [C, H, W] of one image       or, instead,
///     moments        [N, 2 C, H, W], or [2 C, H, W]: means above logarithms of variances, as autoencoders give them
///     latents_flip, moments_flip      the same of the mirrored images
///     labels         [N]
///
/// `.safetensors` and `.npz` hold arrays of these names; a `.npy` file is the latents alone.
struct LatentFile: Sendable {
    /// Endings of the files that are read.
    static let endings = ["safetensors", "npz", "npy"]

    /// Path of the file.
    let url: URL
    /// Number of images, N.
    let count: Int
    /// Shape of one latent, or of its moments.
    let shape: [Int]
    /// True if moments are stored, and not latents.
    let holdsMoments: Bool
    /// True if the mirrored images are there as well.
    let hasMirrored: Bool
    /// Classes [N], if the file has any.
    let labels: [Int]?
    private let arrays: LatentArrays

    /// Reads headers and labels.
    ///
    /// - Throws: ``DatasetError`` if the file is of another kind, or its arrays have wrong shapes or types; `FileError` and
    ///   `TorchError` if it is damaged.
    init(_ url: URL) throws {
        self.url = url
        arrays = try LatentArrays(url)
        holdsMoments = arrays.layouts["latents"] == nil && arrays.layouts["moments"] != nil
        let name = holdsMoments ? "moments" : "latents"
        guard let layout = arrays.layouts[name] else { throw Self.nothing(in: url, arrays.layouts.keys.sorted()) }
        guard layout.isFloatingPoint, [3, 4].contains(layout.shape.count), !layout.shape.contains(0) else {
            throw DatasetError(
                .mismatch,
                """
                \(url.path): latents are floats [N, C, H, W] or [C, H, W], and it holds \(layout). Folders are read as latents; \
                points and samples lie in a single file.
                """)
        }
        count = layout.shape.count == 4 ? layout.shape[0] : 1
        shape = layout.shape.suffix(3)
        guard !holdsMoments || shape[0].isMultiple(of: 2) else {
            throw DatasetError(
                .mismatch,
                "\(url.path): the moments \(layout) have an odd number of channels, not means and variances.")
        }
        hasMirrored = arrays.layouts[name + "_flip"] != nil
        if let mirrored = arrays.layouts[name + "_flip"], mirrored.shape != layout.shape {
            throw DatasetError(.mismatch, "\(url.path): the \(name) are \(layout), the mirrored ones \(mirrored).")
        }
        labels = try arrays.labels(of: count)
    }

    /// True if single examples can be read without reading the whole file.
    var isPiecewise: Bool { count == 1 || arrays.isMapped }

    /// All examples [N, ...], float32.
    ///
    /// - Parameter mirrored: True for those of the mirrored images.
    func values(mirrored: Bool) throws -> Tensor {
        try finite(stored(mirrored).to(.float32).reshape([count] + shape))
    }

    /// One example, float32.
    func value(at index: Int, mirrored: Bool) throws -> Tensor {
        try finite(stored(mirrored).reshape([count] + shape)[index].to(.float32))
    }

    private func stored(_ mirrored: Bool) throws -> Tensor {
        try arrays.tensor((holdsMoments ? "moments" : "latents") + (mirrored ? "_flip" : ""))
    }

    private func finite(_ values: Tensor) throws -> Tensor {
        // Infinities and NaN alone are not 0 times themselves.
        guard ((values * 0) .== 0).all().intItem() == 1 else {
            throw DatasetError(.invalidFile, "\(url.path): some latents are infinite or NaN.")
        }
        return values
    }

    private static func nothing(in url: URL, _ names: [String]) -> DatasetError {
        let isOther = names.contains("points") || names.contains("arr_0")
        let found = names.isEmpty ? "nothing" : names.prefix(8).joined(separator: ", ")
        return DatasetError(
            .invalidFile,
            """
            \(url.path) has no `latents`: it holds \(found). Write them under that name, [N, C, H, W], or means and \
            logarithms of variances as `moments`, [N, 2 C, H, W].\(isOther ? " To read points or samples, name the file itself." : "")
            """)
    }
}
