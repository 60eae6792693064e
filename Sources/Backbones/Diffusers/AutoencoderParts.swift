internal import Torch
internal import TorchNN

/// Added to variances in the norms of ``AutoencoderKL``.
private let epsilon = 1e-6

/// Block, attention of one head, block.
private struct AutoencoderMiddle: Sendable {
    private let blocks: (ResnetBlock2D, ResnetBlock2D)
    private let attention: PixelAttention?

    init(_ sizes: AutoencoderKL.Configuration, in scope: Scope) {
        let channels = sizes.levels[sizes.levels.count - 1]
        let block = { (index: Int) in
            ResnetBlock2D(
                channels, channels, groups: sizes.groups, epsilon: epsilon, in: scope / "resnets" / index)
        }
        blocks = (block(0), block(1))
        attention =
            sizes.hasAttention
            ? PixelAttention(
                channels, heads: 1, groups: sizes.groups, epsilon: epsilon, in: scope / "attentions" / 0) : nil
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let first = blocks.0(x)
        return blocks.1(attention.map { $0(first) } ?? first)
    }
}

/// Images to moments of latents.
struct AutoencoderEncoder: Sendable {
    private struct Level: Sendable {
        let blocks: [ResnetBlock2D]
        let shrink: ShrinkingConvolution?
    }

    private let input: Conv2d
    private let levels: [Level]
    private let middle: AutoencoderMiddle
    private let norm: GroupNorm
    private let output: Conv2d

    init(_ sizes: AutoencoderKL.Configuration, in scope: Scope) {
        let how = Convolution(padding: 1)
        input = Conv2d(sizes.channels, sizes.levels[0], kernel: 3, how, in: scope / "conv_in")
        var last = sizes.levels[0]
        levels = sizes.levels.enumerated().map { index, channels in
            let place = scope / "down_blocks" / index
            let blocks = (0..<sizes.blocks).map { block in
                defer { last = channels }
                return ResnetBlock2D(
                    last, channels, groups: sizes.groups, epsilon: epsilon, in: place / "resnets" / block)
            }
            let shrinks = index < sizes.levels.count - 1
            return Level(
                blocks: blocks,
                shrink: shrinks
                    ? ShrinkingConvolution(channels, padding: 0, in: place / "downsamplers" / 0 / "conv") : nil)
        }
        middle = AutoencoderMiddle(sizes, in: scope / "mid_block")
        norm = GroupNorm(sizes.groups, last, in: scope / "conv_norm_out", epsilon: epsilon)
        output = Conv2d(last, 2 * sizes.latentChannels, kernel: 3, how, in: scope / "conv_out")
    }

    func callAsFunction(_ images: Tensor) -> Tensor {
        var x = input(images)
        for level in levels {
            for block in level.blocks { x = block(x) }
            if let shrink = level.shrink { x = shrink(x) }
        }
        return output(norm(middle(x), then: .silu))
    }
}

/// Unscaled latents to images.
struct AutoencoderDecoder: Sendable {
    private struct Level: Sendable {
        let blocks: [ResnetBlock2D]
        let grow: GrowingConvolution?
    }

    private let input: Conv2d
    private let middle: AutoencoderMiddle
    private let levels: [Level]
    private let norm: GroupNorm
    private let output: Conv2d

    init(_ sizes: AutoencoderKL.Configuration, in scope: Scope) {
        let how = Convolution(padding: 1)
        var last = sizes.levels[sizes.levels.count - 1]
        input = Conv2d(sizes.latentChannels, last, kernel: 3, how, in: scope / "conv_in")
        middle = AutoencoderMiddle(sizes, in: scope / "mid_block")
        levels = sizes.levels.reversed().enumerated().map { index, channels in
            let place = scope / "up_blocks" / index
            let blocks = (0...sizes.blocks).map { block in
                defer { last = channels }
                return ResnetBlock2D(
                    last, channels, groups: sizes.groups, epsilon: epsilon, in: place / "resnets" / block)
            }
            let grows = index < sizes.levels.count - 1
            return Level(
                blocks: blocks,
                grow: grows ? GrowingConvolution(channels, channels, in: place / "upsamplers" / 0 / "conv") : nil)
        }
        norm = GroupNorm(sizes.groups, last, in: scope / "conv_norm_out", epsilon: epsilon)
        output = Conv2d(last, sizes.outputChannels, kernel: 3, how, in: scope / "conv_out")
    }

    func callAsFunction(_ latents: Tensor) -> Tensor {
        var x = middle(input(latents))
        for level in levels {
            for block in level.blocks { x = block(x) }
            if let grow = level.grow { x = grow(x) }
        }
        return output(norm(x, then: .silu))
    }
}
