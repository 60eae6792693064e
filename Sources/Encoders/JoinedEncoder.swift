public import Features
public import Torch

/// Two frozen encoders whose features count side by side, as the masked autoencoder's and ConvNeXt's in the paper's pixel
/// models.
public struct JoinedEncoder: FeatureEncoder {
    private let first: any FeatureEncoder
    private let second: any FeatureEncoder

    /// Features of the first, then of the second.
    public init(_ first: any FeatureEncoder, _ second: any FeatureEncoder) {
        self.first = first
        self.second = second
    }

    /// Maps of both; names of the second begin with `second_`.
    public func featureMaps(of images: Tensor) -> [FeatureMap] {
        first.featureMaps(of: images) + second.featureMaps(of: images).map { FeatureMap(Self.name($0.name), $0.values) }
    }

    /// The input of the first.
    public func input(of images: Tensor) -> Tensor { first.input(of: images) }

    /// Vectors of both.
    public func vectors(of images: Tensor, _ selection: FeatureSelection) -> [FeatureVectors] {
        first.vectors(of: images, selection)
            + second.vectors(of: images, selection).map { FeatureVectors(Self.name($0.name), $0.values) }
    }

    /// Both have a `layer1`, or a `global_mean`: those of the second stay apart in the log.
    private static func name(_ name: String) -> String { "second_\(name)" }
}
