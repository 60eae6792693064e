public import Datasets
public import Settings

/// The part of an image that training sees.
public enum CropSettings: Sendable, Hashable {
    /// A part of random area and shape, resized.
    case resized(ResizedCropSettings)
    /// The image moved by some pixels.
    case padded(PaddedCropSettings)

    /// All kinds, for sections with a crop.
    public static var kinds: [SettingsKind<CropSettings>] {
        [
            SettingsKind("resized", ResizedCropSettings(), CropSettings.resized) {
                if case .resized(let settings) = $0 { settings } else { nil }
            },
            SettingsKind("padded", PaddedCropSettings(), CropSettings.padded) {
                if case .padded(let settings) = $0 { settings } else { nil }
            },
        ]
    }

    /// The crop itself.
    public var crop: RandomCrop {
        switch self {
        case .resized(let settings):
            .resized(
                scale: settings.scale[0]...settings.scale[1], ratio: settings.ratio[0]...settings.ratio[1])
        case .padded(let settings): .padded(settings.padding)
        }
    }
}

/// A part of random area and shape.
public struct ResizedCropSettings: SettingsSection, Sendable, Hashable {
    /// Smallest and largest share of the area.
    public var scale = [0.2, 1]
    /// Smallest and largest width by height.
    public var ratio = [3.0 / 4, 4.0 / 3]

    /// The masked autoencoder's (He et al., 2022, table 8; release of arXiv 2602.04770): a fifth to all of the image.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key(
            "scale", &scale, .count(.in(2...2)), .each(.in(0.001...1)), .ascending,
            about: "Smallest and largest share of the image's area.")
        key(
            "ratio", &ratio, .count(.in(2...2)), .each(.in(0.01...100)), .ascending,
            about: "Smallest and largest width by height.")
    }
}

/// A border around the image, and a part of the image's own size.
public struct PaddedCropSettings: SettingsSection, Sendable, Hashable {
    /// Black pixels on each side.
    public var padding = 4

    /// 4 pixels, as usual for 32 x 32 (He et al., 2016, section 4.2).
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("padding", &padding, .in(1...1024), about: "Black pixels that are added on each side before cropping.")
    }
}

extension Requirement<[Double]> {
    fileprivate static var ascending: Requirement { Requirement("ascend") { $0 == $0.sorted() } }
}
