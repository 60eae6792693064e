public import Torch

/// A ``PredictionModel`` of a path as a ``LevelModel`` of any levels, those of other paths included.
///
/// A position α y + σ e is brought to the scale of the model's path, at the time with the same σ / α; the estimates of data and
/// noise need no scaling back. So DDIM's table, EDM's levels and the times of flow matching serve one trained network (Karras et
/// al., arXiv 2206.00364, section 3: sampling schedule and training are chosen apart).
///
/// Where α is below the root of the spacing of single-precision numbers, 3e-4, as at the last index of a cosine table, a
/// network's noise or score says nothing of the data, whose estimate is 0 then, as in
/// ``Prediction/convert(_:to:at:time:along:)``.
public struct PathLevels<Model: PredictionModel, Path: AffinePath>: LevelModel {
    /// Condition of the model.
    public typealias Condition = Model.Condition

    /// The model.
    public let model: Model
    /// The quantity that it predicts.
    public let prediction: Prediction
    /// The path of its training.
    public let path: Path
    /// Times of its path by their noise.
    public let times: PathTimes

    /// A model, the quantity that it predicts and its path.
    public init(of model: Model, predicting prediction: Prediction, along path: Path) {
        self.model = model
        self.prediction = prediction
        self.path = path
        times = PathTimes(of: path)
    }

    /// The time of the path with the level's ratio of noise to data.
    public func time(of level: NoiseLevel) -> Double { times.level(like: level).time }

    /// Estimates, shaped like `x` [B, ...].
    public func estimate(at x: Tensor, level: NoiseLevel, given condition: Condition) -> Estimate {
        let own = times.level(like: level)
        let scale = level.alpha > 0 ? own.alpha / level.alpha : own.sigma / level.sigma
        let position = scale == 1 ? x : x * scale
        let time = x.perExample(own.time)
        let answer = model.predict(position, time: time, given: condition)
        let predicted = answer.to(x.dtype)
        demand(predicted.shape == x.shape, "a prediction of shape \(predicted.shape) at positions \(x.shape)")
        let isSilent = own.alpha < Double(Float.ulpOfOne).squareRoot() && answer.dtype != .float64
        switch prediction {
        case .data, .v: return own.estimate(from: predicted, as: prediction, at: position)
        case .noise where isSilent: return Estimate(data: predicted.zerosLike(), noise: predicted)
        case .score where isSilent: return Estimate(data: predicted.zerosLike(), noise: predicted * -own.sigma)
        case .noise, .score: return own.estimate(from: predicted, as: prediction, at: position)
        case .velocity: break
        }
        func converted(_ wanted: Prediction) -> Tensor {
            prediction.convert(predicted, to: wanted, at: position, time: time, along: path)
        }
        return Estimate(data: converted(.data), noise: converted(.noise))
    }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Model.select(indices, from: condition)
    }
}

extension PathLevels: Sendable where Model: Sendable {}

/// A ``LevelModel`` whose estimates of the data are kept within their range.
///
/// The noise is computed again from what is left, so that both still fit the position.
public struct ClippedLevels<Model: LevelModel>: LevelModel {
    /// Condition of the model.
    public typealias Condition = Model.Condition

    /// The model.
    public let model: Model
    /// The range of the data.
    public let range: ClosedRange<Double>

    /// A model and the range of its data.
    public init(_ model: Model, to range: ClosedRange<Double>) {
        self.model = model
        self.range = range
    }

    /// Estimates, shaped like `x` [B, ...].
    public func estimate(at x: Tensor, level: NoiseLevel, given condition: Condition) -> Estimate {
        model.estimate(at: x, level: level, given: condition).clipped(to: range, at: x, level)
    }

    /// The passes of the model.
    public func passes(at level: NoiseLevel) -> Int { model.passes(at: level) }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Model.select(indices, from: condition)
    }
}

extension ClippedLevels: Sendable where Model: Sendable {}

/// A ``Denoiser`` as a model of data along a path: D(x / α; σ / α).
///
/// For time with α > 0, so not for pure noise.
public struct DenoiserPrediction<Model: Denoiser, Path: AffinePath>: PredictionModel {
    /// Condition of the denoiser.
    public typealias Condition = Model.Condition

    /// The denoiser.
    public let denoiser: Model
    /// The path.
    public let path: Path

    /// A denoiser along a path.
    public init(of denoiser: Model, along path: Path) {
        self.denoiser = denoiser
        self.path = path
    }

    /// Estimates of the data, shaped like `x` [B, ...], at times [B].
    public func predict(_ x: Tensor, time: Tensor, given condition: Condition) -> Tensor {
        let at = path.coefficients(at: time)
        return denoiser.denoise(x / at.alpha.factor(of: x), sigma: at.sigma / at.alpha, given: condition)
    }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Model.select(indices, from: condition)
    }
}

extension DenoiserPrediction: Sendable where Model: Sendable {}
