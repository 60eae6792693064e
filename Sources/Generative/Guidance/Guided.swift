public import Torch

/// Guidance: the extrapolation from a weak field through a strong one, v = v_weak + w (v_strong - v_weak).
///
/// With a smaller or less trained network as the weak field it is autoguidance (Karras et al., arXiv 2406.02507). For
/// classifier-free guidance, where one network plays both, ``ClassifierFree`` is faster.
///
///     let guided = Guided(net, against: smallNet, scale: 2)
///
/// One evaluation takes the passes of both fields inside of the interval, and those of the strong one alone outside of it
/// and at scale 1; at scale 0 it takes those of the weak one alone inside.
public struct Guided<Strong: VectorField, Weak: VectorField>: VectorField where Strong.Condition == Weak.Condition {
    /// Condition of both fields.
    public typealias Condition = Strong.Condition

    private let strong: Strong
    private let weak: Weak
    private let schedule: GuidanceSchedule

    /// A guided field.
    ///
    /// - Parameters:
    ///   - strong: The field to follow.
    ///   - weak: The field to move away from.
    ///   - scale: w: 0 is the weak field, 1 the strong one, larger values exaggerate their difference.
    ///   - interval: Times t at which to guide, ends included; outside of it the strong field is followed (Kynkäänniemi et
    ///     al., arXiv 2404.07724). By default the whole time.
    public init(_ strong: Strong, against weak: Weak, scale: Double, during interval: ClosedRange<Double> = 0...1) {
        self.strong = strong
        self.weak = weak
        schedule = GuidanceSchedule(scale: scale, during: interval)
    }

    /// The mixed velocities, shaped like `x` [B, ...], at the times [B]; only the examples inside of the interval take a
    /// second pass.
    public func velocity(at x: Tensor, time: Tensor, given condition: Condition) -> Tensor {
        switch schedule.extent(at: time) {
        case .none:
            return strong.velocity(at: x, time: time, given: condition)
        case .all:
            return schedule.mixed(
                strong: strong.velocity(at: x, time: time, given: condition),
                weak: weak.velocity(at: x, time: time, given: condition))
        case .some(let inside, let outside):
            let parts = [inside, outside].map { places in
                let rows = Tensor(places, device: x.device)
                return velocity(
                    at: x.indexSelect(0, rows), time: time.indexSelect(0, rows),
                    given: Self.select(rows, from: condition))
            }
            let order = (inside + outside).enumerated().sorted { $0.element < $1.element }.map(\.offset)
            return Tensor.cat(parts).indexSelect(0, Tensor(order, device: x.device))
        }
    }

    /// The mixed velocities, shaped like `x` [B, ...], at one time.
    public func velocity(at x: Tensor, time: Double, given condition: Condition) -> Tensor {
        guard schedule.acts(at: time) else { return strong.velocity(at: x, time: time, given: condition) }
        return schedule.mixed(
            strong: strong.velocity(at: x, time: time, given: condition),
            weak: weak.velocity(at: x, time: time, given: condition))
    }

    /// Network passes of an evaluation at this time.
    public func passes(at time: Double) -> Int {
        guard schedule.acts(at: time) else { return strong.passes(at: time) }
        return weak.passes(at: time) + (schedule.scale == 0 ? 0 : strong.passes(at: time))
    }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Strong.select(indices, from: condition)
    }
}

extension Guided: Sendable where Strong: Sendable, Weak: Sendable {}
