internal import Backbones
internal import Features
internal import Torch

/// A trained residual encoder as a source of features: its stages, and stem and blocks if they are asked for.
struct FrozenEncoder: FeatureEncoder {
    private let network: ResNetEncoder
    private let stem: Bool
    private let everyBlock: Int?

    /// Takes over a network whose parameters are frozen.
    init(_ network: ResNetEncoder, stem: Bool, everyBlock: Int?) {
        self.network = network
        self.stem = stem
        self.everyBlock = everyBlock
    }

    func featureMaps(of images: Tensor) -> [FeatureMap] {
        let maps = network.maps(of: images, everyBlock: everyBlock)
        return maps.dropFirst(stem ? 0 : 1).map { FeatureMap($0.name, $0.values) }
    }

    /// The images cut into the network's patches.
    func input(of images: Tensor) -> Tensor { ResNetEncoder.patchify(images, network.configuration.patch) }
}

/// ConvNeXt V2 with the features that the release takes from it, whatever the selection.
struct FrozenConvNeXt: FeatureEncoder {
    let network: ConvNeXtV2

    func featureMaps(of images: Tensor) -> [FeatureMap] {
        network.maps(of: images).map { FeatureMap($0.name, $0.values) }
    }

    func vectors(of images: Tensor, _ selection: FeatureSelection) -> [FeatureVectors] {
        network.features(of: images).map { FeatureVectors($0.name, $0.tensor) }
    }
}

/// ResNet-50 with its four stages.
struct FrozenResNet50: FeatureEncoder {
    let network: ResNet50
    /// Height and width that images are resized to.
    let size: Int?

    func featureMaps(of images: Tensor) -> [FeatureMap] {
        let resized = size.map { images.interpolate(to: Size2D($0), .bilinear, antialias: true) } ?? images
        return network.maps(of: resized).map { FeatureMap($0.name, $0.values) }
    }
}
