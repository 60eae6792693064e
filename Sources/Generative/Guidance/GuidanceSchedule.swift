internal import Torch

/// Times at which guidance acts, and the examples of a batch on which it does.
struct GuidanceSchedule: Sendable {
    let scale: Double
    let interval: ClosedRange<Double>

    init(scale: Double, during interval: ClosedRange<Double>) {
        demand(scale.isFinite, "a guidance scale is a finite number, not \(scale)")
        self.scale = scale
        self.interval = interval
    }

    /// True if the field at a time differs from the strong one.
    ///
    /// Times are compared in single precision: a bound of the interval that a grid meets counts as inside, whichever
    /// floating-point type the time went through.
    func acts(at time: Double) -> Bool {
        scale != 1 && Float(interval.lowerBound) <= Float(time) && Float(time) <= Float(interval.upperBound)
    }

    /// The examples of a batch on which guidance acts.
    enum Extent {
        case none
        case all
        /// Places of those inside and of those outside of the interval; neither is empty.
        case some(inside: [Int], outside: [Int])
    }

    /// The examples at times [B] on which guidance acts; reads the times only if that depends on them.
    func extent(at time: Tensor) -> Extent {
        if scale == 1 { return .none }
        if interval.lowerBound <= 0 && interval.upperBound >= 1 { return .all }
        let isInside = time.scalars(as: Double.self).map(acts)
        let inside = isInside.indices.filter { isInside[$0] }
        if inside.isEmpty { return .none }
        if inside.count == isInside.count { return .all }
        return .some(inside: inside, outside: isInside.indices.filter { !isInside[$0] })
    }

    /// v_weak + scale (v_strong - v_weak); at scale 0 the strong field is not asked.
    func mixed(strong: @autoclosure () -> Tensor, weak: Tensor) -> Tensor {
        scale == 0 ? weak : weak + (strong() - weak) * scale
    }
}
