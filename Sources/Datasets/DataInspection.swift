public import FileFormats
internal import Torch

/// Contents of a data set: counts, sizes, balance, brightness, and files that cannot be read.
public struct DataInspection: Sendable {
    /// Number of examples, those that cannot be read included.
    public let count: Int
    /// Shape of an example.
    public let shape: [Int]
    /// Names of the classes with the number of examples of each; empty without labels.
    public let classes: [(name: String, count: Int)]
    /// Mean of each channel, 0...255 for images.
    public let means: [Double]
    /// Standard deviation of each channel over all pixels.
    public let deviations: [Double]
    /// Files that cannot be read.
    public let problems: [FileError]
    /// Further facts worth knowing before training: images of different kinds, files and folders that are not read.
    public let remarks: [String]
    /// Examples at equal distances through the data; nil unless they are gray or RGB images.
    public let contactSheet: Image8?

    /// Reads all of a data set, a batch at a time.
    ///
    /// - Parameters:
    ///   - dataset: The data.
    ///   - sheet: Number of images on the contact sheet.
    /// - Throws: ``DatasetError`` if no example can be read.
    public init(_ dataset: any Dataset, sheet: Int = 64) throws {
        let damaged = (dataset as? ImageCollection)?.problems() ?? []
        let bad = Set(damaged.map(\.index))
        let good = (0..<dataset.count).filter { !bad.contains($0) }
        guard let first = good.first else {
            throw DatasetError(
                .notFound,
                "None of the \(dataset.count) examples can be read. \(damaged.first?.error.description ?? "")")
        }
        let shape = try dataset.example(at: first).shape
        (means, deviations) = try Self.moments(dataset, good, channels: shape.count == 3 ? shape[0] : 1)
        count = dataset.count
        self.shape = shape
        classes = Array(zip(dataset.classNames, dataset.classCounts)).map { (name: $0, count: $1) }
        problems = damaged.map(\.error)
        remarks = (dataset as? ImageCollection)?.remarks ?? []
        contactSheet = try Self.sheet(dataset, good, sheet, shape)
    }

    private static func moments(
        _ dataset: any Dataset, _ indices: [Int], channels: Int
    ) throws -> (means: [Double], deviations: [Double]) {
        var sum = Tensor.zeros([channels], dtype: .float64)
        var squares = sum
        var pixels = 0
        for start in stride(from: 0, to: indices.count, by: 256) {
            let batch = try dataset.examples(at: Array(indices[start..<min(start + 256, indices.count)])).values
            let rows = batch.reshape(batch.shape[0], channels, -1).to(.float64)
            sum += rows.sum([0, 2])
            squares += rows.square().sum([0, 2])
            pixels += rows.shape[0] * rows.shape[2]
        }
        let mean = sum * (1 / Double(pixels))
        let variance = (squares * (1 / Double(pixels)) - mean.square()).clamp(0...)
        return (mean.scalars(), variance.sqrt().scalars())
    }

    private static func sheet(_ dataset: any Dataset, _ indices: [Int], _ wanted: Int, _ shape: [Int]) throws -> Image8?
    {
        guard shape.count == 3, [1, 3].contains(shape[0]), wanted > 0 else { return nil }
        let taken = min(wanted, indices.count)
        let chosen = (0..<taken).map { indices[$0 * indices.count / taken] }
        let values = try dataset.examples(at: chosen).values.permute(0, 2, 3, 1)
        guard values.dtype == .uint8 else { return nil }
        let images = (0..<taken).map { index in
            Image8(width: shape[2], height: shape[1], channels: shape[0], pixels: values[index].scalars())
        }
        return ImageGrid().sheet(of: images)
    }
}

extension ImageCollection {
    fileprivate var remarks: [String] {
        var remarks: [String] = []
        let extents = extents().sorted { ($1.value, $0.key.width) < ($0.value, $1.key.width) }
        if extents.count > 1 {
            let kinds = extents.prefix(6).map { extent, count in
                "\(count) of \(extent.width) x \(extent.height) \(extent.channels == 1 ? "gray" : "RGB")"
            }
            let more = extents.count > 6 ? " and \(extents.count - 6) more kinds" : ""
            remarks.append("Images differ: \(kinds.joined(separator: ", "))\(more).")
        }
        if Set(extents.map(\.key.channels)).count > 1 {
            remarks.append("Gray and RGB are mixed: training needs data.channels, to which all are brought.")
        }
        if !aside.emptyFolders.isEmpty {
            let names = aside.emptyFolders.prefix(6).joined(separator: ", ")
            remarks.append("Folders without images, which are no classes: \(names).")
        }
        if !aside.files.isEmpty { remarks.append("Not read: \(ClassFolders.listing(aside.files)).") }
        return remarks
    }
}
