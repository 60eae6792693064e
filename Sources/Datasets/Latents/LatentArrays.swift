internal import FileFormats
internal import Foundation
internal import Torch

/// The named arrays of a `.safetensors`, `.npz` or `.npy` file, which are read when they are asked for.
struct LatentArrays: Sendable {
    /// Type and shape of an array.
    struct Layout: CustomStringConvertible {
        let dtype: DType
        let shape: [Int]

        var isFloatingPoint: Bool { dtype.isFloatingPoint }
        var description: String { "\(dtype)\(shape)" }
    }

    private enum Format {
        case safetensors, npz, npy
    }

    /// The arrays by name; that of a `.npy` file is called `latents`.
    let layouts: [String: Layout]
    private let url: URL
    private let format: Format
    /// The open file, whose arrays lie in memory page by page; not kept for single images, of which there may be more files
    /// than a process may map.
    private let mapped: SafetensorsFile?

    /// Reads the headers of a file.
    init(_ url: URL) throws {
        self.url = url
        switch url.pathExtension.lowercased() {
        case "safetensors":
            format = .safetensors
            let file = try SafetensorsFile(url)
            layouts = file.layouts.mapValues { Layout(dtype: $0.dtype, shape: $0.shape) }
            // Tensors at odd places are copied as a whole.
            mapped = file.isAligned && layouts.values.contains { $0.shape.count == 4 && $0.shape[0] > 1 } ? file : nil
        case "npz":
            (format, mapped) = (.npz, nil)
            layouts = try NumpyLayout.arrays(in: url).mapValues(Self.layout)
        case "npy":
            (format, mapped) = (.npy, nil)
            layouts = ["latents": try Self.layout(NumpyLayout(contentsOf: url))]
        default:
            throw DatasetError(
                .invalidFile, "\(url.path): latents are read from .safetensors, .npz and .npy files, not from others.")
        }
    }

    /// True if parts of arrays can be read by themselves.
    var isMapped: Bool { mapped != nil }

    private static func layout(_ array: NumpyLayout) -> Layout {
        Layout(dtype: array.elementType.dtype, shape: array.shape)
    }

    /// An array that ``layouts`` names.
    func tensor(_ name: String) throws -> Tensor {
        switch format {
        case .safetensors:
            if let tensor = try (mapped ?? SafetensorsFile(url))[name] { return tensor }
        case .npz:
            if let array = try NumpyArchive(contentsOf: url, names: [name]).arrays[name] { return Tensor(array) }
        case .npy: return Tensor(try NumpyArray(contentsOf: url))
        }
        throw DatasetError(.invalidFile, "\(url.path): `\(name)`, which was there, is gone. Do not change data in use.")
    }

    /// The array `labels`, if there is one, as the classes of so many examples.
    func labels(of count: Int) throws -> [Int]? {
        guard layouts["labels"] != nil else { return nil }
        let labels = ClassLabels(place: "\(url.path), 'labels'", count: count)
        // Numbers of uint64 beyond int64 are named as they are.
        if format == .npz { return try labels.read(NumpyArchive(contentsOf: url, names: ["labels"]).array("labels")) }
        return try labels.read(tensor("labels"))
    }
}
