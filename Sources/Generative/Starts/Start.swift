public import Torch

/// Start of samples: at noise, at given positions, or at data that noise covers in part.
///
///     let start = Start.prior(shape: [1, 28, 28])
///     let x = start.positions(Array(0..<64), along: LinearPath(), noise: SampleNoise(Seed(42)))
public enum Start: Sendable {
    /// Noise at t = 0, σ(0) e with e ~ N(0, I), of a shape per sample.
    case prior(shape: [Int])
    /// Positions [N, ...] at t = 0; sample i starts at row i.
    case given(Tensor)
    /// Data [N, ...] covered with noise as far as at the time in [0, 1], α(t) y + σ(t) e; sample i starts from row i.
    case noised(Tensor, time: Double)

    /// The time t at which sampling begins.
    public var time: Double {
        switch self {
        case .prior, .given: 0
        case .noised(_, let time): time
        }
    }

    /// Shape of one sample.
    public var shape: [Int] {
        switch self {
        case .prior(let shape): shape
        case .given(let positions): Array(positions.shape.dropFirst())
        case .noised(let data, _): Array(data.shape.dropFirst())
        }
    }

    /// Number of samples that can start here; nil where there is no limit.
    public var count: Int? {
        switch self {
        case .prior: nil
        case .given(let positions): positions.shape[0]
        case .noised(let data, _): data.shape[0]
        }
    }

    /// Starting positions of samples, which depend on their indices alone.
    ///
    /// - Parameters:
    ///   - indices: Indices of N samples, below ``count``.
    ///   - path: The path along which noise covers data.
    ///   - noise: Noise of the samples, used for the purpose "start".
    ///   - dtype: Type of pure noise, float32 by default; other starts have the type of their tensor.
    ///   - device: Device of pure noise, the CPU by default; other starts are on that of their tensor.
    /// - Returns: Positions [N, ...] at ``time``.
    public func positions(
        _ indices: [Int], along path: some AffinePath, noise: SampleNoise, dtype: DType = .float32,
        device: Device = .cpu
    ) -> Tensor {
        if let count {
            demand(
                indices.allSatisfy((0..<count).contains),
                "only samples 0 to \(count - 1) have a start; give more rows, or ask for fewer samples")
        }
        switch self {
        case .prior(let shape):
            let normal = noise.normal(indices, shape: shape, dtype: dtype).to(device)
            return path.coefficients(at: normal.perExample(0)).sigma.alongBatch(of: normal).to(dtype) * normal
        case .given(let positions):
            return positions.indexSelect(0, Tensor(indices, device: positions.device))
        case .noised(let data, let time):
            demand((0...1).contains(time), "a time lies in [0, 1], unlike \(time)")
            let rows = data.indexSelect(0, Tensor(indices, device: data.device))
            let normal = noise.normal(indices, shape: shape, dtype: data.dtype).to(data.device)
            return path.position(of: rows, noise: normal, at: rows.perExample(time))
        }
    }
}
