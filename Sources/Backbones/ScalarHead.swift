internal import Torch
internal import TorchNN

/// One number per example of features [B, D]: w2 SiLU(W1 x + b1) + b2, 0 at first, [B], in float32 also under autocast.
///
/// Parameters: `mlp.0` and `mlp.2`. It starts at 0 so that whoever interprets the number can choose its first value, such as
/// the mean of a distance, by what is added to it.
struct ScalarHead: Sendable {
    private let first: Linear
    private let second: Linear

    init(_ features: Int, width: Int, in scope: Scope) {
        first = Linear(features, width, in: scope / "mlp" / 0)
        second = Linear(width, 1, in: scope / "mlp" / 2, weight: .zeros, bias: .zeros)
    }

    func callAsFunction(_ features: Tensor) -> Tensor {
        withoutAutocast(on: features.device) { second(hidden(features)).squeeze(1) }
    }

    /// The same of tokens [B, N, D], with the mean over them behind SiLU.
    func callAsFunction(tokens: Tensor) -> Tensor {
        withoutAutocast(on: tokens.device) { second(hidden(tokens).mean(1)).squeeze(1) }
    }

    private func hidden(_ features: Tensor) -> Tensor { first(features.to(first.weight.dtype)).silu() }
}
