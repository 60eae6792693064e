public import Datasets
internal import FileFormats
public import Torch

/// Images of any data set in one shape: cropped and resized as those of folders are, gray or RGB.
public struct PreparedImages: Dataset {
    private let source: any Dataset
    /// Shape of all examples, [C, H, W].
    public let shape: [Int]

    /// The images of a data set in another shape.
    ///
    /// - Parameters:
    ///   - source: Images [C, H, W], uint8, with 1 or 3 channels.
    ///   - shape: Shape of the results, [C, H, W] with 1 or 3 channels; a square unless H and W stay.
    public init(_ source: any Dataset, shape: [Int]) {
        precondition(
            shape.count == 3 && [1, 3].contains(shape[0]), "images are brought to gray or RGB ones, not to \(shape)")
        self.source = source
        self.shape = shape
    }

    /// Number of images.
    public var count: Int { source.count }
    /// Classes of the source.
    public var labels: [Int]? { source.labels }
    /// Names of the classes of the source.
    public var classNames: [String] { source.classNames }

    /// One image [C, H, W], uint8, by `Image8.centreCropped(to:)`.
    ///
    /// - Throws: Errors of reading the source.
    public func example(at index: Int) throws -> Tensor {
        let example = try source.example(at: index)
        guard example.shape != shape else { return example }
        var image = Image8(planes: example)
        if image.channels != shape[0] { image = shape[0] == 1 ? image.gray : image.rgb }
        if [image.height, image.width] != [shape[1], shape[2]] {
            precondition(shape[1] == shape[2], "images can be cropped to squares only, not to \(shape)")
            image = image.centreCropped(to: shape[1])
        }
        return image.planes
    }
}

extension Image8 {
    /// An image of planes [C, H, W], uint8.
    init(planes: Tensor) {
        let pixels = planes.permute(1, 2, 0).contiguous().withUnsafeBytes { Array($0) }
        self.init(width: planes.shape[2], height: planes.shape[1], channels: planes.shape[0], pixels: pixels)
    }

    /// The image as planes [C, H, W], uint8.
    fileprivate var planes: Tensor { Tensor(pixels, shape: [height, width, channels]).permute(2, 0, 1).contiguous() }
}

extension ImageCollection.Configuration {
    /// The shape [C, H, W] that images of some shape are brought to.
    func shape(from shape: [Int]) -> [Int] { [channels ?? shape[0], size ?? shape[1], size ?? shape[2]] }
}
