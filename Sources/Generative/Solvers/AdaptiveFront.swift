internal import Torch

/// The examples that an adaptive solver still carries, A of them, each with its own progress and step.
///
/// Positions and slopes stay on their device. Progress, steps and their control are numbers of the host: a step sends its
/// times and lengths once and reads its errors once, and no example's control depends on the others.
struct AdaptiveFront: Sendable {
    /// Rows of the examples in the whole batch.
    private(set) var rows: [Int]
    /// Positions [A, ...].
    private(set) var x: Tensor
    /// Share of the time that is crossed, A numbers.
    private(set) var progress: [Double]
    /// Lengths of the next steps, A numbers.
    private(set) var step: [Double]
    /// Slopes at the positions, shaped like them.
    private var slope: Tensor
    /// Scaled errors of the last accepted steps.
    private var error: [Double]
    /// True if the last step was rejected: the one after it must not be longer.
    private var rejected: [Bool]
    /// Factors of each example's tolerances.
    private var slack: [Double]

    /// A smaller error than this is not remembered, so that one lucky step does not shorten the next (DOPRI5).
    private static let smallestError = 1e-4

    init(start: Tensor, slope: Tensor, steps: [Double], slack: [Double]) {
        self.slack = slack
        rows = Array(0..<start.shape[0])
        (x, self.slope, step) = (start, slope, steps)
        progress = rows.map { _ in 0 }
        error = rows.map { _ in Self.smallestError }
        rejected = rows.map { _ in false }
    }

    /// ``rows`` as a tensor [A] beside the positions.
    var places: Tensor { Tensor(rows, device: x.device) }

    /// One step of each example; those whose error is too large stay where they are.
    ///
    /// - Parameters:
    ///   - solver: A method with an error estimate.
    ///   - control: The lengths of steps.
    ///   - estimateOrder: Order of the error of the estimate.
    ///   - length: Progress at which an example has arrived.
    ///   - clock: The time after some progress.
    ///   - slope: Slopes with respect to progress at positions [A, ...] and times [A].
    /// - Returns: The times at which the slope was evaluated, one row of A numbers per evaluation, and the step.
    mutating func advance(
        _ solver: Tableau, _ control: StepSizeControl, _ estimateOrder: Int, _ length: Double,
        clock: (Double) -> Double, along slope: Tableau.Slope
    ) -> (times: [[Double]], step: FrontStep) {
        let before = (rows, progress, x)
        let last = rows.indices.map { progress[$0] + step[$0] >= length }
        let lengths = rows.indices.map { last[$0] ? length - progress[$0] : step[$0] }
        let times = solver.nodes.map { node in
            rows.indices.map { clock(min(progress[$0] + node * lengths[$0], length)) }
        }
        let numbers = x.numbers([lengths] + times)
        let h = numbers[0].factor(of: x)
        let reused = solver.reusesLastStage ? self.slope : nil
        let tried = solver.stepped(from: x, first: reused) {
            $0 * h
        } along: {
            slope($0, numbers[$1 + 1])
        }
        guard let estimate = solver.error(of: tried, by: numbers[0]) else {
            fatalError("Generative: \(solver) does not estimate its error; use .dormandPrince54")
        }
        let errors = control.norm(of: estimate, from: x, to: tried.end).scalars(as: Double.self)
        let scaled = zip(errors, slack).map { $0.isNaN ? .infinity : $0 / $1 }
        take(tried, where: Tensor(scaled.map { $0 <= 1 }, device: x.device))
        adjust(control, estimateOrder, lengths, last, scaled, length)
        let made = FrontStep(
            rows: before.0, progress: before.1, ends: progress, lengths: lengths, accepted: scaled.map { $0 <= 1 },
            start: before.2, end: tried.end, slopes: tried.slopes)
        return (Array(times.dropFirst(reused == nil ? 0 : 1)), made)
    }

    /// Moves the examples whose step is accepted [A].
    private mutating func take(_ tried: Tableau.Step, where accepted: Tensor) {
        let keep = accepted.alongBatch(of: x)
        x = tried.end.where(keep, else: x)
        if let end = tried.slopes.last { slope = end.where(keep, else: slope) }
    }

    private mutating func adjust(
        _ control: StepSizeControl, _ estimateOrder: Int, _ lengths: [Double], _ last: [Bool], _ errors: [Double],
        _ length: Double
    ) {
        for row in rows.indices {
            let scaled = errors[row]
            let factor = control.factor(error: scaled, previous: error[row], estimateOrder: estimateOrder)
            step[row] = lengths[row] * (rejected[row] ? min(factor, 1) : factor)
            rejected[row] = scaled > 1
            if rejected[row] { continue }
            progress[row] = last[row] ? length : progress[row] + lengths[row]
            error[row] = max(scaled, Self.smallestError)
        }
    }

    /// The positions of a whole batch with those of the front in their places.
    func written(into batch: Tensor) -> Tensor {
        guard !rows.isEmpty else { return batch }
        let all = batch.clone()
        all.copyRows(at: places, from: x)
        return all
    }

    /// The examples at these places of the front.
    func keeping(_ kept: [Int]) -> AdaptiveFront {
        let indices = Tensor(kept, device: x.device)
        var front = self
        front.rows = kept.map { rows[$0] }
        front.x = x.indexSelect(0, indices)
        front.slope = slope.indexSelect(0, indices)
        front.progress = kept.map { progress[$0] }
        front.step = kept.map { step[$0] }
        front.error = kept.map { error[$0] }
        front.rejected = kept.map { rejected[$0] }
        front.slack = kept.map { slack[$0] }
        return front
    }
}

extension Tensor {
    /// Rows of one number for each example of this batch, [rows, B] beside it, at least in single precision.
    func numbers(_ rows: [[Double]]) -> Tensor {
        let shape = [rows.count, shape[0]]
        if dtype == .float64 { return Tensor(rows.flatMap(\.self), shape: shape, device: device) }
        return Tensor(rows.flatMap { $0.map { Float($0) } }, shape: shape, device: device)
    }
}
