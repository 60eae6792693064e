public import Torch

/// First values of a parameter: a function of its shape and its seed.
///
/// Fans are computed as PyTorch does: of a weight [out, in, ...], fan in is `in` times the number of taps, fan out is `out`
/// times the number of taps. Defaults are PyTorch's unless said otherwise.
public struct Initializer: Sendable {
    private let make: @Sendable (_ shape: [Int], _ seed: Seed) -> Tensor

    /// An initialiser of your own; the result is converted to the type and device of the store.
    public init(_ make: @escaping @Sendable (_ shape: [Int], _ seed: Seed) -> Tensor) {
        self.make = make
    }

    /// The values for a shape on the CPU, the same for the same seed.
    public func callAsFunction(_ shape: [Int], seed: Seed) -> Tensor { make(shape, seed) }

    /// Which fan keeps its variance.
    public enum Fan: Sendable, Hashable {
        /// The forward pass keeps the variance.
        case input
        /// The backward pass keeps the variance.
        case output

        func count(_ shape: [Int]) -> Double {
            guard shape.count >= 2 else {
                fatalError("The fan of the shape \(shape) is not defined: at least two dimensions are needed.")
            }
            return Double((self == .input ? shape[1] : shape[0]) * shape[2...].reduce(1, *))
        }
    }
}

// MARK: - Without chance

extension Initializer {
    /// All 0.
    public static let zeros = constant(0)

    /// All 1.
    public static let ones = constant(1)

    /// All `value`.
    public static func constant(_ value: Double) -> Initializer {
        Initializer { shape, _ in .full(shape, value, dtype: .float64) }
    }

    /// The elements of `tensor`, whose shape must be that of the parameter.
    public static func values(_ tensor: Tensor) -> Initializer {
        Initializer { _, _ in tensor.detach().clone() }
    }

    /// A layer that passes its input on: the identity matrix, or for a filter [out, in, kH, kW] a 1 at the centre between
    /// equal channels (PyTorch's `eye_` and `dirac_`).
    public static let identity = Initializer { shape, _ in
        guard shape.count == 2 || shape.count == 4 else {
            fatalError("There is no identity of the shape \(shape): it takes two or four dimensions.")
        }
        let matrix = Tensor.eye(shape[0], shape[1])
        guard shape.count == 4 else { return matrix }
        let filter = Tensor.zeros(shape)
        filter[TensorIndex.all, TensorIndex.all, shape[2] / 2, shape[3] / 2] = matrix
        return filter
    }
}

// MARK: - Fixed spread

extension Initializer {
    /// Normal with this mean and standard deviation.
    public static func normal(mean: Double = 0, std: Double = 1) -> Initializer {
        Initializer { shape, seed in .randn(shape, using: RandomSource(seed)) * std + mean }
    }

    /// Uniform in `range`.
    public static func uniform(_ range: Range<Double>) -> Initializer {
        Initializer { shape, seed in .rand(shape, in: range, using: RandomSource(seed)) }
    }

    /// Normal, cut off at `cut` standard deviations on either side of the mean and not rescaled.
    ///
    /// By inversion of the distribution function. `std` is that before cutting; with the default cut at 2, the result has
    /// 0.880 times as much. PyTorch's `trunc_normal_` takes bounds in absolute units instead, and its ±2 never cut anything
    /// of the usual std of 0.02.
    public static func truncatedNormal(mean: Double = 0, std: Double, cut: Double = 2) -> Initializer {
        Initializer { shape, seed in
            let unit = Tensor.rand(shape, in: -1..<1, using: RandomSource(seed), dtype: .float64)
            // P(|x| < cut) = erf(cut / sqrt 2)
            let probability = Tensor(cut / 2.0.squareRoot()).erf().item()
            let normal = (unit * probability).erfinv() * (2.0.squareRoot() * std)
            return normal.clamp(-cut * std...cut * std) + mean
        }
    }
}

// MARK: - Spread by fan

extension Initializer {
    /// Uniform within ± gain sqrt(6 / (fan in + fan out)) (Glorot and Bengio, AISTATS 2010, equation 16).
    public static func xavierUniform(gain: Double = 1) -> Initializer {
        Initializer { shape, seed in
            let bound = gain * (6 / (Fan.input.count(shape) + Fan.output.count(shape))).squareRoot()
            return uniform(-bound..<bound)(shape, seed: seed)
        }
    }

    /// Normal with standard deviation gain sqrt(2 / (fan in + fan out)) (Glorot and Bengio, AISTATS 2010, equation 12).
    public static func xavierNormal(gain: Double = 1) -> Initializer {
        Initializer { shape, seed in
            let std = gain * (2 / (Fan.input.count(shape) + Fan.output.count(shape))).squareRoot()
            return normal(std: std)(shape, seed: seed)
        }
    }

    /// Uniform within ± sqrt(6 / ((1 + a²) fan)) (He et al., ICCV 2015, equations 14 and 15).
    ///
    /// - Parameters:
    ///   - a: Slope of the leaky rectifier that follows. PyTorch's layers use sqrt(5), which gives ± 1 / sqrt(fan in).
    ///   - fan: The one that keeps its variance.
    public static func kaimingUniform(a: Double = 0, fan: Fan = .input) -> Initializer {
        Initializer { shape, seed in
            let bound = (6 / ((1 + a * a) * fan.count(shape))).squareRoot()
            return uniform(-bound..<bound)(shape, seed: seed)
        }
    }

    /// Normal with standard deviation sqrt(2 / ((1 + a²) fan)) (He et al., ICCV 2015, equations 14 and 15).
    ///
    /// - Parameters:
    ///   - a: Slope of the leaky rectifier that follows.
    ///   - fan: The one that keeps its variance.
    public static func kaimingNormal(a: Double = 0, fan: Fan = .input) -> Initializer {
        Initializer { shape, seed in
            normal(std: (2 / ((1 + a * a) * fan.count(shape))).squareRoot())(shape, seed: seed)
        }
    }

    /// Normal, cut off at two standard deviations, with standard deviation 1 / sqrt(fan in) after cutting (LeCun et al.,
    /// 1998); what JAX and Flax call `lecun_normal`.
    public static let lecunNormal = Initializer { shape, seed in
        // The standard deviation of a unit normal cut off at ±2.
        truncatedNormal(std: 1 / Fan.input.count(shape).squareRoot() / 0.879_625_661_034_239_78)(shape, seed: seed)
    }

    /// A random matrix with orthonormal rows or columns, times `gain`; further dimensions count as columns (Saxe et al.,
    /// ICLR 2014).
    public static func orthogonal(gain: Double = 1) -> Initializer {
        Initializer { shape, seed in
            guard shape.count >= 2 else {
                fatalError("There is nothing orthogonal of the shape \(shape): at least two dimensions are needed.")
            }
            let (rows, columns) = (shape[0], shape[1...].reduce(1, *))
            let tall = [max(rows, columns), min(rows, columns)]
            let (q, r) = Tensor.randn(tall, using: RandomSource(seed), dtype: .float64).qr()
            // Signs that make the decomposition unique, and the distribution uniform.
            let basis = q * r.diagonal().sign()
            return (rows < columns ? basis.mT : basis).reshape(shape) * gain
        }
    }
}
