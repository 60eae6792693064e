public import Torch
public import TorchNN

/// A small residual network that classifies images; its features judge samples where no larger network is at hand.
///
/// [B, C, H, W] in [-1, 1], H and W at least 8, goes through a 5 x 5 convolution and a residual block at half the size, the
/// same with 3 x 3 at a quarter, and a widening; the features [B, D] are the mean over space, and the logits [B, K] are
/// linear in them. There is no normalisation, which would hide differences of contrast; at this depth it is not needed.
/// About 0.12 M parameters.
public struct SmallClassifier: Sendable {
    /// Sizes of the network.
    public struct Configuration: Sendable, Hashable, Codable {
        /// Channels of the images, C.
        public var channels: Int
        /// Number of classes, K.
        public var classes: Int
        /// Channels at half the size; twice as many at a quarter.
        public var width = 32
        /// Number of features, D.
        public var features = 128

        /// A network for images of so many channels and classes.
        public init(channels: Int, classes: Int) {
            self.channels = channels
            self.classes = classes
        }
    }

    /// Sizes of the network.
    public let configuration: Configuration
    private let trunk: Sequential
    private let head: Linear

    /// A network with its parameters in `scope`.
    public init(_ configuration: Configuration, in scope: Scope) {
        let (c, width) = (configuration, configuration.width)
        self.configuration = configuration
        trunk = Sequential {
            Conv2d(c.channels, width, kernel: 5, stride: 2, in: scope / "stem")
            Activation.relu
            ResidualBlock(width, in: scope / "block1")
            Conv2d(width, 2 * width, kernel: 3, stride: 2, in: scope / "down")
            Activation.relu
            ResidualBlock(2 * width, in: scope / "block2")
            Conv2d(2 * width, c.features, kernel: 1, stride: 1, in: scope / "widen")
            Activation.relu
        }
        head = Linear(c.features, c.classes, in: scope / "head")
    }

    /// Features [B, D] and logits [B, K] of images [B, C, H, W] in [-1, 1].
    public func featuresAndLogits(_ images: Tensor) -> (features: Tensor, logits: Tensor) {
        let features = trunk(images.contiguous(.channelsLast)).mean([2, 3])
        return (features, head(features))
    }
}

/// x + two convolutions, then ReLU (He et al., CVPR 2016, figure 2, without normalisation).
///
/// The second convolution starts at 0 and the block as the identity, as in Fixup (Zhang, Dauphin and Ma, ICLR 2019).
private struct ResidualBlock: Layer {
    let first: Conv2d
    let second: Conv2d

    init(_ channels: Int, in scope: Scope) {
        first = Conv2d(channels, channels, kernel: 3, stride: 1, in: scope / "first")
        second = Conv2d(channels, channels, kernel: 3, Convolution(padding: 1), in: scope / "second", weight: .zeros)
    }

    func callAsFunction(_ x: Tensor) -> Tensor { (x + second(first(x).relu())).relu() }
}

extension Conv2d {
    /// An odd kernel that keeps the size, up to the stride, with weights for ReLU after it.
    fileprivate init(_ inputs: Int, _ outputs: Int, kernel: Int, stride: Int, in scope: Scope) {
        let how = Convolution(stride: Size2D(stride), padding: Size2D(kernel / 2))
        self.init(inputs, outputs, kernel: Size2D(kernel), how, in: scope, weight: .kaimingNormal(), bias: .zeros)
    }
}
