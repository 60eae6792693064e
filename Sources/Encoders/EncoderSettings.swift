public import Backbones
public import Foundation
public import RunData
public import Settings

/// A network whose inner maps give features.
public enum EncoderSettings: Sendable, Hashable {
    /// A masked autoencoder, trained first unless its weights are given.
    case autoencoder(AutoencoderSettings)
    /// ConvNeXt V2 with weights from elsewhere.
    case convNeXt(ConvNeXtSettings)
    /// ResNet-50 with weights from elsewhere: MoCo, SimCLR.
    case resNet50(ResNet50Settings)

    /// The autoencoder, if it is one; nothing changes where it is none.
    public var autoencoder: AutoencoderSettings? {
        get { if case .autoencoder(let settings) = self { settings } else { nil } }
        set { if let newValue, autoencoder != nil { self = .autoencoder(newValue) } }
    }

    /// All kinds, for sections with an encoder.
    public static var kinds: [SettingsKind<EncoderSettings>] {
        [
            SettingsKind("mae", AutoencoderSettings(), EncoderSettings.autoencoder) { $0.autoencoder },
            SettingsKind("convnext", ConvNeXtSettings(), EncoderSettings.convNeXt) {
                if case .convNeXt(let settings) = $0 { settings } else { nil }
            },
            SettingsKind("resnet50", ResNet50Settings(), EncoderSettings.resNet50) {
                if case .resNet50(let settings) = $0 { settings } else { nil }
            },
        ]
    }

    /// The file of weights that are trained already; nil if the encoder is trained first.
    public var weightFile: URL? {
        switch self {
        case .autoencoder(let settings): settings.weightFile
        case .convNeXt(let settings): URL(filePath: settings.weights)
        case .resNet50(let settings): URL(filePath: settings.weights)
        }
    }

    /// Replaces each path, which is given with its name within the section.
    public mutating func changePaths(_ change: (_ key: String, _ path: String) -> String) {
        switch self {
        case .autoencoder(var settings):
            settings.weights = settings.weights.map { change("weights", $0) }
            settings.from = settings.from.map { change("from", $0) }
            self = .autoencoder(settings)
        case .convNeXt(var settings):
            settings.weights = change("weights", settings.weights)
            self = .convNeXt(settings)
        case .resNet50(var settings):
            settings.weights = change("weights", settings.weights)
            self = .resNet50(settings)
        }
    }

    /// Height and width of each map that is selected from, for images of this size; nil if the features are fixed.
    public func mapSizes(of size: Int) -> [Int]? {
        switch self {
        case .autoencoder(let settings): settings.mapSizes(of: size)
        case .convNeXt: nil
        case .resNet50(let settings): (2...5).map { (settings.size ?? size) >> $0 }
        }
    }

    /// The reason for which the encoder cannot take data of a layout, if there is one, as the rest of a sentence.
    public func mistake(for data: DataLayout) -> String? {
        guard data.isSpatial else { return "needs images, but the data are points: write encoder: null" }
        switch self {
        case .autoencoder(let settings): return settings.mistake(for: data)
        case .convNeXt, .resNet50:
            guard data.channels != 1, data.channels != 3 else { return nil }
            return "sees images of 1 or 3 channels, but the data have \(data.channels): use mae"
        }
    }
}

/// Sizes and weights of a ``/Backbones/ConvNeXtV2``.
public struct ConvNeXtSettings: SettingsSection, Sendable, Hashable {
    /// A safetensors file with the names of the authors or of Hugging Face.
    public var weights = ""
    /// Blocks of each stage.
    public var depths = ConvNeXtV2.Configuration().depths
    /// Channels of each stage.
    public var widths = ConvNeXtV2.Configuration().widths
    /// Height and width that images are resized to.
    public var size = ConvNeXtV2.Configuration().size

    /// The base model, which the release uses.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("weights", &weights, .nonEmpty, about: "Safetensors file with the names of the authors or Hugging Face.")
        key("depths", &depths, .nonEmpty, .each(.in(1...100)), about: "Blocks of each stage.")
        key("widths", &widths, .nonEmpty, .each(.in(1...8192)), about: "Channels of each stage.")
        key("size", &size, .in(32...1024), about: "Height and width that images are resized to.")
        key.require(depths.count == widths.count, "widths", "must name as many stages as depths")
    }
}

/// Weights of a ``/Backbones/ResNet50`` and the images that they expect.
public struct ResNet50Settings: SettingsSection, Sendable, Hashable {
    /// A safetensors file with torchvision's names, bare or behind a prefix of MoCo or SimCLR.
    public var weights = ""
    /// Normalisation of images that the weights expect.
    public var normalisation = ImageNormalisation.imageNet
    /// Height and width that images are resized to; as they are if nil.
    public var size: Int?

    /// ImageNet's normalisation, images as they are.
    public init() {}

    /// Names the keys.
    public mutating func bind(_ key: SettingsKeys) {
        key("weights", &weights, .nonEmpty, about: "Safetensors file with torchvision's names, MoCo's or SimCLR's.")
        key("normalisation", &normalisation, about: "imagenet (MoCo), unit (SimCLR) or symmetric.")
        key("size", &size, .in(32...1024), about: "Height and width that images are resized to; null for theirs.")
    }
}

extension ImageNormalisation: SettingsValue {}
