internal import Generative
internal import Torch

/// The march that both samplers share: all samples take the same steps, and those that have arrived leave the batch.
struct MarchPlan {
    let steps: Int
    let momentum: Double
    let endsWithFullStep: Bool
    let stopping: EarlyStopping?
    /// Lengths [A] of steps along the direction, from distances [A] now and at the start.
    let length: (_ distance: Tensor, _ first: Tensor) -> Tensor

    func march<Model: DistanceField>(
        _ model: Model, from start: Tensor, given condition: Model.Condition,
        observing observer: (StepReport) throws -> Void
    ) rethrows -> MarchedSamples {
        guard start.shape[0] > 0 else {
            let none = Samples(values: start, evaluations: 0, stopped: .completed)
            return MarchedSamples(samples: none, distances: .zeros([0]))
        }
        return try withoutGradients {
            var march = March(self, model, from: start, given: condition)
            for step in 1...steps where march.isRunning {
                march.advance(step)
                try observer(march.report(step))
            }
            return march.result()
        }
    }
}

/// The state of a march: samples that have ended, and a front of those that are still on their way.
private struct March<Model: DistanceField> {
    private let plan: MarchPlan
    private let model: Model
    private let condition: Model.Condition

    private var values: Tensor
    private var distances: Tensor
    private var evaluations: [Int]
    private var stopped: [StopReason]

    /// Rows of the running samples in the whole batch.
    private var rows: [Int]
    private var x: Tensor
    private var before: Tensor?
    /// Distances told at the start of the running samples.
    private var first: Tensor?
    /// Distances told last.
    private var last: Tensor?
    private var frontCondition: Model.Condition
    private var progress: [EarlyStopping.Progress]

    init(_ plan: MarchPlan, _ model: Model, from start: Tensor, given condition: Model.Condition) {
        let count = start.shape[0]
        (self.plan, self.model, self.condition, frontCondition) = (plan, model, condition, condition)
        (values, x) = (start, start)
        distances = .zeros([count], dtype: start.dtype, device: start.device)
        evaluations = Array(repeating: 0, count: count)
        stopped = Array(repeating: .completed, count: count)
        rows = Array(0..<count)
        progress = Array(repeating: EarlyStopping.Progress(), count: count)
    }

    var isRunning: Bool { !rows.isEmpty }

    /// One step of every running sample; those that have arrived take their last one and leave.
    mutating func advance(_ step: Int) {
        let ahead = before.map { x + (x - $0) * plan.momentum } ?? x
        let (told, direction) = model.bearing(at: ahead, given: frontCondition)
        let (u, v) = (told.to(x.dtype), direction.to(x.dtype))
        for row in rows { evaluations[row] = step }
        first = first ?? u
        last = u
        let isLast = step == plan.steps
        let reasons = isLast ? [:] : reasonsToEnd(at: u)
        let full = plan.endsWithFullStep && (isLast || !reasons.isEmpty) ? ahead - u.alongBatch(of: x) * v : nil
        var moved = isLast ? full : nil
        if moved == nil, let first {
            moved = x - plan.length(u, first).alongBatch(of: x) * v
        }
        if plan.momentum > 0 { before = x }
        x = moved ?? x
        if !reasons.isEmpty { dismiss(reasons, at: full ?? ahead) }
    }

    /// Reasons of samples that end here, by their places in the front; reads the distances only if somebody may end early.
    private mutating func reasonsToEnd(at u: Tensor) -> [Int: StopReason] {
        guard let stopping = plan.stopping else { return [:] }
        var reasons: [Int: StopReason] = [:]
        for (place, distance) in u.scalars(as: Double.self).enumerated() {
            reasons[place] = progress[place].reason(at: distance, stopping)
        }
        return reasons
    }

    /// Takes samples off the front, with their values in `ends` [A, ...].
    private mutating func dismiss(_ reasons: [Int: StopReason], at ends: Tensor) {
        for (place, reason) in reasons { stopped[rows[place]] = reason }
        let leaving = reasons.keys.sorted()
        let places = Tensor(leaving, device: x.device)
        write(places, rows: leaving.map { rows[$0] }, of: ends)
        let staying = rows.indices.filter { reasons[$0] == nil }
        rows = staying.map { rows[$0] }
        progress = staying.map { progress[$0] }
        let kept = Tensor(staying, device: x.device)
        x = x.indexSelect(0, kept)
        before = before?.indexSelect(0, kept)
        first = first?.indexSelect(0, kept)
        last = last?.indexSelect(0, kept)
        frontCondition = Model.select(Tensor(rows, device: x.device), from: condition)
    }

    private mutating func write(_ places: Tensor, rows: [Int], of ends: Tensor) {
        let target = Tensor(rows, device: ends.device)
        (values, distances) = (values.clone(), distances.clone())
        values.copyRows(at: target, from: ends.indexSelect(0, places))
        if let last { distances.copyRows(at: target, from: last.indexSelect(0, places)) }
    }

    func report(_ step: Int) -> StepReport {
        let (values, x, rows) = (values, x, rows)
        let isOver = step == plan.steps || !isRunning
        return StepReport(
            step: step, steps: plan.stopping == nil ? plan.steps : nil,
            fraction: isOver ? 1 : Double(step) / Double(plan.steps), evaluations: step,
            running: isOver ? 0 : rows.count, values: snapshot(values, x, rows))
    }

    mutating func result() -> MarchedSamples {
        if isRunning { write(Tensor(Array(rows.indices), device: x.device), rows: rows, of: x) }
        let samples = Samples(
            values: values, evaluations: evaluations, passes: evaluations.map { $0 * model.passes }, stopped: stopped)
        return MarchedSamples(samples: samples.checked(), distances: distances.to(.cpu))
    }
}

/// The values of a whole batch with those of the running samples in their rows.
private func snapshot(_ values: Tensor, _ running: Tensor, _ rows: [Int]) -> Tensor {
    guard rows.count < values.shape[0] else { return running }
    let all = values.clone()
    if !rows.isEmpty { all.copyRows(at: Tensor(rows, device: running.device), from: running) }
    return all
}
