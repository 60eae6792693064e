public import Torch

/// Classifier-free guidance of a ``LevelModel`` of class labels: e_u + w (e_c - e_u), in one evaluation of a batch of 2 B.
///
/// Ho and Salimans, arXiv 2207.12598. At a level data, noise, score and v are one another's affine images, so that it does not
/// matter which of them is extrapolated. See ``ClassifierFree`` for fields.
public struct ClassifierFreeLevels<Model: LevelModel>: LevelModel where Model.Condition == Tensor {
    private let model: Model
    private let nullClass: Int
    private let schedule: GuidanceSchedule
    private let time: @Sendable (NoiseLevel) -> Double

    /// A guided model.
    ///
    /// - Parameters:
    ///   - model: A model of class labels [B].
    ///   - nullClass: The label that says nothing.
    ///   - scale: w: 0 is the unconditional model, 1 the conditional one, larger values exaggerate their difference.
    ///   - interval: Times at which to guide (Kynkäänniemi et al., arXiv 2404.07724), ends included; all by default.
    ///   - time: Time in [0, 1] of a level; by default the one that it bears.
    public init(
        _ model: Model, nullClass: Int, scale: Double, during interval: ClosedRange<Double> = 0...1,
        time: @escaping @Sendable (NoiseLevel) -> Double = { $0.time }
    ) {
        self.model = model
        self.nullClass = nullClass
        self.time = time
        schedule = GuidanceSchedule(scale: scale, during: interval)
    }

    /// Estimates, shaped like `x` [B, ...].
    public func estimate(at x: Tensor, level: NoiseLevel, given labels: Tensor) -> Estimate {
        guard schedule.acts(at: time(level)) else { return model.estimate(at: x, level: level, given: labels) }
        let nothing = labels.zerosLike() + nullClass
        if schedule.scale == 0 { return model.estimate(at: x, level: level, given: nothing) }
        let both = model.estimate(at: Tensor.cat([x, x]), level: level, given: Tensor.cat([labels, nothing]))
        let count = x.shape[0]
        return schedule.mixed(strong: both.rows(0, count), weak: both.rows(count, 2 * count))
    }

    /// Twice those of the model where guidance acts, unless at scale 0.
    public func passes(at level: NoiseLevel) -> Int {
        model.passes(at: level) * (schedule.acts(at: time(level)) && schedule.scale != 0 ? 2 : 1)
    }
}

extension ClassifierFreeLevels: Sendable where Model: Sendable {}

/// Guidance of one ``LevelModel`` against a weaker one, e_weak + w (e_strong - e_weak): autoguidance (Karras et al., arXiv
/// 2406.02507) if that is a smaller or less trained network.
public struct GuidedLevels<Strong: LevelModel, Weak: LevelModel>: LevelModel where Strong.Condition == Weak.Condition {
    /// Condition of both models.
    public typealias Condition = Strong.Condition

    private let strong: Strong
    private let weak: Weak
    private let schedule: GuidanceSchedule
    private let time: @Sendable (NoiseLevel) -> Double

    /// A guided model.
    ///
    /// - Parameters:
    ///   - strong: The model to follow.
    ///   - weak: The model to move away from.
    ///   - scale: w: 0 is the weak model, 1 the strong one, larger values exaggerate their difference.
    ///   - interval: Times at which to guide, ends included; all by default.
    ///   - time: Time in [0, 1] of a level; by default the one that it bears.
    public init(
        _ strong: Strong, against weak: Weak, scale: Double, during interval: ClosedRange<Double> = 0...1,
        time: @escaping @Sendable (NoiseLevel) -> Double = { $0.time }
    ) {
        self.strong = strong
        self.weak = weak
        self.time = time
        schedule = GuidanceSchedule(scale: scale, during: interval)
    }

    /// Estimates, shaped like `x` [B, ...].
    public func estimate(at x: Tensor, level: NoiseLevel, given condition: Condition) -> Estimate {
        guard schedule.acts(at: time(level)) else { return strong.estimate(at: x, level: level, given: condition) }
        let poor = weak.estimate(at: x, level: level, given: condition)
        if schedule.scale == 0 { return poor }
        return schedule.mixed(strong: strong.estimate(at: x, level: level, given: condition), weak: poor)
    }

    /// The passes of both where guidance acts, of the strong one elsewhere, of the weak one alone at scale 0.
    public func passes(at level: NoiseLevel) -> Int {
        guard schedule.acts(at: time(level)) else { return strong.passes(at: level) }
        return weak.passes(at: level) + (schedule.scale == 0 ? 0 : strong.passes(at: level))
    }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Strong.select(indices, from: condition)
    }
}

extension GuidedLevels: Sendable where Strong: Sendable, Weak: Sendable {}

extension GuidanceSchedule {
    /// The extrapolated estimates; the place of the variance is the strong model's.
    fileprivate func mixed(strong: Estimate, weak: Estimate) -> Estimate {
        Estimate(
            data: mixed(strong: strong.data, weak: weak.data), noise: mixed(strong: strong.noise, weak: weak.noise),
            varianceShare: strong.varianceShare)
    }
}

extension Estimate {
    /// The estimates of some consecutive examples.
    fileprivate func rows(_ start: Int, _ end: Int) -> Estimate {
        Estimate(
            data: data.slice(0, start, end), noise: noise.slice(0, start, end),
            varianceShare: varianceShare?.slice(0, start, end))
    }
}
