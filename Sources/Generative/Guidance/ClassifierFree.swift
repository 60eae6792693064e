public import Torch

/// Classifier-free guidance of one network: v = v_u + w (v_c - v_u), where v_c sees the condition and v_u does not.
///
/// Ho and Salimans, arXiv 2207.12598, equation 6, where their weight is w - 1. Both velocities come from one evaluation of
/// a batch of 2 B; outside of the interval and at scale 1 the conditional one alone is evaluated, at scale 0 inside of it
/// the unconditional one.
///
///     let guided = ClassifierFree(net, nullClass: 10, scale: 3, during: 0.2...0.8)
///
/// Guiding velocities is guiding any other ``Prediction`` with the same scale.
public struct ClassifierFree<Field: VectorField>: VectorField {
    /// Condition of the network.
    public typealias Condition = Field.Condition

    private let field: Field
    private let dropping: @Sendable (Condition, _ rows: Tensor) -> Condition
    private let schedule: GuidanceSchedule

    /// A guided field.
    ///
    /// - Parameters:
    ///   - field: The network as a field.
    ///   - scale: w: 0 is the unconditional field, 1 the conditional one, larger values exaggerate their difference.
    ///   - interval: Times t at which to guide, ends included; outside of it the conditional field is followed (Kynkäänniemi
    ///     et al., arXiv 2404.07724). By default the whole time.
    ///   - dropping: The condition [B] with nothing said of the examples whose place in a mask [B] of booleans is true.
    public init(
        _ field: Field, scale: Double, during interval: ClosedRange<Double> = 0...1,
        dropping: @escaping @Sendable (_ condition: Condition, _ rows: Tensor) -> Condition
    ) {
        self.field = field
        self.dropping = dropping
        schedule = GuidanceSchedule(scale: scale, during: interval)
    }

    /// Velocities, shaped like `x` [B, ...], at the times [B]; only the examples inside of the interval take two passes.
    public func velocity(at x: Tensor, time: Tensor, given condition: Condition) -> Tensor {
        switch schedule.extent(at: time) {
        case .none: field.velocity(at: x, time: time, given: condition)
        case .all: guided(x, condition, inside: nil) { $0.velocity(at: $1, time: time.indexSelect(0, $3), given: $2) }
        case .some(let inside, _):
            guided(x, condition, inside: Tensor(inside, device: x.device)) {
                $0.velocity(at: $1, time: time.indexSelect(0, $3), given: $2)
            }
        }
    }

    /// Velocities, shaped like `x` [B, ...], at one time.
    public func velocity(at x: Tensor, time: Double, given condition: Condition) -> Tensor {
        guard schedule.acts(at: time) else { return field.velocity(at: x, time: time, given: condition) }
        return guided(x, condition, inside: nil) { field, x, condition, _ in
            field.velocity(at: x, time: time, given: condition)
        }
    }

    /// Network passes of an evaluation at this time.
    public func passes(at time: Double) -> Int {
        field.passes(at: time) * (schedule.acts(at: time) && schedule.scale != 0 ? 2 : 1)
    }

    /// The condition of the examples `indices` [N].
    public static func select(_ indices: Tensor, from condition: Condition) -> Condition {
        Field.select(indices, from: condition)
    }
}

extension ClassifierFree: Sendable where Field: Sendable {}

extension ClassifierFree where Condition == Tensor {
    /// A guided field whose network knows classes and one label for none of them.
    ///
    /// - Parameters:
    ///   - field: The network as a field of class labels [B].
    ///   - nullClass: The label that says nothing.
    ///   - scale: w: 0 is the unconditional field, 1 the conditional one, larger values exaggerate their difference.
    ///   - interval: Times t at which to guide, ends included; by default the whole time.
    public init(_ field: Field, nullClass: Int, scale: Double, during interval: ClosedRange<Double> = 0...1) {
        self.init(field, scale: scale, during: interval) { labels, rows in labels.maskedFill(rows, Double(nullClass)) }
    }
}

extension ClassifierFree {
    /// The field of some examples: positions, their condition, and their places in the batch.
    private typealias Evaluation = (_ field: Field, _ x: Tensor, _ condition: Condition, _ places: Tensor) -> Tensor

    /// The guided velocities of the examples inside (of all, if nil), the conditional ones of the others.
    private func guided(
        _ x: Tensor, _ condition: Condition, inside: Tensor?, _ evaluate: Evaluation
    ) -> Tensor {
        let count = x.shape[0]
        let all = Tensor.arange(count, device: x.device)
        let free = inside ?? all
        if schedule.scale == 0 {
            // One pass each: the examples inside see no condition.
            let rows = Tensor.zeros([count], dtype: .bool, device: x.device)
            rows.copyRows(at: free, from: .ones([free.count], dtype: .bool, device: x.device))
            return evaluate(field, x, dropping(condition, rows), all)
        }
        let places = Tensor.cat([all, free])
        let isFree = Tensor.arange(places.count, device: x.device) .>= count
        let told = dropping(Self.select(places, from: condition), isFree)
        let both = evaluate(field, x.indexSelect(0, places), told, places).split([count, free.count])
        guard let inside else { return schedule.mixed(strong: both[0], weak: both[1]) }
        let mixed = schedule.mixed(strong: both[0].indexSelect(0, inside), weak: both[1])
        // Row i of the result is row order[i] of all conditional rows, followed by the mixed ones.
        let order = all.clone()
        order.copyRows(at: inside, from: Tensor.arange(count..<places.count, device: x.device))
        return Tensor.cat([both[0], mixed]).indexSelect(0, order)
    }
}
