public import Torch

/// A model's estimates of data and noise at a position x = α y + σ e.
public struct Estimate: Sendable {
    /// E[y | x], shaped like the position.
    public var data: Tensor
    /// E[e | x], shaped like the position.
    public var noise: Tensor
    /// Place of the logarithm of a step's variance between its smallest, 0, and largest value, 1, for models that learn it;
    /// shaped like the position (Nichol and Dhariwal, arXiv 2102.09672, equation 15).
    public var varianceShare: Tensor?

    /// Estimates.
    ///
    /// - Parameters:
    ///   - data: E[y | x].
    ///   - noise: E[e | x].
    ///   - varianceShare: Place of the variance, for models that learn it.
    public init(data: Tensor, noise: Tensor, varianceShare: Tensor? = nil) {
        self.data = data
        self.noise = noise
        self.varianceShare = varianceShare
    }
}

/// A model that separates data and noise at any ``NoiseLevel``: the role that ``DiffusionSampler`` follows.
public protocol LevelModel<Condition>: Conditional {
    // Restated in every role, or it is not inferred from the method below.
    associatedtype Condition

    /// Estimates of data and noise.
    ///
    /// - Parameters:
    ///   - x: Positions α y + σ e [B, ...].
    ///   - level: Their level, that of the whole batch.
    ///   - condition: Condition of each sample, such as its class.
    /// - Returns: Estimates, shaped like `x`.
    func estimate(at x: Tensor, level: NoiseLevel, given condition: Condition) -> Estimate

    /// Passes through a network that each example of an evaluation takes: 1 by default, 2 under guidance.
    func passes(at level: NoiseLevel) -> Int
}

extension LevelModel {
    /// 1.
    public func passes(at level: NoiseLevel) -> Int { 1 }
}

/// A ``PredictionModel`` that was trained with a table or along a path, as a ``LevelModel``.
///
///     let model = LevelPrediction(of: net, predicting: .noise, clipping: -1...1)
public struct LevelPrediction<Model: PredictionModel>: LevelModel {
    /// Condition of the model.
    public typealias Condition = Model.Condition

    /// The model.
    public let model: Model
    /// The quantity that it predicts.
    public let prediction: Prediction
    /// The range of the data, to which estimates of them are clipped.
    public let range: ClosedRange<Double>?

    /// A model and the quantity that it predicts.
    ///
    /// - Parameters:
    ///   - model: The model, told ``NoiseLevel/time``.
    ///   - prediction: Noise, data, score or v. The velocity depends on the path: see ``PathPrediction``.
    ///   - range: Range to which estimates of the data are clipped; the noise is computed again from what is left, so that
    ///     both still fit the position. By default none.
    public init(of model: Model, predicting prediction: Prediction, clipping range: ClosedRange<Double>? = nil) {
        demand(prediction != .velocity, "a velocity belongs to a path: use PathPrediction")
        self.model = model
        self.prediction = prediction
        self.range = range
    }

    /// Estimates, shaped like `x` [B, ...].
    public func estimate(at x: Tensor, level: NoiseLevel, given condition: Condition) -> Estimate {
        let predicted = model.predict(x, time: x.perExample(level.time), given: condition)
        demand(predicted.shape == x.shape, "a prediction of shape \(predicted.shape) at positions \(x.shape)")
        return level.estimate(from: predicted.to(x.dtype), as: prediction, at: x).clipped(to: range, at: x, level)
    }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Model.select(indices, from: condition)
    }
}

extension LevelPrediction: Sendable where Model: Sendable {}

/// A ``PredictionModel`` that was trained along a path, whatever it predicts, as a ``LevelModel`` on levels of that path.
public struct PathPrediction<Model: PredictionModel, Path: AffinePath>: LevelModel {
    /// Condition of the model.
    public typealias Condition = Model.Condition

    /// The model.
    public let model: Model
    /// The quantity that it predicts.
    public let prediction: Prediction
    /// The path of its training.
    public let path: Path

    /// A model, the quantity that it predicts and its path.
    public init(of model: Model, predicting prediction: Prediction, along path: Path) {
        self.model = model
        self.prediction = prediction
        self.path = path
    }

    /// Estimates, shaped like `x` [B, ...]; the level's time is that of the path.
    public func estimate(at x: Tensor, level: NoiseLevel, given condition: Condition) -> Estimate {
        let time = x.perExample(level.time)
        let predicted = model.predict(x, time: time, given: condition)
        func converted(_ wanted: Prediction) -> Tensor {
            prediction.convert(predicted, to: wanted, at: x, time: time, along: path)
        }
        return Estimate(data: converted(.data), noise: converted(.noise))
    }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Model.select(indices, from: condition)
    }
}

extension PathPrediction: Sendable where Model: Sendable {}

/// A ``Denoiser`` as a ``LevelModel``: data keep their scale inside, x / α = y + (σ / α) e.
public struct LevelDenoiser<Model: Denoiser>: LevelModel {
    /// Condition of the model.
    public typealias Condition = Model.Condition

    /// The model.
    public let model: Model

    /// The model of a denoiser.
    public init(of model: Model) { self.model = model }

    /// Estimates, shaped like `x` [B, ...]; the level's share of data is not 0.
    public func estimate(at x: Tensor, level: NoiseLevel, given condition: Condition) -> Estimate {
        demand(level.alpha > 0, "a denoiser is not asked about pure noise: start at a level with a share of data")
        let data = model.denoise(x / level.alpha, sigma: x.perExample(level.ratio), given: condition)
        return level.estimate(from: data.to(x.dtype), as: .data, at: x)
    }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Model.select(indices, from: condition)
    }
}

extension LevelDenoiser: Sendable where Model: Sendable {}

extension NoiseLevel {
    /// Data and noise, as a prediction of one quantity at positions implies them.
    ///
    /// - Parameters:
    ///   - value: Noise, data, score or v at this level, shaped like `x`.
    ///   - prediction: Which of them.
    ///   - x: Positions α y + σ e [B, ...]. σ is above 0, and so is α for noise and score, which say nothing of the data at
    ///     pure noise.
    /// - Returns: Estimates, shaped like `x`.
    public func estimate(from value: Tensor, as prediction: Prediction, at x: Tensor) -> Estimate {
        switch prediction {
        case .data: return Estimate(data: value, noise: (x - value * alpha) / sigma)
        case .noise: return Estimate(data: data(from: value, at: x), noise: value)
        case .score: return Estimate(data: data(from: value * -sigma, at: x), noise: value * -sigma)
        case .v:
            let size = alpha * alpha + sigma * sigma
            return Estimate(data: (x * alpha - value * sigma) / size, noise: (x * sigma + value * alpha) / size)
        case .velocity: fatalError("Generative: a velocity belongs to a path: use PathPrediction")
        }
    }

    private func data(from noise: Tensor, at x: Tensor) -> Tensor {
        demand(
            alpha > 0,
            "at pure noise (zero terminal SNR) a prediction of noise or score says nothing of the data; use a model that "
                + "predicts v or data")
        return (x - noise * sigma) / alpha
    }
}

extension Estimate {
    /// These estimates with the data within a range, and the noise that then fits the position.
    func clipped(to range: ClosedRange<Double>?, at x: Tensor, _ level: NoiseLevel) -> Estimate {
        guard let range else { return self }
        var estimate = level.estimate(from: data.clamp(range), as: .data, at: x)
        estimate.varianceShare = varianceShare
        return estimate
    }
}
