public import Torch

/// Sampling by following a ``VectorField`` with steps as long as a tolerance allows.
///
/// Every sample has its own time and step, so it does not depend on those that share its batch; a sample that has
/// arrived leaves the batch. ``Samples/evaluations`` counts, for each sample, one for the first slope, one for the
/// search for the first step and those of all steps tried, the rejected ones too.
///
///     let sampler = AdaptiveODESampler(.dormandPrince54, control: StepSizeControl(absoluteTolerance: 1e-4))
public struct AdaptiveODESampler<Model: VectorField>: Sampler, Sendable {
    /// The method and its error estimate.
    public var solver: Tableau
    /// The lengths of steps.
    public var control: StepSizeControl
    /// The time to cross.
    public var interval: ClosedRange<Double>
    /// Which way.
    public var direction: Direction

    /// Which way time is crossed.
    public enum Direction: Sendable, Hashable {
        /// From small t to large t.
        case towardsData
        /// From large t to small t.
        case towardsNoise
    }

    /// A sampler.
    ///
    /// - Parameters:
    ///   - solver: A method with an error estimate.
    ///   - control: The lengths of steps, and with them the tolerances.
    ///   - interval: The time to cross, within [0, 1]; all of it unless given.
    ///   - direction: Which way; towards the data unless given.
    ///   - model: The type of the model; inferred where a model is given at once.
    public init(
        _ solver: Tableau = .dormandPrince54, control: StepSizeControl = StepSizeControl(),
        over interval: ClosedRange<Double> = 0...1, _ direction: Direction = .towardsData,
        for model: Model.Type = Model.self
    ) {
        demand(solver.embedded != nil, "\(solver.name) does not estimate its error; use .dormandPrince54")
        demand(
            (0...1).contains(interval.lowerBound) && (0...1).contains(interval.upperBound)
                && interval.lowerBound < interval.upperBound, "\(interval) is not a stretch of time within [0, 1]")
        self.solver = solver
        self.control = control
        self.interval = interval
        self.direction = direction
    }

    /// The ends of the trajectories that begin at `start` [B, ...]; nothing is drawn.
    public func sample(
        _ model: Model, from start: Tensor, given condition: Model.Condition, using source: RandomSource,
        observing observer: (StepReport) throws -> Void
    ) rethrows -> Samples {
        guard start.shape[0] > 0 else { return Samples(values: start, evaluations: 0, stopped: .completed) }
        return try withoutGradients {
            var run = AdaptiveRun(self, model, from: start, given: condition)
            while run.isRunning {
                run.advance()
                try observer(run.report)
            }
            return run.samples
        }
    }
}

/// The state of adaptive sampling: results for all samples, and a front of those that are still on their way.
private struct AdaptiveRun<Model: VectorField> {
    private let how: AdaptiveODESampler<Model>
    private let model: Model
    private let condition: Model.Condition
    private let estimateOrder: Int
    private let length: Double

    private var values: Tensor
    private var evaluations: [Int]
    private var stopped: [StopReason]
    private var steps = 0
    private var cost = 2
    private var front: AdaptiveFront
    private var frontCondition: Model.Condition

    init(
        _ how: AdaptiveODESampler<Model>, _ model: Model, from start: Tensor, given condition: Model.Condition
    ) {
        let count = start.shape[0]
        (self.how, self.model, self.condition, self.frontCondition) = (how, model, condition, condition)
        estimateOrder = min(how.solver.order, how.solver.embedded?.order ?? how.solver.order) + 1
        length = how.interval.upperBound - how.interval.lowerBound
        values = start
        evaluations = Array(repeating: 0, count: count)
        stopped = Array(repeating: .exhausted, count: count)
        let slope = { x, progress in how.slope(of: model, at: x, after: progress, given: condition) }
        let progress = start.perExample(0)
        let first = slope(start, progress)
        let step = how.control.firstStep(
            from: start, along: first, limit: length, estimateOrder: estimateOrder, probe: slope)
        front = AdaptiveFront(start: start, slope: first, progress: progress, step: step)
    }

    var isRunning: Bool { !front.rows.isEmpty && steps < how.control.maximumSteps }

    /// One step of every running sample, accepted or not.
    mutating func advance() {
        let condition = frontCondition
        let tried = front.advance(how.solver, how.control, estimateOrder, length) { [how, model] x, progress in
            how.slope(of: model, at: x, after: progress, given: condition)
        }
        steps += 1
        cost += tried
        let all = values.clone()
        all.copyRows(at: front.places, from: front.x)
        values = all
        dismissFinished()
    }

    private mutating func dismissFinished() {
        let arrived = (front.progress .>= length).scalars(as: Bool.self)
        // Asked this way round, a step that is NaN is stuck too.
        let moving = (front.step .>= how.control.shortestStep).scalars(as: Bool.self)
        var staying: [Int] = []
        for (place, row) in front.rows.enumerated() {
            evaluations[row] = cost
            if arrived[place] {
                stopped[row] = .completed
            } else if !moving[place] {
                stopped[row] = .stepTooSmall
            } else {
                staying.append(place)
            }
        }
        guard staying.count < front.rows.count else { return }
        front = front.keeping(staying)
        frontCondition = Model.select(front.places, from: condition)
    }

    var report: StepReport {
        let missing = (length - front.progress).sum().item() / length
        let fraction = 1 - missing / Double(evaluations.count)
        return StepReport(
            step: steps, steps: nil, fraction: fraction, evaluations: cost, running: front.rows.count, values: values)
    }

    var samples: Samples { Samples(values: values, evaluations: evaluations, stopped: stopped) }
}

extension AdaptiveODESampler {
    /// Slopes with respect to the progress, which runs from 0 to the length of the interval in either direction.
    fileprivate func slope(
        of model: Model, at x: Tensor, after progress: Tensor, given condition: Model.Condition
    ) -> Tensor {
        switch direction {
        case .towardsData: model.velocity(at: x, time: interval.lowerBound + progress, given: condition)
        case .towardsNoise: -model.velocity(at: x, time: interval.upperBound - progress, given: condition)
        }
    }
}
