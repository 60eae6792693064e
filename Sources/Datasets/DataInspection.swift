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
    /// Mean of each channel, 0...255 for images, or of each dimension of points in at most 16 dimensions.
    public let means: [Double]
    /// Standard deviation of each channel over all pixels, or of each dimension.
    public let deviations: [Double]
    /// Files that cannot be read.
    public let problems: [FileError]
    /// Further facts worth knowing before training: images of different kinds, files and folders that are not read.
    public let remarks: [String]
    /// Examples at equal distances through the data; nil unless they are gray or RGB images.
    public let contactSheet: Image8?

    /// Reads all of a data set, an image at a time or as many examples as take some megabytes.
    ///
    /// - Parameters:
    ///   - dataset: The data.
    ///   - sheet: Number of images on the contact sheet.
    /// - Throws: ``DatasetError`` if no example can be read.
    public init(_ dataset: any Dataset, sheet: Int = 64) throws {
        let remarks = (dataset as? ImageCollection)?.remarks() ?? []
        let opened = OpenedData(dataset: dataset, part: nil, remarks: remarks + DataRemarks.emptyClasses(dataset))
        try self.init(opened, sheet: sheet)
    }

    /// Reads all of a data set that has been opened.
    ///
    /// - Parameters:
    ///   - opened: The data, and remarks about them.
    ///   - sheet: Number of images on the contact sheet; images of more than 256 pixels a side are made smaller on it.
    /// - Throws: ``DatasetError`` if no example can be read.
    public init(_ opened: OpenedData, sheet: Int = 64) throws {
        let dataset = opened.dataset
        let moments: ChannelMoments
        var damaged: [(index: Int, error: FileError)] = []
        if let images = dataset as? ImageCollection {
            (moments, damaged) = images.moments()
            guard damaged.count < images.count else {
                throw DatasetError(
                    .notFound,
                    "None of the \(images.count) images can be read. \(damaged.first?.error.description ?? "")")
            }
            shape = images.shape
        } else {
            shape = Array(try dataset.example(at: 0).shape)
            moments = try ChannelMoments(of: dataset, shape)
        }
        (means, deviations) = (moments.means, moments.deviations)
        count = dataset.count
        classes = Array(zip(dataset.classNames, dataset.classCounts)).map { (name: $0, count: $1) }
        problems = opened.leftOut + damaged.map(\.error)
        remarks = opened.remarks
        let bad = Set(damaged.map(\.index))
        contactSheet = try Self.sheet(dataset, (0..<dataset.count).filter { !bad.contains($0) }, sheet, shape)
    }

    /// Images one at a time, as they may be large.
    private static func sheet(_ dataset: any Dataset, _ indices: [Int], _ wanted: Int, _ shape: [Int]) throws -> Image8?
    {
        guard shape.count == 3, [1, 3].contains(shape[0]), wanted > 0 else { return nil }
        let taken = min(wanted, indices.count)
        let images = try (0..<taken).compactMap { place -> Image8? in
            let values = try dataset.example(at: indices[place * indices.count / taken])
            return values.dtype == .uint8 ? Image8(values).within(256) : nil
        }
        return images.isEmpty ? nil : ImageGrid().sheet(of: images)
    }
}

/// Sums of the values of each channel, and of their squares.
struct ChannelMoments: Sendable {
    private var sums: [Double]
    private var squares: [Double]
    private var count = 0

    init(channels: Int) {
        sums = [Double](repeating: 0, count: channels)
        squares = sums
    }

    /// Values of each channel or, of points in few dimensions, of each dimension.
    init(of dataset: any Dataset, _ shape: [Int]) throws {
        self.init(channels: shape.count == 3 ? shape[0] : shape.count == 1 && shape[0] <= 16 ? shape[0] : 1)
        let size = max(1, shape.reduce(1, *))
        // 2^22 numbers take 32 MiB in double precision.
        let batch = max(1, (1 << 22) / size)
        for start in stride(from: 0, to: dataset.count, by: batch) {
            let values = try dataset.examples(at: Array(start..<min(start + batch, dataset.count))).values
            let rows = values.reshape(values.shape[0], sums.count, -1).to(.float64)
            add(
                rows.sum([0, 2]).scalars(), rows.square().sum([0, 2]).scalars(), count: rows.shape[0] * rows.shape[2])
        }
    }

    /// Adds pixels [H, W, C] of an image.
    mutating func add(_ pixels: UnsafeRawBufferPointer) {
        let channels = sums.count
        for channel in 0..<channels {
            var (sum, square) = (0, 0)
            for index in stride(from: channel, to: pixels.count, by: channels) {
                let value = Int(pixels[index])
                sum += value
                square += value * value
            }
            sums[channel] += Double(sum)
            squares[channel] += Double(square)
        }
        count += pixels.count / channels
    }

    mutating func add(_ sums: [Double], _ squares: [Double], count: Int) {
        for channel in self.sums.indices {
            self.sums[channel] += sums[channel]
            self.squares[channel] += squares[channel]
        }
        self.count += count
    }

    mutating func add(_ other: ChannelMoments) { add(other.sums, other.squares, count: other.count) }

    var means: [Double] { sums.map { $0 / Double(count) } }

    var deviations: [Double] {
        zip(squares, means).map { max(0, $0 / Double(count) - $1 * $1).squareRoot() }
    }
}

extension ImageCollection {
    /// Moments of all images that can be read, and the faults of the others.
    fileprivate func moments() -> (ChannelMoments, [(index: Int, error: FileError)]) {
        let total = Locked(ChannelMoments(channels: shape[0]))
        let problems = decodeAll { _, pixels in
            var moments = ChannelMoments(channels: shape[0])
            moments.add(pixels)
            total.withLock { $0.add(moments) }
        }
        return (total.withLock { $0 }, problems)
    }
}

extension Image8 {
    /// The image, made smaller if a side has more pixels than that.
    fileprivate func within(_ most: Int) -> Image8 {
        let longer = max(width, height)
        guard longer > most else { return self }
        let size = { (side: Int) in max(1, side * most / longer) }
        return ImageResampling.box.resized(self, width: size(width), height: size(height))
    }
}
