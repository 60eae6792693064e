internal import Datasets
public import Torch

/// What networks need to know of data before any are read: sizes and names.
public struct DataLayout: Sendable, Hashable {
    /// What examples are.
    public enum Kind: String, Sendable, Hashable {
        /// Pixels, as 8-bit numbers on disk and in [-1, 1] in networks.
        case images
        /// Maps of floats, scaled.
        case latents
        /// Points of the plane.
        case points
    }

    /// What examples are.
    public var kind = Kind.images
    /// Channels of images; 0 for points.
    public var channels: Int
    /// Height of the images on disk.
    public var height: Int
    /// Width of the images on disk.
    public var width: Int
    /// Height and width that networks see; 0 for points.
    public var size: Int
    /// Names of the classes.
    public var classNames: [String]
    /// Between latents in files and in networks.
    public var scaling = LatentScaling()

    /// The layout of what the settings name.
    ///
    /// - Throws: ``TrainingError`` if it is up to files that have not been read: see ``TrainingData/settings``.
    public init(_ settings: DataSettings) throws {
        switch settings {
        case .fashionMNIST(let images): self.init(MNISTFamily.fashionMNIST, images)
        case .mnist(let images): self.init(MNISTFamily.mnist, images)
        case .cifar10: self.init(channels: 3, height: 32, width: 32, size: 32, classNames: CIFAR.namesOfTen)
        case .images(let images): try self.init(images)
        case .latents(let latents): try self.init(latents)
        case .toy(let toy): self.init(pointsOf: toy.distribution)
        }
    }

    private init(_ family: MNISTFamily, _ settings: ImageDataSettings) {
        (channels, height, width, size) = (1, 28, 28, settings.size)
        classNames = family.classNames
    }

    private init(_ settings: ImageFolderSettings) throws {
        guard let channels = settings.channels, let classes = settings.classes else {
            throw TrainingError(
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
            throw TrainingError(
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

    private init(channels: Int, height: Int, width: Int, size: Int, classNames: [String]) {
        (self.channels, self.height, self.width, self.size) = (channels, height, width, size)
        self.classNames = classNames
    }

    private init(pointsOf toy: Toy2D) {
        (channels, height, width, size) = (0, 0, 0, 0)
        classNames = [toy.rawValue]
        kind = .points
    }

    /// Number of classes, K.
    public var classes: Int { classNames.count }

    /// So many labels, every class as often as any other up to one; evenly chosen classes where there are more than that.
    public func balancedLabels(_ count: Int) -> [Int] {
        (0..<count).map { count < classes ? $0 * classes / count : $0 % classes }
    }

    /// Whether examples are images.
    public var isImage: Bool { kind == .images }

    /// Whether examples are images or latents, with channels, height and width.
    public var isSpatial: Bool { kind != .points }

    /// Images [B, C, size, size] of a network without the border that brought the data to this size.
    public func cropped(_ images: Tensor) -> Tensor {
        Pixels.cropped(images, to: Size2D(height: height, width: width))
    }
}
