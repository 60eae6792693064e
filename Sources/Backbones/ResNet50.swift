public import Foundation
public import Torch
public import TorchNN

/// ResNet-50 (He et al., CVPR 2016, with strides in the 3 x 3 convolutions) at inference, for weights that others have
/// trained without labels: MoCo, SimCLR and the like.
///
/// Names are torchvision's: `conv1`, `bn1`, `layer1.0.conv1`, ..., without `fc`.
public struct ResNet50: Sendable {
    /// Normalisation of images with which the network was trained.
    public let normalisation: ImageNormalisation
    private let stem: Conv2d
    private let stemNorm: BatchNorm2d
    private let stages: [[Bottleneck]]

    /// A network with its parameters in `scope`.
    ///
    /// - Parameters:
    ///   - normalisation: ImageNet's for torchvision and MoCo, unit for SimCLR.
    ///   - scope: Scope of the parameters.
    public init(_ normalisation: ImageNormalisation = .imageNet, in scope: Scope) {
        self.normalisation = normalisation
        stem = Conv2d(
            3, 64, kernel: 7, Convolution(stride: 2, padding: 3), in: scope / "conv1", hasBias: false,
            weight: .kaimingNormal(fan: .output))
        stemNorm = BatchNorm2d(64, in: scope / "bn1")
        stages = [3, 4, 6, 3].enumerated().map { stage, blocks in
            let width = 64 << stage
            return (0..<blocks).map { block in
                Bottleneck(
                    block > 0 ? 4 * width : stage == 0 ? 64 : 2 * width, width: width,
                    stride: block == 0 && stage > 0 ? 2 : 1, in: scope / "layer\(stage + 1)" / block)
            }
        }
    }

    /// Maps of images [N, C, H, W] in [-1, 1]: `layer1` to `layer4`, [N, 256 to 2048, H / 4 to H / 32, ...].
    ///
    /// Images of one channel are repeated to three.
    public func maps(of images: Tensor) -> [ResNetEncoder.Map] {
        let coloured = images.shape[1] == 1 ? images.expand(-1, 3, -1, -1) : images
        var x = stemNorm(stem(normalisation(coloured).contiguous(.channelsLast))).relu()
        x = x.maxPool2d(3, stride: 2, padding: 1)
        return stages.enumerated().map { index, blocks in
            x = blocks.reduce(x) { $1($0) }
            return ResNetEncoder.Map(name: "layer\(index + 1)", values: x)
        }
    }

    /// Reads weights with torchvision's names, bare or behind a prefix that MoCo and SimCLR checkpoints have:
    /// `module.encoder_q.`, `module.encoder.`, `module.`, `encoder_q.`, `encoder.`, `backbone.`, `module.backbone.`.
    ///
    /// Everything outside of the prefix, such as a projection head or the momentum encoder, and `fc` are left out; the rest
    /// must fit.
    ///
    /// - Parameters:
    ///   - file: A safetensors file.
    ///   - store: The store of a complete network at its root.
    /// - Throws: ``/Torch/TorchError`` if no prefix fits, or the tensors do not.
    public static func load(_ file: URL, into store: ParameterStore) throws {
        let names = Set(try SafetensorsFile(file).names)
        guard let prefix = prefixes.first(where: { names.contains($0 + "layer1.0.conv1.weight") }) else {
            throw TorchError(
                .invalidFile,
                """
                \(file.path): no weights of a ResNet-50 with torchvision's names: 'layer1.0.conv1.weight' is not there, nor \
                behind one of the prefixes \(prefixes.dropFirst().joined(separator: ", ")). Rename the tensors.
                """)
        }
        try Weights.load(into: store, from: file, allowing: [.unused(suffix: "num_batches_tracked"), .dtypeConversion])
        {
            guard $0.hasPrefix(prefix) else { return nil }
            let name = String($0.dropFirst(prefix.count))
            return name.hasPrefix("fc.") ? nil : name
        }
    }

    private static let prefixes = [
        "", "module.encoder_q.", "module.encoder.", "module.", "encoder_q.", "encoder.", "backbone.",
        "module.backbone.",
    ]
}

/// 1 x 1, 3 x 3 and 1 x 1 convolutions with batch norm, plus the input, ReLU.
private struct Bottleneck: Sendable {
    let convolutions: [(Conv2d, BatchNorm2d)]
    let projection: (Conv2d, BatchNorm2d)?

    init(_ inputs: Int, width: Int, stride: Int, in scope: Scope) {
        let sizes: [(Int, Int, Int, Int)] = [
            (inputs, width, 1, 1), (width, width, 3, stride), (width, 4 * width, 1, 1),
        ]
        convolutions = sizes.enumerated().map { index, size in
            (
                Self.convolution(size.0, size.1, kernel: size.2, stride: size.3, in: scope / "conv\(index + 1)"),
                BatchNorm2d(size.1, in: scope / "bn\(index + 1)")
            )
        }
        guard stride != 1 || inputs != 4 * width else {
            projection = nil
            return
        }
        projection = (
            Self.convolution(inputs, 4 * width, kernel: 1, stride: stride, in: scope / "downsample" / 0),
            BatchNorm2d(4 * width, in: scope / "downsample" / 1)
        )
    }

    private static func convolution(
        _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int, in scope: Scope
    ) -> Conv2d {
        Conv2d(
            inputs, outputs, kernel: Size2D(kernel),
            Convolution(stride: Size2D(stride), padding: Size2D(kernel / 2)), in: scope, hasBias: false,
            weight: .kaimingNormal(fan: .output))
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let skip = projection.map { $0.1($0.0(x)) } ?? x
        let inner = convolutions.dropLast().reduce(x) { $1.1($1.0($0)).relu() }
        let last = convolutions[convolutions.count - 1]
        return (last.1(last.0(inner)) + skip).relu()
    }
}
