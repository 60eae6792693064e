public import Datasets
public import Settings

/// The data of a run.
public enum DataSettings: Sendable, Hashable {
    /// Articles of clothing.
    case fashionMNIST(ImageDataSettings)
    /// Handwritten digits.
    case mnist(ImageDataSettings)
    /// Small photographs of animals and vehicles.
    case cifar10(CIFARSettings)
    /// Images of the user's.
    case images(ImageFolderSettings)
    /// Latents of an autoencoder.
    case latents(LatentSettings)
    /// Points of the plane.
    case toy(ToyDataSettings)
    /// Points of any dimension, in a file.
    case points(PointSettings)

    /// True of images and latents, which have channels, height and width.
    public var isSpatial: Bool {
        switch self {
        case .toy, .points: false
        case .fashionMNIST, .mnist, .cifar10, .images, .latents: true
        }
    }

    /// True if images are mirrored at random while training.
    public var isFlipped: Bool {
        switch self {
        case .cifar10(let settings): settings.flip
        case .images(let settings): settings.flip
        case .fashionMNIST, .mnist, .latents, .toy, .points: false
        }
    }

    /// Names of the classes that are used, where the settings leave out others.
    public var chosenClasses: [String]? {
        switch self {
        case .fashionMNIST(let settings), .mnist(let settings): settings.only
        case .cifar10, .images, .latents, .toy, .points: nil
        }
    }

    /// True if noise within each of the 256 levels of a pixel is added while training.
    public var isDequantised: Bool {
        switch self {
        case .fashionMNIST(let settings), .mnist(let settings): settings.dequantise
        case .cifar10(let settings): settings.dequantise
        case .images(let settings): settings.dequantise
        case .latents, .toy, .points: false
        }
    }

    /// All kinds, for section `data`.
    public static var kinds: [SettingsKind<DataSettings>] {
        [
            SettingsKind("fashion_mnist", ImageDataSettings(), DataSettings.fashionMNIST) {
                if case .fashionMNIST(let settings) = $0 { settings } else { nil }
            },
            SettingsKind("mnist", ImageDataSettings(), DataSettings.mnist) {
                if case .mnist(let settings) = $0 { settings } else { nil }
            },
            SettingsKind("cifar10", CIFARSettings(), DataSettings.cifar10) {
                if case .cifar10(let settings) = $0 { settings } else { nil }
            },
            SettingsKind("images", ImageFolderSettings(), DataSettings.images) {
                if case .images(let settings) = $0 { settings } else { nil }
            },
            SettingsKind("latents", LatentSettings(), DataSettings.latents) {
                if case .latents(let settings) = $0 { settings } else { nil }
            },
            SettingsKind("toy", ToyDataSettings(), DataSettings.toy) {
                if case .toy(let settings) = $0 { settings } else { nil }
            },
            SettingsKind("points", PointSettings(), DataSettings.points) {
                if case .points(let settings) = $0 { settings } else { nil }
            },
        ]
    }
}

/// Images on disk.
public struct ImageDataSettings: SettingsSection, Sendable, Hashable {
    /// Folder of the files; the standard places if nil.
    public var path: String?
    /// Height and width that images are padded to.
    public var size = 32
    /// Names of the classes that are used; all if nil.
    public var only: [String]?
    /// True if noise within each of the 256 levels is added, drawn again at each step.
    public var dequantise = false

    /// The standard places, 32 x 32.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("path", &path, .nonEmpty, about: "Folder of the files; null for the standard places.")
        key(
            "size", &size, .multiple(of: 4), .in(28...64),
            about: "Height and width that images are padded to; samples are cropped back.")
        key(
            "only", &only, .nonEmpty, .distinct,
            about: "Names of the classes that are used, such as [Sneaker, Ankle boot]; null for all.")
        key.dequantise(&dequantise)
    }
}

/// CIFAR-10 in its binary form: 50 000 images of 32 x 32 in ten classes.
public struct CIFARSettings: SettingsSection, Sendable, Hashable {
    /// Folder of the files; the standard places if nil.
    public var path: String?
    /// True if each image is mirrored with probability 1 / 2.
    public var flip = false
    /// True if noise within each of the 256 levels is added, drawn again at each step.
    public var dequantise = false

    /// The standard places, as they are.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("path", &path, .nonEmpty, about: "Folder of the .bin files; null for the standard places.")
        key("flip", &flip, about: "Mirror images at random.")
        key.dequantise(&dequantise)
    }
}

extension SettingsKeys {
    /// Binds the keys of all images that come as bytes.
    func dequantise(_ value: inout Bool) {
        self(
            "dequantise", &value,
            about: "Let pixels x become (x + u) / 128 - 1, with u uniform in [0, 1) and drawn at each step.")
    }
}

/// Points of the plane.
public struct ToyDataSettings: SettingsSection, Sendable, Hashable {
    /// The distribution.
    public var distribution = Toy2D.twoModes
    /// Number of points.
    public var count = 20_000

    /// Two modes.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("distribution", &distribution, about: "One of \(Toy2D.allCases.map(\.rawValue).joined(separator: ", ")).")
        key("count", &count, .in(100...10_000_000), about: "Number of points.")
    }
}

extension Toy2D: SettingsValue {}
