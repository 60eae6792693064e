public import Torch

/// A ``VectorField`` of class labels whose type is known at run time only.
public struct AnyField: VectorField, Sendable {
    /// Class labels [B].
    public typealias Condition = Tensor

    private let atTimes: @Sendable (Tensor, Tensor, Tensor) -> Tensor
    private let atTime: @Sendable (Tensor, Double, Tensor) -> Tensor
    private let cost: @Sendable (Double) -> Int

    /// A field of any type.
    public init<Field: VectorField & Sendable>(_ field: Field) where Field.Condition == Tensor {
        atTimes = { field.velocity(at: $0, time: $1, given: $2) }
        atTime = { field.velocity(at: $0, time: $1, given: $2) }
        cost = { field.passes(at: $0) }
    }

    /// Velocities, shaped like `x` [B, ...], at the times [B].
    public func velocity(at x: Tensor, time: Tensor, given labels: Tensor) -> Tensor { atTimes(x, time, labels) }

    /// Velocities, shaped like `x` [B, ...], at one time.
    public func velocity(at x: Tensor, time: Double, given labels: Tensor) -> Tensor { atTime(x, time, labels) }

    /// Those of the field.
    public func passes(at time: Double) -> Int { cost(time) }
}

/// A ``LevelModel`` of class labels whose type is known at run time only.
public struct AnyLevels: LevelModel, Sendable {
    /// Class labels [B].
    public typealias Condition = Tensor

    private let body: @Sendable (Tensor, NoiseLevel, Tensor) -> Estimate
    private let cost: @Sendable (NoiseLevel) -> Int

    /// A model of any type.
    public init<Model: LevelModel & Sendable>(_ model: Model) where Model.Condition == Tensor {
        body = { model.estimate(at: $0, level: $1, given: $2) }
        cost = { model.passes(at: $0) }
    }

    /// Estimates, shaped like `x` [B, ...].
    public func estimate(at x: Tensor, level: NoiseLevel, given labels: Tensor) -> Estimate { body(x, level, labels) }

    /// Those of the model.
    public func passes(at level: NoiseLevel) -> Int { cost(level) }
}
