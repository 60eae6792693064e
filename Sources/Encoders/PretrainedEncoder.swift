internal import Backbones
public import Features
internal import Foundation
public import RunData
public import Torch
internal import TorchNN

extension EncoderSettings {
    /// The frozen encoder whose weights are in a file; nil if it is to be trained first.
    ///
    /// - Throws: If the file cannot be read or its tensors do not fit.
    public func pretrained(for data: DataLayout, on device: Device) throws -> (any FeatureEncoder)? {
        let store = ParameterStore(seed: Seed(0), device: device)
        defer { store.freeze() }
        switch self {
        case .autoencoder(let settings):
            guard let weights = settings.weightFile else { return nil }
            let sizes = settings.configuration(channels: data.channels, classes: data.classes)
            let network = ResNetEncoder(sizes.encoder, in: store.root / "encoder")
            try Weights.load(
                into: store, from: weights, allowing: [.unused("decoder."), .unused("fc.")])
            return FrozenEncoder(network, stem: settings.stem, everyBlock: settings.everyBlock)
        case .convNeXt(let settings):
            var sizes = ConvNeXtV2.Configuration()
            (sizes.depths, sizes.widths, sizes.size) = (settings.depths, settings.widths, settings.size)
            let network = ConvNeXtV2(sizes, in: store.root)
            try ConvNeXtV2.load(URL(filePath: settings.weights), into: store)
            return FrozenConvNeXt(network: network)
        case .resNet50(let settings):
            let network = ResNet50(settings.normalisation, in: store.root)
            try ResNet50.load(URL(filePath: settings.weights), into: store)
            return FrozenResNet50(network: network, size: settings.size)
        }
    }
}
