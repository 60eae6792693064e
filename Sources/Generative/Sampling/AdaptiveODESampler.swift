public import Torch

/// Sampling by following a ``VectorField`` with steps as long as a tolerance allows.
///
/// Every sample has its own time and step, so it does not depend on those that share its batch; a sample that has
/// arrived leaves the batch. ``Samples/evaluations`` counts, for each sample, those of all steps tried, the rejected ones
/// too: the pair of Dormand and Prince takes seven for the first step and six for each other one.
///
///     let sampler = AdaptiveODESampler(.dormandPrince54, control: StepSizeControl(absoluteTolerance: 1e-4))
public struct AdaptiveODESampler<Model: VectorField>: Sampler, Sendable {
    /// The method and its error estimate.
    public var solver: Tableau
    /// The lengths of steps.
    public var control: StepSizeControl
    /// The time to cross.
    public var interval: ClosedRange<Double>
    /// Direction of time.
    public var direction: Direction

    /// Direction in which time is crossed.
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
    ///   - interval: The time to cross, within [0, 1]; by default all of it.
    ///   - direction: Direction of time; by default towards the data.
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
                _ = run.advance()
                try observer(run.report)
            }
            return run.samples
        }
    }
}

extension AdaptiveODESampler {
    /// Positions of samples at given times, and the samples themselves.
    public struct Trajectories: Sendable {
        /// Times, in the order that they were asked for.
        public let times: [Double]
        /// Positions [T, B, ...]; NaN where a sample ended before its time.
        public let positions: Tensor
        /// The ends, with their costs.
        public let samples: Samples
    }

    /// Trajectories, observed at times of the caller's.
    ///
    /// The steps are those of ``sample(_:from:given:using:observing:)``, to the same bits and with the same evaluations: between
    /// the ends of a sample's own accepted steps its position is interpolated, for the pair of Dormand and Prince to order 4, for
    /// that of Bogacki and Shampine to order 3.
    ///
    /// - Parameters:
    ///   - model: The velocity.
    ///   - start: Positions at the beginning [B, ...].
    ///   - condition: Condition of each sample.
    ///   - times: Times within ``interval``, in any order.
    ///   - slack: Factors of both tolerances for each sample, B positive numbers; 1 for all if nil.
    public func trajectories(
        of model: Model, from start: Tensor, given condition: Model.Condition, at times: [Double],
        slack: [Double]? = nil
    ) -> Trajectories {
        guard let interpolant = Interpolant(of: solver) else {
            fatalError("Generative: \(solver) has no interpolant between its steps; use .dormandPrince54")
        }
        demand(times.allSatisfy(interval.contains), "times of a trajectory lie in \(interval), unlike some of \(times)")
        demand(
            slack.map { $0.count == start.shape[0] && $0.allSatisfy { $0 > 0 && $0.isFinite } } ?? true,
            "tolerances have one positive factor for each of \(start.shape[0]) samples")
        return withoutGradients {
            let order = times.indices.sorted { progress(at: times[$0]) < progress(at: times[$1]) }
            var record = DenseRecord(of: start, at: order.map { progress(at: times[$0]) }, interpolant)
            guard start.shape[0] > 0 else {
                let none = Samples(values: start, evaluations: 0, stopped: .completed)
                return Trajectories(times: times, positions: record.positions, samples: none)
            }
            var run = AdaptiveRun(self, model, from: start, given: condition, slack: slack)
            while run.isRunning { record.add(run.advance()) }
            var places = Array(repeating: 0, count: order.count)
            for (place, index) in order.enumerated() { places[index] = place }
            let positions = record.positions.indexSelect(0, Tensor(places, device: start.device))
            return Trajectories(times: times, positions: positions, samples: run.samples)
        }
    }

    /// Trajectories under a field without condition, observed at times of the caller's.
    public func trajectories(
        of model: Model, from start: Tensor, at times: [Double], slack: [Double]? = nil
    ) -> Trajectories where Model.Condition == Void {
        trajectories(of: model, from: start, given: (), at: times, slack: slack)
    }
}

