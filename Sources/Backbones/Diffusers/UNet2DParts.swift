internal import Torch
internal import TorchNN

/// Blocks of one size, with attention behind each or none, and the change of size at the end.
struct UNet2DLevel: Sendable {
    let blocks: [ResnetBlock2D]
    let attentions: [PixelAttention]
    let shrink: ShrinkingConvolution?
    let grow: GrowingConvolution?

    private func step(_ index: Int, _ x: Tensor, _ condition: Tensor) -> Tensor {
        let changed = blocks[index](x, condition)
        return attentions.isEmpty ? changed : attentions[index](changed)
    }

    /// The way down: every result is kept.
    func descend(_ x: Tensor, _ condition: Tensor, _ skips: inout [Tensor]) -> Tensor {
        var h = x
        for index in blocks.indices {
            h = step(index, h, condition)
            skips.append(h)
        }
        if let shrink {
            h = shrink(h)
            skips.append(h)
        }
        return h
    }

    /// The way up: every block also sees what was kept last.
    func ascend(_ x: Tensor, _ condition: Tensor, _ skips: inout [Tensor]) -> Tensor {
        var h = x
        for index in blocks.indices { h = step(index, Tensor.cat([h, skips.removeLast()], 1), condition) }
        return grow.map { $0(h) } ?? h
    }
}

/// Block, attention, block at the coarsest level.
struct UNet2DMiddle: Sendable {
    private let blocks: (ResnetBlock2D, ResnetBlock2D)
    private let attention: PixelAttention?

    init(_ parts: UNet2DParts, in scope: Scope) {
        let sizes = parts.sizes
        let channels = sizes.levels[sizes.levels.count - 1]
        let block = { (index: Int) in
            parts.block(channels, channels, dividingBy: sizes.middleScale, in: scope / "resnets" / index)
        }
        blocks = (block(0), block(1))
        // Where norms are modulated by the condition, diffusers leaves out the one of this attention.
        let groups = sizes.attentionGroups ?? (sizes.scalesNorms ? nil : sizes.groups)
        attention =
            sizes.hasAttention
            ? parts.attention(
                channels, groups: groups, dividingBy: sizes.middleScale, in: scope / "attentions" / 0) : nil
    }

    func callAsFunction(_ x: Tensor, _ condition: Tensor) -> Tensor {
        let first = blocks.0(x, condition)
        return blocks.1(attention.map { $0(first) } ?? first, condition)
    }
}

/// Parts of a U-Net of some sizes.
struct UNet2DParts {
    let sizes: UNet2D.Configuration

    init(_ sizes: UNet2D.Configuration) { self.sizes = sizes }

    func block(_ inputs: Int, _ outputs: Int, dividingBy divisor: Double = 1, in scope: Scope) -> ResnetBlock2D {
        ResnetBlock2D(
            inputs, outputs, groups: sizes.groups, epsilon: sizes.epsilon,
            condition: sizes.scalesNorms ? .scaleAndShift(sizes.condition) : .shift(sizes.condition),
            dividingBy: divisor, in: scope)
    }

    func attention(_ channels: Int, groups: Int?, dividingBy divisor: Double = 1, in scope: Scope) -> PixelAttention {
        PixelAttention(
            channels, heads: sizes.headWidth.map { channels / $0 } ?? 1, groups: groups, epsilon: sizes.epsilon,
            dividingBy: divisor, in: scope)
    }

    /// Level `index` of the way down; the channels that it keeps are appended to `skips`.
    func downLevel(_ index: Int, _ skips: inout [Int], in scope: Scope) -> UNet2DLevel {
        let channels = sizes.levels[index]
        var last = index == 0 ? sizes.levels[0] : sizes.levels[index - 1]
        let blocks = (0..<sizes.blocks).map { number in
            defer {
                last = channels
                skips.append(channels)
            }
            return block(last, channels, in: scope / "resnets" / number)
        }
        let shrinks = index < sizes.levels.count - 1
        if shrinks { skips.append(channels) }
        return UNet2DLevel(
            blocks: blocks, attentions: attentions(sizes.down[index].hasAttention, blocks.count, channels, in: scope),
            shrink: shrinks
                ? ShrinkingConvolution(
                    channels, padding: sizes.shrinkPadding, in: scope / "downsamplers" / 0 / "conv") : nil, grow: nil)
    }

    /// Level `index` of the way up, coarsest first; the channels that it takes are removed from `skips`.
    func upLevel(_ index: Int, _ skips: inout [Int], in scope: Scope) -> UNet2DLevel {
        let levels = Array(sizes.levels.reversed())
        let channels = levels[index]
        var last = levels[max(index - 1, 0)]
        let blocks = (0...sizes.blocks).map { number in
            defer { last = channels }
            return block(last + skips.removeLast(), channels, in: scope / "resnets" / number)
        }
        let grows = index < levels.count - 1
        return UNet2DLevel(
            blocks: blocks, attentions: attentions(sizes.up[index].hasAttention, blocks.count, channels, in: scope),
            shrink: nil,
            grow: grows ? GrowingConvolution(channels, channels, in: scope / "upsamplers" / 0 / "conv") : nil)
    }

    private func attentions(_ wanted: Bool, _ count: Int, _ channels: Int, in scope: Scope) -> [PixelAttention] {
        guard wanted else { return [] }
        return (0..<count).map { attention(channels, groups: sizes.groups, in: scope / "attentions" / $0) }
    }
}
