internal import Torch
internal import TorchNN

/// A block whose norms and branches are led by the condition: adaLN-zero (Peebles and Xie, ICCV 2023).
///
///     x += gate_a Attention(norm(x) (1 + scale_a) + shift_a)
///     x += gate_m FeedForward(norm(x) (1 + scale_m) + shift_m)
///
/// All six come from one linear layer of SiLU(condition) that is 0 at first, so that a block starts as the identity.
struct DiTBlock: Sendable {
    private let modulation: Modulation
    private let norm1: TokenNorm
    private let norm2: TokenNorm
    private let attention: DiTAttention
    private let feedForward: DiTFeedForward

    init(_ sizes: DiT.Configuration, _ rotary: RotaryEmbedding?, in scope: Scope) {
        modulation = Modulation(6, sizes, in: scope / "adaLN_modulation" / 1)
        norm1 = TokenNorm(sizes.norm, sizes.hidden, in: scope / "norm1", isAffine: sizes.norm == .rms)
        norm2 = TokenNorm(sizes.norm, sizes.hidden, in: scope / "norm2", isAffine: sizes.norm == .rms)
        attention = DiTAttention(sizes, rotary, in: scope / "attn")
        feedForward = DiTFeedForward(sizes, in: scope / "mlp")
    }

    /// - Parameters:
    ///   - tokens: [B, N, D].
    ///   - condition: [B, C], after SiLU.
    ///   - observe: Told the branches before their gates.
    func callAsFunction(_ tokens: Tensor, _ condition: Tensor, observe: (String, Tensor) -> Void) -> Tensor {
        let parts = modulation(condition)
        let attended = attention(norm1(tokens).modulated(shift: parts[0], scale: parts[1]))
        observe("attn_out", attended)
        let mixed = tokens + parts[2] * attended
        let fed = feedForward(norm2(mixed).modulated(shift: parts[3], scale: parts[4]))
        observe("mlp_out", fed)
        return mixed + parts[5] * fed
    }
}

/// Several vectors [B, 1, D] that are linear in a condition [B, C], 0 at first, in float32 also under autocast.
struct Modulation: Sendable {
    private let linear: Linear
    private let count: Int

    init(_ count: Int, _ sizes: DiT.Configuration, in scope: Scope) {
        self.count = count
        linear = Linear(sizes.condition, count * sizes.hidden, in: scope, weight: .zeros, bias: .zeros)
    }

    func callAsFunction(_ condition: Tensor) -> [Tensor] {
        withoutAutocast(on: condition.device) { linear(condition.to(linear.weight.dtype)) }
            .unsqueeze(1).chunk(count, 2)
    }
}

/// One of the two norms of tokens [..., D], eps 1e-6.
struct TokenNorm: Sendable {
    private let layer: any Layer & Sendable

    init(_ norm: DiT.Norm, _ features: Int, in scope: Scope, isAffine: Bool) {
        layer =
            switch norm {
            case .rms: RMSNorm(features, in: scope, epsilon: 1e-6, isAffine: isAffine)
            case .layer: LayerNorm(features, in: scope, epsilon: 1e-6, isAffine: isAffine)
            }
    }

    func callAsFunction(_ x: Tensor) -> Tensor { layer(x) }
}

extension Tensor {
    /// x (1 + scale) + shift.
    func modulated(shift: Tensor, scale: Tensor) -> Tensor { self * (scale + 1) + shift }
}

/// Attention of tokens [B, N, D] to themselves, with norm and rotation of queries and keys.
private struct DiTAttention: Sendable {
    let qkv: Linear
    let output: Linear
    let queryNorm: TokenNorm?
    let keyNorm: TokenNorm?
    let rotary: RotaryEmbedding?
    let heads: Int
    let inFloat32: Bool

    init(_ sizes: DiT.Configuration, _ rotary: RotaryEmbedding?, in scope: Scope) {
        let (hidden, head) = (sizes.hidden, sizes.hidden / sizes.heads)
        qkv = Linear(hidden, 3 * hidden, in: scope / "qkv", weight: .xavierUniform(), bias: .zeros)
        output = Linear(hidden, hidden, in: scope / "proj", weight: .xavierUniform(), bias: .zeros)
        let norm: (String) -> TokenNorm? = { name in
            guard sizes.normalisesQueriesAndKeys else { return nil }
            return TokenNorm(sizes.norm, head, in: scope / name, isAffine: true)
        }
        (queryNorm, keyNorm) = (norm("q_norm"), norm("k_norm"))
        self.rotary = rotary
        (heads, inFloat32) = (sizes.heads, sizes.attentionInFloat32)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let s = x.shape
        // [B, N, 3, heads, D / heads] to three of [B, heads, N, D / heads].
        let parts = qkv(x).reshape(s[0], s[1], 3, heads, s[2] / heads).permute(2, 0, 3, 1, 4)
        let (q, k) = (queryNorm.applied(to: parts[0]), keyNorm.applied(to: parts[1]))
        let seen =
            inFloat32
            ? withoutAutocast(on: x.device) { attend(q.to(.float32), k.to(.float32), parts[2].to(.float32)) }
            : attend(q.to(parts.dtype), k.to(parts.dtype), parts[2])
        return output(seen.transpose(1, 2).reshape(s))
    }

    private func attend(_ q: Tensor, _ k: Tensor, _ v: Tensor) -> Tensor {
        guard let rotary else { return q.scaledDotProductAttention(k, v) }
        return rotary(q).scaledDotProductAttention(rotary(k), v)
    }
}

extension TokenNorm? {
    fileprivate func applied(to x: Tensor) -> Tensor { self.map { $0(x) } ?? x }
}

/// The network of two layers that acts on each token [..., D] alone.
private struct DiTFeedForward: Sendable {
    private enum Kind {
        case swiGLU(gate: Linear, value: Linear, output: Linear)
        case gelu(Linear, Linear)
    }

    private let kind: Kind

    init(_ sizes: DiT.Configuration, in scope: Scope) {
        let (hidden, width) = (sizes.hidden, sizes.feedForwardWidth)
        let layer: (Int, Int, String) -> Linear = { inputs, outputs, name in
            Linear(inputs, outputs, in: scope / name, weight: .xavierUniform(), bias: .zeros)
        }
        kind =
            switch sizes.feedForward {
            case .swiGLU:
                .swiGLU(
                    gate: layer(hidden, width, "w1"), value: layer(hidden, width, "w3"),
                    output: layer(width, hidden, "w2"))
            case .gelu: .gelu(layer(hidden, width, "fc1"), layer(width, hidden, "fc2"))
            }
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        switch kind {
        case .swiGLU(let gate, let value, let output): output(gate(x).silu() * value(x))
        case .gelu(let first, let second): second(first(x).gelu())
        }
    }
}
