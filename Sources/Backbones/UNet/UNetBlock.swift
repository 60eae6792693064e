internal import Torch
internal import TorchNN

/// A residual block of ADM: norm, SiLU, convolution, norm with scale and shift of the condition, SiLU, convolution.
///
/// The second convolution is 0 at first, so that a block starts as its skip. The first one has no bias: a norm with a shift
/// follows. Parameters as in guided-diffusion: `in_layers.0`, `in_layers.2`, `emb_layers.1`, `out_layers.0`, `out_layers.3`,
/// `skip_connection`.
struct UNetBlock: Sendable {
    private let norm: GroupNorm
    private let first: Conv2d
    private let modulated: ModulatedNorm
    private let dropout: Dropout
    private let second: Conv2d
    private let skip: Conv2d?

    init(_ inputs: Int, _ outputs: Int, condition: Int?, dropout: Double, in scope: Scope) {
        norm = GroupNorm(GroupNorm.groups(inputs), inputs, in: scope / "in_layers" / 0)
        first = Conv2d(
            inputs, outputs, kernel: 3, Convolution(padding: 1), in: scope / "in_layers" / 2, hasBias: false)
        modulated = ModulatedNorm(
            outputs, condition: condition, norm: scope / "out_layers" / 0, modulation: scope / "emb_layers" / 1)
        self.dropout = Dropout(dropout)
        second = Conv2d(
            outputs, outputs, kernel: 3, Convolution(padding: 1), in: scope / "out_layers" / 3, weight: .zeros,
            bias: .zeros)
        skip = inputs == outputs ? nil : Conv2d(inputs, outputs, kernel: 1, in: scope / "skip_connection")
    }

    /// - Parameters:
    ///   - x: [B, C, H, W], channels last.
    ///   - condition: After SiLU, [B, condition]; nil if the network has none.
    ///   - source: Chance for dropout; none if nil.
    func callAsFunction(_ x: Tensor, _ condition: Tensor?, using source: RandomSource?) -> Tensor {
        let changed = modulated(first(norm(x, then: .silu)), condition)
        return (skip.map { $0(x) } ?? x) + second(dropout(changed, using: source))
    }
}

/// SiLU(norm(x) (1 + scale) + shift), scale and shift linear in a condition, in float32 also under autocast.
///
///     norm(x) = weight (x - mean) / deviation + bias,         so that the fused norm takes weight (1 + scale) and
///                                                             bias (1 + scale) + shift of each example
private struct ModulatedNorm: Sendable {
    let groups: Int
    let weight: Tensor
    let bias: Tensor
    let modulation: Linear?

    init(_ channels: Int, condition: Int?, norm: Scope, modulation scope: Scope) {
        groups = GroupNorm.groups(channels)
        weight = norm.parameter("weight", [channels], .ones)
        bias = norm.parameter("bias", [channels], .zeros)
        modulation = condition.map { Linear($0, 2 * channels, in: scope) }
    }

    func callAsFunction(_ x: Tensor, _ condition: Tensor?) -> Tensor {
        guard let modulation, let condition else { return x.groupNorm(groups, weight, bias, then: .silu) }
        let parts = withoutAutocast(on: x.device) { modulation(condition.to(modulation.weight.dtype)) }.chunk(2, 1)
        let scale = parts[0] + 1
        return x.groupNorm(groups, weight * scale, bias * scale + parts[1], then: .silu)
    }
}

/// x + attention of the pixels of [B, C, H, W] to each other, the last layer 0 at first.
///
/// Parameters as in guided-diffusion, whose `qkv` and `proj_out` are convolutions of size 1 with one more dimension: `norm`,
/// `qkv` [3 C, C] with queries, keys and values of all heads one below the other, `proj_out`.
struct UNetAttention: Sendable {
    private let norm: GroupNorm
    private let qkv: Linear
    private let output: Linear
    private let heads: Int

    init(_ channels: Int, headWidth: Int, in scope: Scope) {
        heads = Self.heads(channels, width: headWidth)
        norm = GroupNorm(GroupNorm.groups(channels), channels, in: scope / "norm")
        qkv = Linear(channels, 3 * channels, in: scope / "qkv")
        output = Linear(channels, channels, in: scope / "proj_out", weight: .zeros, bias: .zeros)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let s = x.shape
        // Channels last: neither of the changes of shape moves numbers.
        let tokens = norm(x, then: .identity).flatten(2).mT
        let parts = qkv(tokens).reshape(s[0], s[2] * s[3], 3, heads, s[1] / heads).permute(2, 0, 3, 1, 4)
        let seen = parts[0].scaledDotProductAttention(parts[1], parts[2])
        let mixed = output(seen.transpose(1, 2).reshape(s[0], s[2] * s[3], s[1]))
        return x + mixed.mT.reshape(s)
    }

    /// The largest number of equal heads of at least `width` channels.
    private static func heads(_ channels: Int, width: Int) -> Int {
        var heads = max(1, channels / width)
        while channels % heads != 0 { heads -= 1 }
        return heads
    }
}

/// One number per example of a U-Net: of its input and of its coarsest level.
///
/// Norms hide the size of what they see, and a mean over space that of zero-mean noise. So the head sees the input itself
/// through two convolutions with SiLU (`conv.0`, and `conv.2` with stride 2), beside SiLU of the coarsest level; the means of
/// both over space go through a ``ScalarHead``.
struct UNetScalarHead: Sendable {
    private let first: Conv2d
    private let second: Conv2d
    private let head: ScalarHead

    init(_ channels: Int, trunk: Int, width: Int, in scope: Scope) {
        first = Conv2d(channels, width, kernel: 3, Convolution(padding: 1), in: scope / "conv" / 0)
        second = Conv2d(width, width, kernel: 3, Convolution(stride: 2, padding: 1), in: scope / "conv" / 2)
        head = ScalarHead(width + trunk, width: width, in: scope)
    }

    func callAsFunction(_ input: Tensor, trunk: Tensor) -> Tensor {
        let seen = second(first(input).silu()).silu()
        let means = [seen, trunk.silu()].map { $0.to(.float32).mean([2, 3]) }
        return head(Tensor.cat(means, 1))
    }
}
