public import Torch

/// A map that an encoder computes from images: one vector per location.
public struct FeatureMap: Sendable {
    /// Name in the encoder, such as `layer2`.
    public var name: String
    /// Values [N, C, H, W].
    public var values: Tensor

    /// Names a map.
    public init(_ name: String, _ values: Tensor) {
        self.name = name
        self.values = values
    }
}

/// A frozen network whose inner maps are the spaces in which samples drift.
///
/// Gradients flow through it to the images, never to its parameters.
public protocol FeatureEncoder {
    /// The maps of images [N, C, H, W], finest first. The first may be the network's own input.
    func featureMaps(of images: Tensor) -> [FeatureMap]

    /// Images as the network takes them in, [N, C', H', W']: cut into patches, if it does that. The images by default.
    func input(of images: Tensor) -> Tensor

    /// The vectors of images [N, C, H, W]; those that the selection makes of the maps by default.
    ///
    /// For networks whose features the paper fixes otherwise: ConvNeXt V2.
    func vectors(of images: Tensor, _ selection: FeatureSelection) -> [FeatureVectors]
}

extension FeatureEncoder {
    /// The images themselves.
    public func input(of images: Tensor) -> Tensor { images }

    /// Vectors that the selection makes of the maps.
    public func vectors(of images: Tensor, _ selection: FeatureSelection) -> [FeatureVectors] {
        featureMaps(of: images).flatMap { selection.vectors(of: $0) }
    }
}

/// Vectors of one space in which a drifting loss is computed: F tokens of S features for each image.
public struct FeatureVectors: Sendable {
    /// Name of the map and the statistic, as the release writes it: `layer2`, `layer2_mean_4`, `global`.
    public var name: String
    /// Values [N, F, S].
    public var values: Tensor

    /// Names vectors.
    public init(_ name: String, _ values: Tensor) {
        self.name = name
        self.values = values
    }
}

/// A choice of vectors that are made of images and feature maps.
///
/// Source: arXiv 2602.04770, sections 3.4 and A.5, with the names of the release. Per map: every location, mean and
/// standard deviation over all locations, and over patches of 2 x 2 and 4 x 4.
public struct FeatureSelection: Sendable, Hashable {
    /// True if the image itself, flattened, is a feature (`global`).
    public var pixels = true
    /// True if the root mean square of each channel of the encoder's input is a feature (`norm_x`).
    public var inputNorm = false
    /// Largest height or width of a map whose locations are features one by one; all in the release.
    ///
    /// A limit saves time: the field's cost grows with the number of locations.
    public var locationsUpTo = Int.max
    /// True if mean and standard deviation over all locations are features (`_mean`, `_std`).
    public var globalStatistics = true
    /// Sides of the patches over which means and standard deviations are features (`_mean_2`, `_std_2` and so on), where
    /// they divide the map's size; 2 and 4 in the release.
    ///
    /// A patch as large as the map repeats the statistics over all locations, and counts again, as in the release.
    public var patchSizes = [2, 4]

    /// The release's selection, without `norm_x`.
    public init() {}

    /// The vectors of images [N, C, H, W] and of the encoder's maps of them.
    public func vectors(of images: Tensor, encoder: (any FeatureEncoder)?) -> [FeatureVectors] {
        plainVectors(of: images, encoder: encoder) + (encoder?.vectors(of: images, self) ?? [])
    }

    /// The vectors of images [N, C, H, W] that need no evaluation of the encoder.
    package func plainVectors(of images: Tensor, encoder: (any FeatureEncoder)?) -> [FeatureVectors] {
        var vectors: [FeatureVectors] = []
        if pixels { vectors.append(FeatureVectors("global", images.flatten(1).unsqueeze(1))) }
        if inputNorm { vectors.append(inputNormVectors(of: images, encoder)) }
        return vectors
    }

    /// The vectors of one map.
    public func vectors(of map: FeatureMap) -> [FeatureVectors] {
        let (height, width) = (map.values.shape[2], map.values.shape[3])
        var vectors: [FeatureVectors] = []
        if max(height, width) <= locationsUpTo {
            vectors.append(FeatureVectors(map.name, Self.tokens(map.values)))
        }
        // Once per map: channels last, so that every statistic reads memory in order.
        let locations = map.values.permute(0, 2, 3, 1).to(map.values.dtype == .float64 ? .float64 : .float32)
        if globalStatistics {
            let whole = Statistics(of: locations, patch: Size2D(height: height, width: width), named: map.name)
            vectors += [whole.mean, whole.deviation]
        }
        let patched = patchSizes.filter { height % $0 == 0 && width % $0 == 0 }.map {
            Statistics(of: locations, patch: Size2D($0), named: map.name, suffix: "_\($0)")
        }
        return vectors + patched.map(\.mean) + patched.map(\.deviation)
    }

    /// sqrt(mean x² + 1e-6) of each channel of the encoder's input, [N, 1, C].
    private func inputNormVectors(of images: Tensor, _ encoder: (any FeatureEncoder)?) -> FeatureVectors {
        let input = encoder?.input(of: images) ?? images
        return FeatureVectors("norm_x", (input.square().mean([2, 3]) + 1e-6).sqrt().unsqueeze(1))
    }

    /// [N, C, H, W] to [N, H W, C].
    private static func tokens(_ values: Tensor) -> Tensor { values.flatten(2).mT }
}

/// Means and standard deviations of [N, H, W, C] over patches, each [N, F, C] with the patches in raster order.
private struct Statistics {
    let mean: FeatureVectors
    let deviation: FeatureVectors

    init(of locations: Tensor, patch: Size2D, named name: String, suffix: String = "") {
        let s = locations.shape
        let patches = locations.reshape(
            s[0], s[1] / patch.height, patch.height, s[2] / patch.width, patch.width, s[3])
        // In two passes, as the release: the square of the mean would cancel digits.
        let mean = patches.mean([2, 4], keepDim: true)
        let variance = (patches - mean).square().mean([2, 4])
        self.mean = FeatureVectors("\(name)_mean\(suffix)", mean.reshape(s[0], -1, s[3]))
        deviation = FeatureVectors("\(name)_std\(suffix)", (variance + 1e-6).sqrt().reshape(s[0], -1, s[3]))
    }
}
