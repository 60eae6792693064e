import Foundation
public import Torch
public import TorchNN

/// A number per example as a vector: [B] to [B, width].
///
///     W2 SiLU(W1 [cos(x f_i), sin(x f_i)] + b1) + b2        f_i = rate 10000^(-i / 128), i = 0 ... 127
///
/// 256 sinusoids from `rate` radians per unit down to a ten-thousandth of it, and an MLP, as ADM and DiT embed the number of
/// a diffusion step (Dhariwal and Nichol, arXiv 2105.05233; Peebles and Xie, arXiv 2212.09748). In float32 also under autocast:
/// bfloat16 would tell apart only some hundred times.
public struct ScalarEmbedding: Layer {
    /// Number of sinusoids, half of them cosines.
    public static let sinusoids = 256
    /// Rate for a time in [0, 1]: that of ADM and DiT, whose times are whole numbers below 1000.
    public static let unitTimeRate = 1000.0
    /// Rate for c_noise = ln(sigma) / 4, which spans about 2.7 units: 16 periods per unit, the spread of the Fourier features of
    /// NCSN++ (Song et al., ICLR 2021).
    public static let logNoiseLevelRate = 32 * Double.pi

    /// Radians per unit of the fastest sinusoid.
    public let rate: Double
    private let first: Linear
    private let second: Linear

    /// An embedding with its parameters in `scope`: `mlp.0` and `mlp.2`.
    ///
    /// - Parameters:
    ///   - width: Size of the vectors.
    ///   - rate: Radians per unit of the fastest sinusoid, which decides how fine a difference shows.
    ///   - scope: Scope of the parameters.
    ///   - weight: First values of W1 and W2, PyTorch's by default; biases are PyTorch's too, or 0 if W is given.
    public init(width: Int, rate: Double, in scope: Scope, weight: Initializer? = nil) {
        self.rate = rate
        let layer: (Int, Int) -> Linear = { index, inputs in
            let place = scope / "mlp" / index
            guard let weight else { return Linear(inputs, width, in: place) }
            return Linear(inputs, width, in: place, weight: weight, bias: .zeros)
        }
        (first, second) = (layer(0, Self.sinusoids), layer(2, width))
    }

    /// Numbers [B] as vectors [B, width], float32.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        demand(x.rank == 1, "a scalar embedding takes one number per example [B], not \(x.shape)")
        let waves = Self.sinusoids(of: x.to(.float32) * rate).to(first.weight.dtype)
        return withoutAutocast(on: x.device) { second(first(waves).silu()) }
    }

    /// [cos(x f_i), sin(x f_i)] with f_i = 10000^(-i / 128), in float32: [B] to [B, 256].
    static func sinusoids(of x: Tensor) -> Tensor {
        let half = sinusoids / 2
        let exponents = Tensor.arange(half, dtype: .float32, device: x.device) * (-log(10_000) / Double(half))
        let angles = x.to(.float32).unsqueeze(1) * exponents.exp().unsqueeze(0)
        return Tensor.cat([angles.cos(), angles.sin()], 1)
    }
}

extension ScalarEmbedding {
    /// The embedding of a time input; nil where there is none.
    init?(of time: NetworkInterface.Time, width: Int, in scope: Scope, weight: Initializer? = nil) {
        switch time {
        case .none: return nil
        case .unit: self.init(width: width, rate: Self.unitTimeRate, in: scope, weight: weight)
        case .logNoiseLevel: self.init(width: width, rate: Self.logNoiseLevelRate, in: scope, weight: weight)
        }
    }
}
