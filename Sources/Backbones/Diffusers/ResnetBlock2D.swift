internal import Torch
internal import TorchNN

/// Influence of a condition on a ``ResnetBlock2D``.
enum BlockCondition {
    case none
    /// Added after the first convolution, of a condition of so many features.
    case shift(Int)
    /// Scale and shift of the second norm.
    case scaleAndShift(Int)
}

/// Norm, SiLU, convolution, norm, SiLU, convolution, and the skip: `ResnetBlock2D` of diffusers.
///
///     (skip(x) + h) / scale
///
/// Parameters: `norm1`, `conv1`, `time_emb_proj`, `norm2`, `conv2`, and `conv_shortcut` where channels change.
struct ResnetBlock2D: Sendable {
    private let norms: (GroupNorm, GroupNorm)
    private let convolutions: (Conv2d, Conv2d)
    private let projection: Linear?
    private let shortcut: Conv2d?
    private let scalesNorm: Bool
    private let divisor: Double

    init(
        _ inputs: Int, _ outputs: Int, groups: Int, epsilon: Double, condition: BlockCondition = .none,
        dividingBy divisor: Double = 1, in scope: Scope
    ) {
        norms = (
            GroupNorm(groups, inputs, in: scope / "norm1", epsilon: epsilon),
            GroupNorm(groups, outputs, in: scope / "norm2", epsilon: epsilon)
        )
        let how = Convolution(padding: 1)
        convolutions = (
            Conv2d(inputs, outputs, kernel: 3, how, in: scope / "conv1"),
            Conv2d(outputs, outputs, kernel: 3, how, in: scope / "conv2")
        )
        shortcut = inputs == outputs ? nil : Conv2d(inputs, outputs, kernel: 1, in: scope / "conv_shortcut")
        self.divisor = divisor
        switch condition {
        case .none: (projection, scalesNorm) = (nil, false)
        case .shift(let width): (projection, scalesNorm) = (Linear(width, outputs, in: scope / "time_emb_proj"), false)
        case .scaleAndShift(let width):
            (projection, scalesNorm) = (Linear(width, 2 * outputs, in: scope / "time_emb_proj"), true)
        }
    }

    /// - Parameters:
    ///   - x: [B, C, H, W], channels last.
    ///   - condition: After SiLU, [B, width]; nil if the block has none.
    func callAsFunction(_ x: Tensor, _ condition: Tensor? = nil) -> Tensor {
        var h = convolutions.0(norms.0(x, then: .silu))
        if let projection, let condition {
            let told = withoutAutocast(on: x.device) { projection(condition.to(projection.weight.dtype)) }
            h =
                scalesNorm
                ? modulated(h, told) : norms.1(h + told.to(h.dtype).reshape(told.shape + [1, 1]), then: .silu)
        } else {
            h = norms.1(h, then: .silu)
        }
        let sum = (shortcut.map { $0(x) } ?? x) + convolutions.1(h)
        return divisor == 1 ? sum : sum / divisor
    }

    /// SiLU(norm(x) (1 + scale) + shift): the fused norm takes factors and shifts of each example.
    private func modulated(_ x: Tensor, _ told: Tensor) -> Tensor {
        guard let weight = norms.1.weight, let bias = norms.1.bias else { fatalError("Backbones: a norm of constants") }
        let parts = told.chunk(2, 1)
        let scale = parts[0] + 1
        return x.groupNorm(
            norms.1.groups, weight * scale, bias * scale + parts[1], epsilon: norms.1.epsilon, then: .silu)
    }
}

/// (x + attention of the pixels of [B, C, H, W] to each other) / scale: `Attention` of diffusers on maps.
///
/// Parameters: `group_norm` if there is one, `to_q`, `to_k`, `to_v`, `to_out.0`.
struct PixelAttention: Sendable {
    private let norm: GroupNorm?
    private let projections: [Linear]
    private let output: Linear
    private let heads: Int
    private let divisor: Double

    init(
        _ channels: Int, heads: Int, groups: Int?, epsilon: Double, dividingBy divisor: Double = 1, in scope: Scope
    ) {
        norm = groups.map { GroupNorm($0, channels, in: scope / "group_norm", epsilon: epsilon) }
        projections = ["to_q", "to_k", "to_v"].map { Linear(channels, channels, in: scope / $0) }
        output = Linear(channels, channels, in: scope / "to_out" / 0)
        (self.heads, self.divisor) = (heads, divisor)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let s = x.shape
        // Channels last: neither of the changes of shape moves numbers.
        let tokens = (norm.map { $0(x, then: .identity) } ?? x).flatten(2).mT
        let parts = projections.map {
            $0(tokens).reshape(s[0], s[2] * s[3], heads, s[1] / heads).transpose(1, 2)
        }
        let seen = parts[0].scaledDotProductAttention(parts[1], parts[2])
        let mixed = output(seen.transpose(1, 2).reshape(s[0], s[2] * s[3], s[1]))
        let sum = x + mixed.mT.reshape(s)
        return divisor == 1 ? sum : sum / divisor
    }
}

/// A convolution of stride 2, which sees a border of zeros on all sides, or at the right and at the bottom alone.
struct ShrinkingConvolution: Sendable {
    private let convolution: Conv2d
    private let isAsymmetric: Bool

    init(_ channels: Int, padding: Int, in scope: Scope) {
        isAsymmetric = padding == 0
        convolution = Conv2d(
            channels, channels, kernel: 3, Convolution(stride: 2, padding: Size2D(padding)), in: scope)
    }

    func callAsFunction(_ x: Tensor) -> Tensor { convolution(isAsymmetric ? x.pad([0, 1, 0, 1]) : x) }
}
