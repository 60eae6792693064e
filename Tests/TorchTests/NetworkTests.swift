import TestSupport
import Testing
import Torch

@Suite("Operations of networks")
struct NetworkTests {
    @Test("agree with PyTorch", arguments: cases)
    func agree(_ operation: OperationCase) throws { try operation.check() }

    static let cases = layers + norms + images + tokens

    private static let layers: [OperationCase] = [
        OperationCase("linear") {
            [$0.a.linear($0.table[TensorIndex.all, ..<4]), $0.cube.linear($0.table.mT, $0.bias)]
        },
        OperationCase("conv2d") {
            let strided = Convolution(stride: Size2D(height: 2, width: 1), padding: Size2D(height: 1, width: 2))
            return [
                $0.image.conv2d($0.filter), $0.image.conv2d($0.filter, $0.bias, strided),
                $0.image.conv2d($0.grouped, $0.bias, Convolution(padding: 1, dilation: 2, groups: 2)),
            ]
        },
        OperationCase("convTranspose2d") {
            [
                $0.image.convTranspose2d($0.up),
                $0.image.convTranspose2d($0.up, $0.bias[..<3], Convolution(stride: 2, padding: 1), outputPadding: 1),
            ]
        },
        OperationCase("pool") {
            [
                $0.image.maxPool2d(2), $0.image.maxPool2d(3, stride: 2, padding: 1),
                $0.image.avgPool2d(Size2D(height: 3, width: 2), stride: 1, padding: 1),
                $0.image.avgPool2d(3, stride: 2, padding: 1, countingPadding: false),
                $0.image.adaptiveAvgPool2d(Size2D(height: 3, width: 2)),
            ]
        },
        OperationCase("unfold") { [$0.image.unfold(Size2D(height: 3, width: 2), stride: 2, padding: 1)] },
    ]

    private static let norms: [OperationCase] = [
        OperationCase("groupNorm") {
            [$0.image.groupNorm(2), $0.image.groupNorm(2, $0.channels, $0.row, epsilon: 1e-3)]
        },
        OperationCase("layerNorm") {
            [
                $0.cube.layerNorm([4]), $0.cube.layerNorm([4], $0.channels, $0.row, epsilon: 1e-3),
                $0.cube.layerNorm([3, 4]),
            ]
        },
        OperationCase("rmsNorm") { [$0.cube.rmsNorm([4]), $0.cube.rmsNorm([4], $0.channels, epsilon: 1e-3)] },
        OperationCase("batchNorm") {
            [
                $0.image.batchNorm(mean: $0.row, variance: $0.channels),
                $0.image.batchNorm(mean: $0.row, variance: $0.channels, $0.channels, $0.other, epsilon: 1e-3),
            ]
        },
    ]

    private static let images: [OperationCase] = [
        interpolation("nearest", .nearest), interpolation("nearest-exact", .nearestExact), interpolation("area", .area),
        interpolation("bilinear", .bilinear), interpolation("bicubic", .bicubic),
        OperationCase("interpolate.bilinear.corners") {
            [$0.image.interpolate(to: Size2D(height: 9, width: 3), .bilinear, alignCorners: true)]
        },
        OperationCase("interpolate.bicubic.corners") {
            [$0.image.interpolate(to: Size2D(height: 9, width: 3), .bicubic, alignCorners: true)]
        },
        OperationCase("interpolate.bilinear.antialias") {
            [$0.image.interpolate(to: Size2D(height: 2, width: 3), .bilinear, antialias: true)]
        },
        OperationCase("interpolate.bicubic.antialias") {
            [$0.image.interpolate(to: Size2D(height: 2, width: 3), .bicubic, antialias: true)]
        },
        OperationCase("pixelShuffle") {
            [$0.image.pixelShuffle(2), $0.image[TensorIndex.ellipsis, ..<4].pixelUnshuffle(2)]
        },
    ]

    private static func interpolation(_ name: String, _ mode: Interpolation) -> OperationCase {
        OperationCase("interpolate.\(name)") {
            [
                $0.image.interpolate(to: Size2D(height: 9, width: 8), mode),
                $0.image.interpolate(to: Size2D(height: 3, width: 2), mode),
            ]
        }
    }

    private static let tokens: [OperationCase] = [
        OperationCase("embedding") { [$0.table.embedding($0.labels)] },
        OperationCase("oneHot") { [$0.labels.oneHot(4)] },
        OperationCase("attention") {
            let allowed = $0.allowed
            return [
                $0.query.scaledDotProductAttention($0.key, $0.value),
                $0.query.scaledDotProductAttention($0.query, $0.query, causal: true),
                $0.query.scaledDotProductAttention($0.key, $0.value, mask: allowed),
                $0.query.scaledDotProductAttention($0.key, $0.value, mask: allowed.to(.float32) * 2, scale: 0.3),
            ]
        },
        OperationCase("crossEntropy") {
            [$0.a.crossEntropy($0.labels), $0.a.crossEntropy($0.labels, labelSmoothing: 0.1)]
        },
    ]

    @Test("dropout keeps the mean, its zeros have the given share, and probability 0 draws nothing")
    func dropout() {
        let source = RandomSource(Seed(1))
        let ones = Tensor.ones([100_000])
        let dropped = ones.dropout(0.3, using: source)
        // Four standard deviations of a share among 100 000.
        assertClose((dropped .== 0.0).to(.float32).mean().item(), 0.3, absolute: 4 * (0.3 * 0.7 / 100_000).squareRoot())
        #expect(Set(dropped.scalars(as: Float.self)) == [0, 1 / 0.7])
        let before = source.state
        assertEqual(ones.dropout(0, using: source), ones)
        assertEqual(source.state, before)
    }
}
