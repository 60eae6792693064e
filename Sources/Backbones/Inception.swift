public import Torch
public import TorchNN

/// The Inception-v3 network of 2015 by whose features the Fréchet distance is called FID.
///
/// The graph of TensorFlow's `inception-2015-12-05`, as pytorch-fid ports it: not quite the network of the paper, nor
/// torchvision's. Average pools do not count the padding, and the last block pools by the maximum. Names of the parameters
/// are torchvision's, so that `pt_inception-2015-12-05.pth` loads without renaming. 23.9 M parameters.
///
/// Reference: Szegedy et al., Rethinking the Inception Architecture for Computer Vision, CVPR 2016; Heusel et al., GANs
/// Trained by a Two Time-Scale Update Rule, NeurIPS 2017, for its use.
public struct Inception: Sendable {
    /// Number of classes, K.
    public static let classes = 1008
    /// Height and width that images are resized to.
    public static let size = Size2D(299)

    /// Layers whose features are compared, by their number of features.
    public enum FeatureLayer: Int, Sendable, Hashable, CaseIterable {
        /// After the first maximum pool.
        case first = 64
        /// After the second.
        case second = 192
        /// Before the auxiliary classifier.
        case beforeAuxiliary = 768
        /// The mean over space at the end: those of FID.
        case last = 2048
    }

    private let stages: [(layer: FeatureLayer, layers: [any Layer])]
    private let head: Linear

    /// A network with its parameters in `scope`.
    public init(in scope: Scope) {
        let pool = InceptionPool(stride: 2, padding: 0)
        stages = [
            (
                .first,
                [
                    BasicConvolution(3, 32, 3, stride: 2, in: scope / "Conv2d_1a_3x3"),
                    BasicConvolution(32, 32, 3, in: scope / "Conv2d_2a_3x3"),
                    BasicConvolution(32, 64, 3, padding: 1, in: scope / "Conv2d_2b_3x3"), pool,
                ]
            ),
            (
                .second,
                [
                    BasicConvolution(64, 80, 1, in: scope / "Conv2d_3b_1x1"),
                    BasicConvolution(80, 192, 3, in: scope / "Conv2d_4a_3x3"), pool,
                ]
            ),
            (
                .beforeAuxiliary,
                [
                    InceptionBlock.a(192, pool: 32, in: scope / "Mixed_5b"),
                    InceptionBlock.a(256, pool: 64, in: scope / "Mixed_5c"),
                    InceptionBlock.a(288, pool: 64, in: scope / "Mixed_5d"),
                    InceptionBlock.b(288, in: scope / "Mixed_6a"),
                    InceptionBlock.c(768, middle: 128, in: scope / "Mixed_6b"),
                    InceptionBlock.c(768, middle: 160, in: scope / "Mixed_6c"),
                    InceptionBlock.c(768, middle: 160, in: scope / "Mixed_6d"),
                    InceptionBlock.c(768, middle: 192, in: scope / "Mixed_6e"),
                ]
            ),
            (
                .last,
                [
                    InceptionBlock.d(768, in: scope / "Mixed_7a"),
                    InceptionBlock.e(1280, averagePool: true, in: scope / "Mixed_7b"),
                    InceptionBlock.e(2048, averagePool: false, in: scope / "Mixed_7c"),
                ]
            ),
        ]
        head = Linear(FeatureLayer.last.rawValue, Self.classes, in: scope / "fc")
    }

    /// Features [B, D] of images [B, 3, H, W] in [-1, 1], which are resized to 299 x 299 as pytorch-fid does.
    ///
    /// Features of the first three layers are means over space, as pytorch-fid takes them.
    public func features(_ images: Tensor, at layer: FeatureLayer = .last) -> Tensor {
        features(resized: Self.prepared(images), at: layer)
    }

    /// Features [B, D] of images [B, 3, 299, 299] in [-1, 1] that were resized before.
    public func features(resized images: Tensor, at layer: FeatureLayer = .last) -> Tensor {
        var x = images.contiguous(.channelsLast)
        for stage in stages {
            for layer in stage.layers { x = layer(x) }
            if stage.layer == layer { break }
        }
        return x.mean([2, 3])
    }

    /// Logits [B, K] of features [B, 2048].
    ///
    /// - Parameters:
    ///   - features: Those of ``FeatureLayer/last``.
    ///   - addingBias: True to add the last layer's bias. The Inception Score of the original code leaves it out.
    public func logits(_ features: Tensor, addingBias: Bool = false) -> Tensor {
        addingBias ? head(features) : features.matmul(head.weight.mT)
    }
}
