public import Torch

/// Attention with several heads (Vaswani et al., NeurIPS 2017, section 3.2.2) of tokens [B, N, D].
///
/// Parameters as in `torch.nn.MultiheadAttention(batch_first=True)`: `in_proj_weight` [3 D, D] with queries, keys and values
/// one below the other, Xavier uniform at first, `in_proj_bias` [3 D], 0 at first, `out_proj.weight` [D, D] as in
/// ``Linear``, `out_proj.bias` [D], 0 at first.
public struct MultiHeadAttention: Layer {
    /// Projections of queries, keys and values [3 D, D].
    public let inputWeight: Tensor
    /// Their biases [3 D].
    public let inputBias: Tensor?
    /// Mixes the heads.
    public let output: Linear
    /// Number of heads.
    public let heads: Int

    private let features: Int

    /// A layer with its parameters in `scope`.
    ///
    /// - Parameters:
    ///   - features: D.
    ///   - heads: Number of heads, a divisor of `features`.
    ///   - scope: Where the parameters are.
    ///   - hasBias: Whether the projections have biases.
    public init(_ features: Int, heads: Int, in scope: Scope, hasBias: Bool = true) {
        guard features % heads == 0 else { fatalError("\(features) features do not form \(heads) equal heads.") }
        self.features = features
        self.heads = heads
        inputWeight = scope.parameter("in_proj_weight", [3 * features, features], .xavierUniform())
        inputBias = hasBias ? scope.parameter("in_proj_bias", [3 * features], .zeros) : nil
        output = Linear(features, features, in: scope / "out_proj", hasBias: hasBias, bias: .zeros)
    }

    /// Attention of tokens [B, N, D] to themselves.
    public func callAsFunction(_ x: Tensor) -> Tensor { self(x, mask: nil) }

    /// Attention of tokens [B, N, D] to themselves.
    ///
    /// - Parameters:
    ///   - x: The tokens.
    ///   - mask: Booleans (false forbids) or numbers to add, broadcast to [B, heads, N, N].
    ///   - causal: Whether a token sees only itself and those before it.
    /// - Returns: [B, N, D]
    public func callAsFunction(_ x: Tensor, mask: Tensor?, causal: Bool = false) -> Tensor {
        let parts = x.linear(inputWeight, inputBias).chunk(3, -1)
        return attend(parts[0], parts[1], parts[2], mask, causal)
    }

    /// Attention of tokens [B, N, D] to others.
    ///
    /// - Parameters:
    ///   - query: The tokens that look.
    ///   - key: Tokens [B, M, D] that are compared.
    ///   - value: What they pass on [B, M, D].
    ///   - mask: Booleans (false forbids) or numbers to add, broadcast to [B, heads, N, M].
    /// - Returns: [B, N, D]
    public func callAsFunction(_ query: Tensor, key: Tensor, value: Tensor, mask: Tensor? = nil) -> Tensor {
        let weights = inputWeight.chunk(3)
        let biases = inputBias?.chunk(3)
        let parts = zip([query, key, value], weights).enumerated().map { index, part in
            part.0.linear(part.1, biases?[index])
        }
        return attend(parts[0], parts[1], parts[2], mask, false)
    }

    private func attend(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ mask: Tensor?, _ causal: Bool) -> Tensor {
        let seen = split(q).scaledDotProductAttention(split(k), split(v), mask: mask, causal: causal)
        return output(seen.transpose(1, 2).reshape(q.shape))
    }

    /// [B, N, D] to [B, heads, N, D / heads].
    private func split(_ x: Tensor) -> Tensor {
        x.reshape(x.shape[0], x.shape[1], heads, features / heads).transpose(1, 2)
    }
}
