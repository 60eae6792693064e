public import Generative
public import Torch

/// Weight of the squared error of a prediction, by the level of noise.
///
/// Weights are known in the literature for the error of one quantity; here each has the right form for every
/// ``/Generative/Prediction``: along a path x = α y + σ e the errors of noise, data, v, score and velocity at a position are
/// multiples of each other,
///
///     error of noise = α/σ · data = (α / (α² + σ²)) · v = σ · score = (α / (α' σ - α σ')) · velocity.
///
/// ``uniform`` alone belongs to the quantity that is predicted. SNR is α²/σ².
public enum Weighting: Sendable, Hashable {
    /// 1 in the predicted quantity.
    case uniform
    /// SNR on the error of the data: 1 on that of the noise (Ho et al., arXiv 2006.11239, `L_simple`).
    case snr
    /// max(SNR, 1) on the error of the data (Salimans and Ho, arXiv 2202.00512, section 4).
    case truncatedSNR
    /// min(SNR, γ) on the error of the data, min(1, γ/SNR) on that of the noise (Hang et al., arXiv 2303.09556, section 3.4;
    /// γ = 5 there).
    case minSNR(gamma: Double)
    /// (s² + d²) / (s d)² on the error of the data, s = σ/α, with the deviation d of the data (Karras et al., arXiv 2206.00364,
    /// table 1). On the output of a network inside of EDM's preconditioning it is 1.
    case edm(dataDeviation: Double)
    /// The weight of a bound of the likelihood: g²/2 on the error of the score, which is half of the rate of log SNR on that of
    /// the noise (Song et al., arXiv 2101.09258, equation 7).
    case likelihood

    /// Weights for the errors of a prediction.
    ///
    /// - Parameters:
    ///   - prediction: The quantity whose squared error is weighted.
    ///   - time: Times in [0, 1] [B].
    ///   - path: The path.
    /// - Returns: Weights [B], typed like the times; nil for 1 throughout. Shares of data and noise count as 1e-12 at least, so
    ///   that a weight which grows beyond bounds at an end is large there, not NaN.
    public func weights(of prediction: Prediction, at time: Tensor, along path: some AffinePath) -> Tensor? {
        let level = WeightedLevel(path.coefficients(at: time.to(.float64)))
        guard let ofData = weightOfData(level) else { return nil }
        return (ofData / level.error(of: prediction).square()).to(time.dtype)
    }

    /// The weight of the squared error of the data; nil for the predicted quantity's own 1.
    private func weightOfData(_ at: WeightedLevel) -> Tensor? {
        let snr = (at.alpha / at.sigma).square()
        switch self {
        case .uniform: return nil
        case .snr: return snr
        case .truncatedSNR: return snr.clamp(1...)
        case .minSNR(let gamma): return snr.clamp(...gamma)
        // (s² + d²) / (s d)² = 1/d² + 1/s².
        case .edm(let deviation): return snr + 1 / (deviation * deviation)
        case .likelihood: return at.logRate * snr * 0.5
        }
    }
}

/// Shares of data and noise, apart from 0, and the sizes of errors.
private struct WeightedLevel {
    let alpha: Tensor
    let sigma: Tensor
    /// α' σ - α σ'.
    let turning: Tensor

    init(_ at: PathCoefficients) {
        alpha = at.alpha.clamp(1e-12...)
        sigma = at.sigma.clamp(1e-12...)
        turning = at.alphaRate * sigma - alpha * (at.halfVarianceRate / sigma)
    }

    /// d log SNR / dt.
    var logRate: Tensor { turning / (alpha * sigma) * 2 }

    /// The error of a prediction where that of the data is 1.
    func error(of prediction: Prediction) -> Tensor {
        switch prediction {
        case .data: alpha.onesLike()
        case .noise: alpha / sigma
        case .score: alpha / sigma.square()
        case .v: (alpha.square() + sigma.square()) / sigma
        case .velocity: turning / sigma
        }
    }
}
