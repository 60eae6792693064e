internal import Torch
internal import TorchNN

/// Branches side by side, joined along the channels; the names of the blocks and branches are torchvision's.
struct InceptionBlock: Layer {
    private let branches: [any Layer]

    func callAsFunction(_ x: Tensor) -> Tensor { Tensor.cat(branches.map { $0(x) }, 1) }

    /// 35 x 35.
    static func a(_ inputs: Int, pool: Int, in scope: Scope) -> InceptionBlock {
        InceptionBlock(branches: [
            BasicConvolution(inputs, 64, 1, in: scope / "branch1x1"),
            Branch([
                BasicConvolution(inputs, 48, 1, in: scope / "branch5x5_1"),
                BasicConvolution(48, 64, 5, padding: 2, in: scope / "branch5x5_2"),
            ]),
            Branch([
                BasicConvolution(inputs, 64, 1, in: scope / "branch3x3dbl_1"),
                BasicConvolution(64, 96, 3, padding: 1, in: scope / "branch3x3dbl_2"),
                BasicConvolution(96, 96, 3, padding: 1, in: scope / "branch3x3dbl_3"),
            ]),
            Branch([InceptionPool(isAverage: true), BasicConvolution(inputs, pool, 1, in: scope / "branch_pool")]),
        ])
    }

    /// 35 x 35 to 17 x 17.
    static func b(_ inputs: Int, in scope: Scope) -> InceptionBlock {
        InceptionBlock(branches: [
            BasicConvolution(inputs, 384, 3, stride: 2, in: scope / "branch3x3"),
            Branch([
                BasicConvolution(inputs, 64, 1, in: scope / "branch3x3dbl_1"),
                BasicConvolution(64, 96, 3, padding: 1, in: scope / "branch3x3dbl_2"),
                BasicConvolution(96, 96, 3, stride: 2, in: scope / "branch3x3dbl_3"),
            ]),
            InceptionPool(stride: 2, padding: 0),
        ])
    }

    /// 17 x 17, with filters of 7 x 1 and 1 x 7.
    static func c(_ inputs: Int, middle: Int, in scope: Scope) -> InceptionBlock {
        InceptionBlock(branches: [
            BasicConvolution(inputs, 192, 1, in: scope / "branch1x1"),
            Branch([
                BasicConvolution(inputs, middle, 1, in: scope / "branch7x7_1"),
                BasicConvolution(middle, middle, row: 7, in: scope / "branch7x7_2"),
                BasicConvolution(middle, 192, column: 7, in: scope / "branch7x7_3"),
            ]),
            Branch([
                BasicConvolution(inputs, middle, 1, in: scope / "branch7x7dbl_1"),
                BasicConvolution(middle, middle, column: 7, in: scope / "branch7x7dbl_2"),
                BasicConvolution(middle, middle, row: 7, in: scope / "branch7x7dbl_3"),
                BasicConvolution(middle, middle, column: 7, in: scope / "branch7x7dbl_4"),
                BasicConvolution(middle, 192, row: 7, in: scope / "branch7x7dbl_5"),
            ]),
            Branch([InceptionPool(isAverage: true), BasicConvolution(inputs, 192, 1, in: scope / "branch_pool")]),
        ])
    }

    /// 17 x 17 to 8 x 8.
    static func d(_ inputs: Int, in scope: Scope) -> InceptionBlock {
        InceptionBlock(branches: [
            Branch([
                BasicConvolution(inputs, 192, 1, in: scope / "branch3x3_1"),
                BasicConvolution(192, 320, 3, stride: 2, in: scope / "branch3x3_2"),
            ]),
            Branch([
                BasicConvolution(inputs, 192, 1, in: scope / "branch7x7x3_1"),
                BasicConvolution(192, 192, row: 7, in: scope / "branch7x7x3_2"),
                BasicConvolution(192, 192, column: 7, in: scope / "branch7x7x3_3"),
                BasicConvolution(192, 192, 3, stride: 2, in: scope / "branch7x7x3_4"),
            ]),
            InceptionPool(stride: 2, padding: 0),
        ])
    }

    /// 8 x 8, with branches that fork.
    static func e(_ inputs: Int, averagePool: Bool, in scope: Scope) -> InceptionBlock {
        InceptionBlock(branches: [
            BasicConvolution(inputs, 320, 1, in: scope / "branch1x1"),
            Branch([
                BasicConvolution(inputs, 384, 1, in: scope / "branch3x3_1"),
                fork(384, "branch3x3_2", in: scope),
            ]),
            Branch([
                BasicConvolution(inputs, 448, 1, in: scope / "branch3x3dbl_1"),
                BasicConvolution(448, 384, 3, padding: 1, in: scope / "branch3x3dbl_2"),
                fork(384, "branch3x3dbl_3", in: scope),
            ]),
            Branch([
                InceptionPool(isAverage: averagePool), BasicConvolution(inputs, 192, 1, in: scope / "branch_pool"),
            ]),
        ])
    }

    private static func fork(_ channels: Int, _ name: String, in scope: Scope) -> InceptionBlock {
        InceptionBlock(branches: [
            BasicConvolution(channels, channels, row: 3, in: scope / "\(name)a"),
            BasicConvolution(channels, channels, column: 3, in: scope / "\(name)b"),
        ])
    }
}

/// Layers one after the other, without a level of names.
private struct Branch: Layer {
    let layers: [any Layer]

    init(_ layers: [any Layer]) { self.layers = layers }

    func callAsFunction(_ x: Tensor) -> Tensor { layers.reduce(x) { $1($0) } }
}

/// A pool of 3 x 3.
struct InceptionPool: Layer {
    var isAverage = false
    var stride = 1
    var padding = 1

    func callAsFunction(_ x: Tensor) -> Tensor {
        let (stride, padding) = (Size2D(stride), Size2D(padding))
        return isAverage
            ? x.avgPool2d(3, stride: stride, padding: padding, countingPadding: false)
            : x.maxPool2d(3, stride: stride, padding: padding)
    }
}

/// Convolution without bias, batch normalisation, ReLU.
struct BasicConvolution: Layer {
    private let convolution: Conv2d
    private let normalisation: BatchNorm2d

    /// A square filter.
    init(_ inputs: Int, _ outputs: Int, _ kernel: Int, stride: Int = 1, padding: Int = 0, in scope: Scope) {
        let how = Convolution(stride: Size2D(stride), padding: Size2D(padding))
        self.init(inputs, outputs, Size2D(kernel), how, scope)
    }

    /// A filter of 1 x `row` that keeps the size.
    init(_ inputs: Int, _ outputs: Int, row: Int, in scope: Scope) {
        let how = Convolution(padding: Size2D(height: 0, width: row / 2))
        self.init(inputs, outputs, Size2D(height: 1, width: row), how, scope)
    }

    /// A filter of `column` x 1 that keeps the size.
    init(_ inputs: Int, _ outputs: Int, column: Int, in scope: Scope) {
        let how = Convolution(padding: Size2D(height: column / 2, width: 0))
        self.init(inputs, outputs, Size2D(height: column, width: 1), how, scope)
    }

    private init(_ inputs: Int, _ outputs: Int, _ kernel: Size2D, _ how: Convolution, _ scope: Scope) {
        convolution = Conv2d(inputs, outputs, kernel: kernel, how, in: scope / "conv", hasBias: false)
        normalisation = BatchNorm2d(outputs, in: scope / "bn", epsilon: 1e-3)
    }

    func callAsFunction(_ x: Tensor) -> Tensor { normalisation(convolution(x)).relu() }
}