/// The state of adaptive sampling: samples that have ended, and a front of those that are still on their way.
private struct AdaptiveRun<Model: VectorField> {
    private let how: AdaptiveODESampler<Model>
    private let model: Model
    private let condition: Model.Condition
    private let estimateOrder: Int
    private let length: Double

    /// Places of samples that have left the front; those of the others are still to be written.
    private var values: Tensor
    private var evaluations: [Int]
    private var passes: [Int]
    private var stopped: [StopReason]
    private var steps = 0
    private var cost = 1
    private var front: AdaptiveFront
    private var frontCondition: Model.Condition

    init(
        _ how: AdaptiveODESampler<Model>, _ model: Model, from start: Tensor, given condition: Model.Condition,
        slack: [Double]? = nil
    ) {
        let count = start.shape[0]
        let slack = slack ?? Array(repeating: 1, count: count)
        (self.how, self.model, self.condition, self.frontCondition) = (how, model, condition, condition)
        estimateOrder = min(how.solver.order, how.solver.embedded?.order ?? how.solver.order) + 1
        length = how.interval.upperBound - how.interval.lowerBound
        values = start
        evaluations = Array(repeating: 1, count: count)
        passes = Array(repeating: model.passes(at: how.time(after: 0)), count: count)
        stopped = Array(repeating: .exhausted, count: count)
        let first = how.slope(of: model, at: start, time: start.perExample(how.time(after: 0)), given: condition)
        let lengths = how.control.firstSteps(
            from: start, along: first, limit: length, slack: slack, estimateOrder: estimateOrder)
        front = AdaptiveFront(start: start, slope: first, steps: lengths, slack: slack)
    }

    var isRunning: Bool { !front.rows.isEmpty && steps < how.control.maximumSteps }

    /// One step of every running sample, accepted or not.
    mutating func advance() -> FrontStep {
        let condition = frontCondition
        let (times, step) = front.advance(how.solver, how.control, estimateOrder, length, clock: how.time(after:)) {
            [how, model] x, time in how.slope(of: model, at: x, time: time, given: condition)
        }
        steps += 1
        cost += times.count
        for (place, row) in front.rows.enumerated() {
            evaluations[row] = cost
            passes[row] += times.reduce(0) { $0 + model.passes(at: $1[place]) }
        }
        dismissFinished()
        return step
    }

    private mutating func dismissFinished() {
        var staying: [Int] = []
        for (place, row) in front.rows.enumerated() {
            if front.progress[place] >= length {
                stopped[row] = .completed
            } else if front.step[place] < how.control.shortestStep {
                stopped[row] = .stepTooSmall
            } else {
                staying.append(place)
            }
        }
        guard staying.count < front.rows.count else { return }
        values = front.written(into: values)
        front = front.keeping(staying)
        frontCondition = Model.select(front.places, from: condition)
    }

    var report: StepReport {
        let missing = front.progress.reduce(0) { $0 + length - $1 } / length
        let (front, values) = (front, values)
        return StepReport(
            step: steps, steps: nil, fraction: 1 - missing / Double(evaluations.count), evaluations: cost,
            running: front.rows.count, values: front.written(into: values))
    }

    var samples: Samples {
        let values = front.written(into: values)
        return Samples(values: values, evaluations: evaluations, passes: passes, stopped: stopped).checked()
    }
}

extension AdaptiveODESampler {
    /// The time after some progress, which runs from 0 to the length of the interval in either direction.
    fileprivate func time(after progress: Double) -> Double {
        let time =
            switch direction {
            case .towardsData: interval.lowerBound + progress
            case .towardsNoise: interval.upperBound - progress
            }
        return min(max(time, interval.lowerBound), interval.upperBound)
    }

    /// The progress at a time; exactly the length of the interval at its end.
    fileprivate func progress(at time: Double) -> Double {
        direction == .towardsData ? time - interval.lowerBound : interval.upperBound - time
    }

    /// Slopes with respect to the progress.
    fileprivate func slope(
        of model: Model, at x: Tensor, time: Tensor, given condition: Model.Condition
    ) -> Tensor {
        let velocity = model.velocity(at: x, time: time, given: condition)
        return direction == .towardsData ? velocity : -velocity
    }
}
