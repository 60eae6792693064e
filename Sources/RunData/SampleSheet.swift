public import Datasets
public import FileFormats
public import Foundation
public import Torch

/// Samples as pictures and arrays on disk.
public enum SampleSheet {
    /// Images [N, C, H, W] in [-1, 1] as 8-bit images.
    ///
    /// - Parameters:
    ///   - values: In [-1, 1].
    ///   - quantisation: ``DataLayout/quantisation`` of the data that they were learned from.
    public static func images(_ values: Tensor, _ quantisation: Pixels.Quantisation = .nearest) -> [Image8] {
        let bytes = Pixels.bytes(values, quantisation).permute(0, 2, 3, 1).contiguous()
        let s = bytes.shape
        let pixels = bytes.scalars(as: UInt8.self)
        let length = s[1] * s[2] * s[3]
        return (0..<s[0]).map { index in
            Image8(
                width: s[2], height: s[1], channels: s[3],
                pixels: Array(pixels[(index * length)..<((index + 1) * length)]))
        }
    }

    /// Writes a sheet of images [N, C, H, W] as PNG, small ones enlarged so that they can be seen.
    ///
    /// - Parameters:
    ///   - values: In [-1, 1].
    ///   - perRow: Images in a row.
    ///   - quantisation: ``DataLayout/quantisation`` of the data that they were learned from.
    ///   - url: The file.
    public static func write(
        _ values: Tensor, perRow: Int, _ quantisation: Pixels.Quantisation = .nearest, to url: URL
    ) throws {
        let magnification = max(1, 64 / max(values.shape[2], 1))
        let grid = ImageGrid(columns: perRow, padding: 1, magnification: magnification)
        try grid.sheet(of: images(values, quantisation)).writePNG(to: url)
    }

    /// Images [N, C, H, W] one below the other, without a border.
    public static func frame(_ values: Tensor, _ quantisation: Pixels.Quantisation = .nearest) -> Image8 {
        ImageGrid(columns: 1, padding: 0).sheet(of: images(values, quantisation))
    }

    /// Images [N, C, H, W] in [-1, 1] as uint8 [N, H, W, C]; latents and points as float32.
    public static func array(_ values: Tensor, of layout: DataLayout) -> NumpyArray {
        guard layout.isImage else { return layout.floats(values) }
        let bytes = layout.bytes(values).permute(0, 2, 3, 1).contiguous()
        return NumpyArray(bytes.scalars(as: UInt8.self), shape: bytes.shape)
    }

    /// Writes samples as the evaluation suite of ADM reads them.
    ///
    /// Images are `arr_0`, uint8 [N, H, W, C], points float32 [N, 2], with int64 labels [N] in `arr_1`. Latents are written
    /// as they lie in files: `latents`, float32 [N, C, H, W], and `labels`.
    ///
    /// - Parameters:
    ///   - values: Images [N, C, H, W] in [-1, 1], latents [N, C, H, W] as networks see them, or points [N, 2].
    ///   - layout: Layout of the data.
    ///   - labels: Classes.
    ///   - url: The file, `.npz`.
    public static func writeArchive(_ values: Tensor, of layout: DataLayout, labels: [Int], to url: URL) throws {
        let array = array(values, of: layout)
        let (name, labelName) = layout.kind == .latents ? ("latents", "labels") : ("arr_0", "arr_1")
        let classes = NumpyArray(labels.map(Int64.init), shape: [labels.count])
        try NumpyArchive([name: array, labelName: classes]).write(to: url)
    }
}

extension DataLayout {
    /// Latents or points of networks as they lie in files.
    public func floats(_ values: Tensor) -> NumpyArray {
        let stored = kind == .latents ? scaling.file(values) : values
        return NumpyArray(stored.scalars(as: Float.self), shape: stored.shape)
    }
}
