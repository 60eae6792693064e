public import Datasets
public import Torch

/// Sizes and names of data, which networks are built for before any example is read.
public struct DataLayout: Sendable, Hashable {
    /// Kind of the examples.
    public enum Kind: String, Sendable, Hashable {
        /// Pixels, as 8-bit numbers on disk and in [-1, 1] in networks.
        case images
        /// Maps of floats, scaled.
        case latents
        /// Points of a space of any dimension.
        case points
    }

    /// Kind of the examples.
    public var kind = Kind.images
    /// Channels of images; 0 for points.
    public var channels: Int
    /// Height of the images on disk.
    public var height: Int
    /// Width of the images on disk.
    public var width: Int
    /// Height and width that networks see; 0 for points.
    public var size: Int
    /// Numbers of a point; 0 for images and latents.
    public var dimensions = 0
    /// Names of the classes.
    public var classNames: [String]
    /// Between latents in files and in networks.
    public var scaling = LatentScaling()
    /// The way in which samples become bytes: the inverse of that in which the pixels of files become floats.
    public var quantisation = Pixels.Quantisation.nearest

    /// The layout of the data that the settings name.
    ///
    /// - Throws: `DatasetError` if it is up to files that have not been read: see ``TrainingData/settings``.
    public init(_ settings: DataSettings) throws {
        switch settings {
        case .fashionMNIST(let images): try self.init(MNISTFamily.fashionMNIST, images)
        case .mnist(let images): try self.init(MNISTFamily.mnist, images)
        case .cifar10: self.init(channels: 3, height: 32, width: 32, size: 32, classNames: CIFAR.namesOfTen)
        case .images(let images): try self.init(images)
        case .latents(let latents): try self.init(latents)
        case .toy(let toy): self.init(points: 2, classNames: [toy.distribution.rawValue])
        case .points(let points): try self.init(points)
        }
        if settings.isDequantised { quantisation = .levels }
    }

    private init(_ family: MNISTFamily, _ settings: ImageDataSettings) throws {
        (channels, height, width, size) = (1, 28, 28, settings.size)
        classNames = try settings.classes(of: family)
    }

    private init(_ settings: ImageFolderSettings) throws {
        guard let channels = settings.channels, let classes = settings.classes else {
            throw DatasetError(
                .notFound,
                """
                data.channels and data.classes are not known before the images are read. Give both, as the config.yaml \
                of a run does.
                """)
        }
        let size = settings.size
        self.init(channels: channels, height: size, width: size, size: size, classNames: classes)
    }

    private init(_ settings: LatentSettings) throws {
        guard let shape = settings.shape, let classes = settings.classes else {
            throw DatasetError(
                .notFound,
                """
                data.shape and data.classes are not known before the latents are read. Give both, as the config.yaml of \
                a run does.
                """)
        }
        let names = (0..<classes).map(String.init)
        self.init(channels: shape[0], height: shape[1], width: shape[2], size: shape[1], classNames: names)
        kind = .latents
        scaling = settings.scaling
    }

    /// The layout of images.
    ///
    /// - Parameters:
    ///   - channels: 1 or 3.
    ///   - height: Height on disk.
    ///   - width: Width on disk.
    ///   - size: Height and width that networks see.
    ///   - classNames: Names of the classes.
    public init(channels: Int, height: Int, width: Int, size: Int, classNames: [String]) {
        (self.channels, self.height, self.width, self.size) = (channels, height, width, size)
        self.classNames = classNames
    }

    private init(_ settings: PointSettings) throws {
        guard let dimensions = settings.dimensions, let classes = settings.classes else {
            throw DatasetError(
                .notFound,
                """
                data.dimensions and data.classes are not known before the points are read. Give both, as the config.yaml \
                of a run does.
                """)
        }
        self.init(points: dimensions, classNames: (0..<classes).map(String.init))
    }

    private init(points dimensions: Int, classNames: [String]) {
        (channels, height, width, size) = (0, 0, 0, 0)
        self.dimensions = dimensions
        self.classNames = classNames
        kind = .points
    }

    /// Shape of an example as networks see it: [C, size, size], or [D] of points.
    public var shape: [Int] { isSpatial ? [channels, size, size] : [dimensions] }

    /// Number of classes, K.
    public var classes: Int { classNames.count }

    /// Labels, every class as often as any other up to one; evenly chosen classes where there are more than labels.
    public func balancedLabels(_ count: Int) -> [Int] {
        (0..<count).map { count < classes ? $0 * classes / count : $0 % classes }
    }

    /// Shape of a sample as it is given to users: [C, height, width], or [D] of points.
    public var sampleShape: [Int] { isSpatial ? [channels, height, width] : [dimensions] }

    /// True of images.
    public var isImage: Bool { kind == .images }

    /// True of images and latents, which have channels, height and width.
    public var isSpatial: Bool { kind != .points }

    /// Samples of images, of any shape, as 8-bit pixels.
    public func bytes(_ samples: Tensor) -> Tensor { Pixels.bytes(samples, quantisation) }

    /// Samples of images as those of files are seen: what learned dequantised pixels has another scale.
    public func seen(_ samples: Tensor) -> Tensor {
        isImage && quantisation == .levels ? Pixels.floats(bytes(samples)) : samples
    }

    /// Images [B, C, size, size] of a network without the border that brought the data to this size.
    public func cropped(_ images: Tensor) -> Tensor {
        Pixels.cropped(images, to: Size2D(height: height, width: width))
    }
}
