public import Datasets
internal import FileFormats
internal import Metrics
public import Torch

/// Images that are judged, or judged by, and the change that brought them to their shape.
public struct ImageSet: Sendable {
    /// Choice of images if there are more than needed.
    public enum Choice: Sendable, Hashable {
        /// At equal distances: right for data that are sorted by class.
        case spread
        /// At random with a fixed seed: right for samples, whose classes may come in turn or one after the other.
        case random
    }

    /// Changes by cropping and resizing.
    public struct Resizing: Sendable, Hashable, Codable {
        /// Shape [C, H, W] before; nil if the images had several.
        public var from: [Int]?
        /// Shape [C, H, W] after.
        public var to: [Int]
    }

    /// Images [N, C, H, W], uint8.
    public let pixels: Tensor
    /// Change that brought them to their shape; nil if they are as they were found.
    public let resizing: Resizing?
    /// Names of images of the same data that were left out because they cannot be read.
    public let leftOut: [String]
    /// What `data inspect` remarks about the data they are of.
    public let remarks: [String]

    /// Images that are taken as they are.
    public init(_ pixels: Tensor) { self.init(pixels, nil) }

    private init(_ pixels: Tensor, _ resizing: Resizing?, leftOut: [String] = [], remarks: [String] = []) {
        self.pixels = pixels
        self.resizing = resizing
        self.leftOut = leftOut
        self.remarks = remarks
    }

    /// Images that are brought to a shape.
    ///
    /// - Parameters:
    ///   - pixels: Images [N, C, H, W], uint8.
    ///   - configuration: The shape; dimensions that it leaves open stay as they are.
    public init(_ pixels: Tensor, _ configuration: ImageCollection.Configuration) throws {
        let shape = Array(pixels.shape.dropFirst())
        let wanted = configuration.shape(from: shape)
        guard shape != wanted else {
            self.init(pixels)
            return
        }
        try Self.requireMemory(pixels.shape[0], wanted)
        let prepared = PreparedImages(try TensorDataset(values: pixels), shape: wanted)
        self.init(
            try prepared.pixels(at: Array(0..<prepared.count), "samples"), Resizing(from: shape, to: wanted))
    }

    /// Images of a known data set, a folder, an archive or an `.npz`.
    ///
    /// - Parameters:
    ///   - reference: Place of the images.
    ///   - count: Number of images; all if there are fewer.
    ///   - choice: Choice of images, if there are more.
    ///   - configuration: The shape that all are brought to; dimensions that it leaves open stay as they are.
    ///   - skipsUnreadable: True leaves images out that cannot be read, as a run with `data.skip_unreadable` does.
    /// - Throws: `MetricError` if there are no images, or more than fit into memory; errors of reading them.
    public init(
        _ reference: DataReference, count: Int, choosing choice: Choice,
        _ configuration: ImageCollection.Configuration = .init(), skipsUnreadable: Bool = false
    ) throws {
        guard !skipsUnreadable else {
            self = try OpenedImages.skippingUnreadable {
                try ImageSet(reference, count, choice, configuration, skipping: $0)
            }
            return
        }
        try self.init(reference, count, choice, configuration, skipping: nil)
    }

    private init(
        _ reference: DataReference, _ count: Int, _ choice: Choice, _ configuration: ImageCollection.Configuration,
        skipping examination: ImageCollection.Examination?
    ) throws {
        let found = try OpenedImages(reference, skipping: examination)
        let (shape, wanted) = (found.original, configuration.shape(from: found.original))
        let indices = choice.indices(count, of: found.data)
        try Self.requireMemory(indices.count, wanted)
        // The first image has the right shape; if all have, nothing is done to them. If one cannot be read at all, the
        // second attempt says so.
        if shape == wanted, let untouched = try? found.data.pixels(at: indices, reference.description) {
            self.init(untouched, nil, leftOut: found.leftOut, remarks: found.remarks)
            return
        }
        guard shape != wanted || configuration.size != nil else {
            self.init(
                try found.data.pixels(at: indices, reference.description), nil, leftOut: found.leftOut,
                remarks: found.remarks)
            return
        }
        var resized = try OpenedImages(reference, configuration).data
        if let collection = resized as? ImageCollection, !found.leftOut.isEmpty {
            resized = try collection.leavingOut(named: found.leftOut)
        }
        let resizing = Resizing(from: shape == wanted ? nil : shape, to: wanted)
        self.init(
            try resized.pixels(at: indices, reference.description), resizing, leftOut: found.leftOut,
            remarks: found.remarks)
    }

    /// Checks that images, and their pixels as float32, fit into memory.
    private static func requireMemory(_ count: Int, _ shape: [Int]) throws {
        try Memory.require(
            5, count, shape[0], shape[1], shape[2],
            for: "\(count) images of \(shape.map(String.init).joined(separator: " x "))",
            remedy: "Use fewer images (--count) or smaller ones (--size).")
    }

    /// Number of images, N.
    public var count: Int { pixels.shape[0] }
}

extension Dataset {
    /// Images [N, C, H, W], read some at a time, so that it can be told how far that is.
    fileprivate func pixels(at indices: [Int], _ name: String) throws -> Tensor {
        let atOnce = 256
        guard indices.count > atOnce else { return try examples(at: indices).values }
        var all: Tensor?
        for start in stride(from: 0, to: indices.count, by: atOnce) {
            EvaluationProgress.tell(
                "reading images of \(name)", Double(start) / Double(indices.count), of: indices.count)
            let some = try examples(at: Array(indices[start..<min(start + atOnce, indices.count)])).values
            let pixels = all ?? .empty([indices.count] + some.shape.dropFirst(), dtype: some.dtype)
            pixels[start..<(start + some.shape[0])].copy(from: some)
            all = pixels
        }
        return all ?? .empty([0])
    }
}

extension ImageSet.Choice {
    /// Ascending indices of `wanted` images; of all if there are fewer.
    fileprivate func indices(_ wanted: Int, of data: any Dataset) -> [Int] {
        switch self {
        case .spread: return data.spread(wanted)
        case .random:
            guard wanted < data.count else { return Array(0..<data.count) }
            let order = Tensor.randperm(data.count, using: RandomSource(Seed(0).child("samples")))
            return order[0..<wanted].scalars(as: Int.self).sorted()
        }
    }
}

extension ImageSet.Resizing: CustomStringConvertible {
    /// `from 3 x 40 x 30 to 3 x 28 x 28`.
    public var description: String {
        let text = { (shape: [Int]) in shape.map(String.init).joined(separator: " x ") }
        return "from \(from.map(text) ?? "several sizes") to \(text(to))"
    }
}
