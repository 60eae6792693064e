public import Torch

/// A model whose samples are sharper or more varied: temporal score rescaling, a temperature that keeps the weights of modes.
///
///     score <- score (α² s² + σ²) / (α² s² / k + σ²)
///
/// Xu et al., arXiv 2510.01184: exact for one Gaussian of width s, whose samples then have the width s / sqrt(k). Scaling the
/// score by a constant, in contrast, is exact for none.
public struct TemporalRescaling<Model: LevelModel>: LevelModel {
    /// Condition of the model.
    public typealias Condition = Model.Condition

    /// The model.
    public let model: Model
    /// s, the width of the data's local modes.
    public let width: Double
    /// k: above 1 sharper, below 1 more varied.
    public let sharpness: Double

    /// A model at another temperature.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - width: s > 0, in units of the data.
    ///   - sharpness: k > 0; 1 leaves the model as it is.
    public init(of model: Model, width: Double, sharpness: Double) {
        demand(width > 0 && sharpness > 0, "width and sharpness are positive, unlike \(width) and \(sharpness)")
        self.model = model
        self.width = width
        self.sharpness = sharpness
    }

    /// Estimates, shaped like `x` [B, ...].
    public func estimate(at x: Tensor, level: NoiseLevel, given condition: Condition) -> Estimate {
        let known = model.estimate(at: x, level: level, given: condition)
        guard level.alpha > 0, sharpness != 1 else { return known }
        let (data, noise) = (level.alpha * level.alpha * width * width, level.sigma * level.sigma)
        let factor = (data + noise) / (data / sharpness + noise)
        // Next to pure noise, where noise says nothing of the data, nothing changes.
        guard abs(factor - 1) > 1e-6 else { return known }
        var estimate = level.estimate(from: known.noise * factor, as: .noise, at: x)
        estimate.varianceShare = known.varianceShare
        return estimate
    }

    /// The passes of the model.
    public func passes(at level: NoiseLevel) -> Int { model.passes(at: level) }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Model.select(indices, from: condition)
    }
}

extension TemporalRescaling: Sendable where Model: Sendable {}
