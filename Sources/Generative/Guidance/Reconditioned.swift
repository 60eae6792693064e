public import Torch

/// A vector field under another condition than the one that it is given.
public struct Reconditioned<Field: VectorField>: VectorField {
    /// Condition of the field itself.
    public typealias Condition = Field.Condition

    fileprivate let field: Field
    fileprivate let change: @Sendable (Condition) -> Condition

    /// The velocities under the other condition, shaped like `x` [B, ...], at the times [B].
    public func velocity(at x: Tensor, time: Tensor, given condition: Condition) -> Tensor {
        field.velocity(at: x, time: time, given: change(condition))
    }

    /// The velocities under the other condition, shaped like `x` [B, ...], at one time.
    public func velocity(at x: Tensor, time: Double, given condition: Condition) -> Tensor {
        field.velocity(at: x, time: time, given: change(condition))
    }

    /// Those of the field.
    public func passes(at time: Double) -> Int { field.passes(at: time) }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Field.select(indices, from: condition)
    }
}

extension Reconditioned: Sendable where Field: Sendable {}

extension VectorField {
    /// This field under `change(condition)`.
    public func reconditioned(by change: @escaping @Sendable (Condition) -> Condition) -> Reconditioned<Self> {
        Reconditioned(field: self, change: change)
    }
}
