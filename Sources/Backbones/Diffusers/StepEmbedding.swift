internal import Foundation
internal import Torch
internal import TorchNN

/// Sinusoids of the number of a diffusion step: `Timesteps` of diffusers.
///
///     [sin(t f_i), cos(t f_i)],    f_i = 10000^(-i / (n/2 - shift)), i = 0 ... n/2 - 1
struct StepSinusoids: Sendable, Hashable {
    /// n, how many.
    let count: Int
    /// Cosines first.
    let cosinesFirst: Bool
    /// Subtracted from the number of frequencies.
    let shift: Double

    /// Numbers [B] as [B, n], float32 whatever the network computes in, as in training.
    func callAsFunction(_ steps: Tensor) -> Tensor {
        let dtype = DType.float32
        let half = count / 2
        let rate = -log(10_000) / (Double(half) - shift)
        let frequencies = (Tensor.arange(half, dtype: dtype, device: steps.device) * rate).exp()
        let angles = steps.to(dtype).unsqueeze(1) * frequencies.unsqueeze(0)
        let waves = cosinesFirst ? [angles.cos(), angles.sin()] : [angles.sin(), angles.cos()]
        let all = Tensor.cat(waves, 1)
        return count % 2 == 0 ? all : all.pad([0, 1])
    }
}

/// An MLP of two layers on sinusoids: `TimestepEmbedding` of diffusers, in float32 also under autocast.
struct StepEmbedding: Sendable {
    private let layers: (Linear, Linear)

    init(_ inputs: Int, _ width: Int, in scope: Scope) {
        layers = (Linear(inputs, width, in: scope / "linear_1"), Linear(width, width, in: scope / "linear_2"))
    }

    func callAsFunction(_ waves: Tensor) -> Tensor {
        withoutAutocast(on: waves.device) { layers.1(layers.0(waves.to(layers.0.weight.dtype)).silu()) }
    }
}
