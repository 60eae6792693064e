public import Torch

/// Guidance: the extrapolation from a weak field through a strong one, v = v_weak + w (v_strong - v_weak).
///
/// With the same network told nothing as the weak field it is classifier-free guidance (Ho and Salimans, arXiv
/// 2207.12598, equation 6, where their weight is w - 1); with a smaller or less trained network it is autoguidance
/// (Karras et al., arXiv 2406.02507).
///
///     let guided = Guided(net, against: net.reconditioned { _ in nothing }, scale: 2)
///
/// One evaluation of the guided field is one of each of the two.
public struct Guided<Strong: VectorField, Weak: VectorField>: VectorField where Strong.Condition == Weak.Condition {
    /// What both fields are told.
    public typealias Condition = Strong.Condition

    private let strong: Strong
    private let weak: Weak
    private let scale: Double
    private let interval: ClosedRange<Double>

    /// A guided field.
    ///
    /// - Parameters:
    ///   - strong: The field to follow.
    ///   - weak: The field to move away from.
    ///   - scale: w: 0 is the weak field, 1 the strong one, larger values exaggerate their difference.
    ///   - interval: Times t at which to guide; outside of it the strong field is followed (Kynkäänniemi et al., arXiv
    ///     2404.07724). The whole time unless given.
    public init(_ strong: Strong, against weak: Weak, scale: Double, during interval: ClosedRange<Double> = 0...1) {
        self.strong = strong
        self.weak = weak
        self.scale = scale
        self.interval = interval
    }

    /// The mixed velocities, shaped like `x` [B, ...], at the times [B].
    public func velocity(at x: Tensor, time: Tensor, given condition: Condition) -> Tensor {
        let target = strong.velocity(at: x, time: time, given: condition)
        let reference = weak.velocity(at: x, time: time, given: condition)
        let guided = (time .>= interval.lowerBound) .& (time .<= interval.upperBound)
        let weight = time.onesLike().maskedFill(guided, scale)
        return reference + weight.alongBatch(of: x) * (target - reference)
    }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Strong.select(indices, from: condition)
    }
}

extension Guided: Sendable where Strong: Sendable, Weak: Sendable {}

/// A vector field under another condition than the one that it is given.
public struct Reconditioned<Field: VectorField>: VectorField {
    /// What the field itself is told.
    public typealias Condition = Field.Condition

    fileprivate let field: Field
    fileprivate let change: @Sendable (Condition) -> Condition

    /// The velocities under the other condition.
    public func velocity(at x: Tensor, time: Tensor, given condition: Condition) -> Tensor {
        field.velocity(at: x, time: time, given: change(condition))
    }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Field.select(indices, from: condition)
    }
}

extension Reconditioned: Sendable where Field: Sendable {}

extension VectorField {
    /// This field under `change(condition)`: for classifier-free guidance, the change to the label that means "any".
    public func reconditioned(by change: @escaping @Sendable (Condition) -> Condition) -> Reconditioned<Self> {
        Reconditioned(field: self, change: change)
    }
}
