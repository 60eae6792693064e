internal import Torch
internal import TorchNN

/// Shared sizes of both ways of a U-Net, and its parts.
struct UNetParts {
    let sizes: UNet.Configuration
    /// Height of the finest level.
    let size: Int
    let isConditional: Bool

    init(_ sizes: UNet.Configuration, size: Int, isConditional: Bool) {
        (self.sizes, self.size, self.isConditional) = (sizes, size, isConditional)
    }

    /// Channels of each level.
    var channels: [Int] { sizes.channels }

    func block(_ inputs: Int, _ outputs: Int, in scope: Scope) -> UNetBlock {
        UNetBlock(
            inputs, outputs, condition: isConditional ? sizes.condition : nil, dropout: sizes.dropout, in: scope)
    }

    /// The attention of a level; nil where maps are too large.
    func attention(level: Int, in scope: Scope) -> UNetAttention? {
        guard size >> level <= sizes.attentionSize else { return nil }
        return UNetAttention(channels[level], headWidth: sizes.headWidth, in: scope)
    }
}

/// A block, and attention after it.
private struct Stage: Sendable {
    let block: UNetBlock
    let attention: UNetAttention?

    func callAsFunction(_ x: Tensor, _ condition: Tensor?, using source: RandomSource?) -> Tensor {
        let changed = block(x, condition, using: source)
        return attention.map { $0(changed) } ?? changed
    }
}

/// The way down and the middle.
struct UNetEncoder: Sendable {
    /// A step of the way down, after which the result is kept for the way up.
    private enum Step {
        case stage(Stage)
        case shrink(Conv2d)
    }

    /// Channels of the maps kept for the way up, in order.
    let skips: [Int]
    private let input: Conv2d
    private let steps: [Step]
    private let middle: (Stage, UNetBlock)

    init(_ parts: UNetParts, inputs: Int, in scope: Scope) {
        input = Conv2d(
            inputs, parts.sizes.width, kernel: 3, Convolution(padding: 1), in: scope / "input_blocks" / 0 / 0)
        var (skips, steps) = ([parts.sizes.width], [Step]())
        for (level, channels) in parts.channels.enumerated() {
            if level > 0 {
                let last = skips[skips.count - 1]
                let place = scope / "input_blocks" / skips.count / 0 / "op"
                steps.append(
                    .shrink(Conv2d(last, last, kernel: 3, Convolution(stride: 2, padding: 1), in: place)))
                skips.append(last)
            }
            for _ in 0..<parts.sizes.blocks {
                let place = scope / "input_blocks" / skips.count
                let block = parts.block(skips[skips.count - 1], channels, in: place / 0)
                steps.append(.stage(Stage(block: block, attention: parts.attention(level: level, in: place / 1))))
                skips.append(channels)
            }
        }
        (self.skips, self.steps) = (skips, steps)
        let place = scope / "middle_block"
        let (deepest, channels) = (parts.channels.count - 1, skips[skips.count - 1])
        let attention = parts.attention(level: deepest, in: place / 1)
        middle = (
            Stage(block: parts.block(channels, channels, in: place / 0), attention: attention),
            parts.block(channels, channels, in: place / (attention == nil ? 1 : 2))
        )
    }

    /// The coarsest level, and the maps that the way up needs.
    func callAsFunction(
        _ pixels: Tensor, _ condition: Tensor?, using source: RandomSource?
    ) -> (trunk: Tensor, skips: [Tensor]) {
        var skips = [input(pixels)]
        for step in steps {
            let x = skips[skips.count - 1]
            switch step {
            case .stage(let stage): skips.append(stage(x, condition, using: source))
            case .shrink(let convolution): skips.append(convolution(x))
            }
        }
        let mixed = middle.0(skips[skips.count - 1], condition, using: source)
        return (middle.1(mixed, condition, using: source), skips)
    }
}

/// The way up.
struct UNetDecoder: Sendable {
    private struct Step {
        let stage: Stage
        let growth: GrowingConvolution?
    }

    private let steps: [Step]
    private let norm: GroupNorm
    private let output: Conv2d

    /// - Parameters:
    ///   - parts: Sizes.
    ///   - skips: Channels of the maps that the way down keeps, in its order.
    ///   - outputs: Channels of the result.
    ///   - scope: Scope of the parameters.
    init(_ parts: UNetParts, skips: [Int], outputs: Int, in scope: Scope) {
        var (skips, steps) = (skips, [Step]())
        var last = parts.channels[parts.channels.count - 1]
        for (level, channels) in parts.channels.enumerated().reversed() {
            for index in 0...parts.sizes.blocks {
                let place = scope / "output_blocks" / steps.count
                let block = parts.block(last + skips.removeLast(), channels, in: place / 0)
                let attention = parts.attention(level: level, in: place / 1)
                let grows = level > 0 && index == parts.sizes.blocks
                // Without a bias, whose gradient is slow; the convolutions before it and the skip beside it have one.
                let growth =
                    grows
                    ? GrowingConvolution(
                        channels, channels, in: place / (attention == nil ? 1 : 2) / "conv", hasBias: false) : nil
                steps.append(Step(stage: Stage(block: block, attention: attention), growth: growth))
                last = channels
            }
        }
        self.steps = steps
        norm = GroupNorm(GroupNorm.groups(last), last, in: scope / "out" / 0)
        output = Conv2d(
            last, outputs, kernel: 3, Convolution(padding: 1), in: scope / "out" / 2, weight: .zeros, bias: .zeros)
    }

    /// A map of the finest level, float32.
    func callAsFunction(
        _ trunk: Tensor, _ skips: [Tensor], _ condition: Tensor?, using source: RandomSource?
    ) -> Tensor {
        let grown = zip(steps, skips.reversed()).reduce(trunk) { x, pair in
            let (step, skip) = pair
            let changed = step.stage(Tensor.cat([x, skip], 1), condition, using: source)
            return step.growth.map { $0(changed) } ?? changed
        }
        return output(norm(grown, then: .silu)).to(.float32)
    }
}
