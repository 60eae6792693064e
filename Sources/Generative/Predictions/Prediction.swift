public import Torch

/// The quantity that a network is trained to predict at a position x = α y + σ e.
///
/// On an ``AffinePath`` each quantity is a combination of data and noise, so that any of them, with the position, gives
/// all others: ``convert(_:to:at:time:along:)``. As conditional means are linear, the same formulas hold for the means
/// that networks learn.
public enum Prediction: String, Sendable, Hashable, Codable, CaseIterable {
    /// α' y + σ' e: flow matching (Lipman et al., arXiv 2210.02747).
    case velocity
    /// e (Ho et al., arXiv 2006.11239).
    case noise
    /// y.
    case data
    /// -e/σ, whose mean is ∇ log ρ(x) (Song et al., arXiv 2011.13456).
    case score
    /// α e - σ y (Salimans and Ho, arXiv 2202.00512, section 4).
    case v

    /// The quantity for known data and noise: the target of a network in training.
    ///
    /// - Parameters:
    ///   - data: y [B, ...].
    ///   - noise: e, shaped like y.
    ///   - time: Times in [0, 1], one per example [B].
    ///   - path: The path from noise to data.
    /// - Returns: The quantity, shaped and typed like y. The score is infinite where σ = 0, and the velocity where dσ/dt
    ///   is.
    public func target(data: Tensor, noise: Tensor, time: Tensor, along path: some AffinePath) -> Tensor {
        switch self {
        case .velocity: return path.velocity(of: data, noise: noise, at: time)
        case .noise: return noise
        case .data: return data
        case .score: return -(noise / path.coefficients(at: time).sigma.factor(of: noise))
        case .v:
            let at = path.coefficients(at: time)
            return at.alpha.factor(of: data) * noise - at.sigma.factor(of: data) * data
        }
    }

    /// Another quantity from this one.
    ///
    /// Exact wherever the position and this quantity determine the other one, the ends of time included. Elsewhere the
    /// quotient is 0/0, and its limit is not known from these numbers. There the result is finite:
    ///
    /// * at σ = 0, noise from data is 0, which is the limit of its mean, and a score from data or noise is 0;
    /// * at α = 0, data from noise are 0, their mean where data are centred.
    ///
    /// A share counts as 0 below the root of the spacing of the floating-point type, 3e-4 in single precision and 1e-8 in
    /// double, where rounding would leave nothing of the quotient.
    ///
    /// - Parameters:
    ///   - prediction: This quantity [B, ...].
    ///   - wanted: The other quantity.
    ///   - x: Positions, shaped like the prediction.
    ///   - time: Times in [0, 1], one per example [B].
    ///   - path: The path from noise to data.
    /// - Returns: The other quantity, shaped and typed like `x`; computed at least in single precision.
    public func convert(
        _ prediction: Tensor, to wanted: Prediction, at x: Tensor, time: Tensor, along path: some AffinePath
    ) -> Tensor {
        demand(prediction.shape == x.shape, "a prediction of shape \(prediction.shape) at positions \(x.shape)")
        if self == wanted { return prediction.to(x.dtype) }
        let dtype: DType = x.dtype == .float64 ? .float64 : .float32
        let at = BatchCoefficients(path.coefficients(at: time), for: x, dtype)
        let known = Knowledge(self, prediction.to(dtype), x.to(dtype), at)
        return known.value(of: wanted, at).to(x.dtype)
    }
}

/// The coefficients of a path as factors of the examples of a batch, [B, 1, ...] each.
private struct BatchCoefficients {
    let alpha: Tensor
    let sigma: Tensor
    let alphaRate: Tensor
    let sigmaRate: Tensor
    let halfVarianceRate: Tensor
    /// Below it a share of data or noise counts as none.
    let smallest: Double

    init(_ at: PathCoefficients, for x: Tensor, _ dtype: DType) {
        func factor(_ number: Tensor) -> Tensor { number.alongBatch(of: x).to(dtype) }
        alpha = factor(at.alpha)
        sigma = factor(at.sigma)
        alphaRate = factor(at.alphaRate)
        sigmaRate = factor(at.sigmaRate)
        halfVarianceRate = factor(at.halfVarianceRate)
        smallest = (dtype == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne)).squareRoot()
    }

    /// `numerator` / `share`, and 0 where the share vanishes.
    func quotient(_ numerator: Tensor, by share: Tensor) -> Tensor {
        let vanishes = share .< smallest
        return (numerator / share.maskedFill(vanishes, 1)).maskedFill(vanishes, 0)
    }
}

/// Data, noise and score at a position, as one prediction implies them.
private struct Knowledge {
    var data: Tensor
    var noise: Tensor
    var score: Tensor

    init(_ kind: Prediction, _ value: Tensor, _ x: Tensor, _ at: BatchCoefficients) {
        switch kind {
        case .data: self.init(data: value, x, at)
        case .noise: self.init(noise: value, x, at)
        case .score: self.init(score: value, x, at)
        case .velocity: self.init(velocity: value, x, at)
        case .v: self.init(v: value, x, at)
        }
    }

    private init(data value: Tensor, _ x: Tensor, _ at: BatchCoefficients) {
        data = value
        noise = at.quotient(x - at.alpha * value, by: at.sigma)
        score = -at.quotient(noise, by: at.sigma)
    }

    private init(noise value: Tensor, _ x: Tensor, _ at: BatchCoefficients) {
        noise = value
        data = at.quotient(x - at.sigma * value, by: at.alpha)
        score = -at.quotient(value, by: at.sigma)
    }

    private init(score value: Tensor, _ x: Tensor, _ at: BatchCoefficients) {
        score = value
        noise = -(at.sigma * value)
        data = at.quotient(x + at.sigma.square() * value, by: at.alpha)
    }

    /// Solves α y + σ e = x, α' y + σ' e = velocity; the second equation times σ where σ' is infinite.
    private init(velocity value: Tensor, _ x: Tensor, _ at: BatchCoefficients) {
        let isSteep = .!at.sigmaRate.isfinite()
        let scale = at.sigma.where(isSteep, else: at.sigma.onesLike())
        let slope = at.halfVarianceRate.where(isSteep, else: at.sigmaRate)
        let determinant = at.alphaRate * scale * at.sigma - at.alpha * slope
        let excess = at.alphaRate * x - at.alpha * value  // determinant * e / scale
        data = (scale * at.sigma * value - slope * x) / determinant
        noise = scale * excess / determinant
        // -e/σ; where σ' is infinite, scale = σ cancels.
        score = (-(excess / determinant)).where(isSteep, else: -at.quotient(noise, by: at.sigma))
    }

    /// Solves α y + σ e = x, -σ y + α e = v.
    private init(v value: Tensor, _ x: Tensor, _ at: BatchCoefficients) {
        let determinant = at.alpha.square() + at.sigma.square()
        data = (at.alpha * x - at.sigma * value) / determinant
        noise = (at.sigma * x + at.alpha * value) / determinant
        score = -at.quotient(noise, by: at.sigma)
    }

    func value(of wanted: Prediction, _ at: BatchCoefficients) -> Tensor {
        switch wanted {
        case .data: return data
        case .noise: return noise
        case .score: return score
        case .v: return at.alpha * noise - at.sigma * data
        case .velocity:
            let isSteep = .!at.sigmaRate.isfinite()
            let ofNoise = at.sigmaRate.maskedFill(isSteep, 0) * noise
            let ofScore = -(at.halfVarianceRate * score)
            return at.alphaRate * data + ofScore.where(isSteep, else: ofNoise)
        }
    }
}
