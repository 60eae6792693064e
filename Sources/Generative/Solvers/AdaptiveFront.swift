internal import Torch

/// The examples that an adaptive solver still carries, A of them, each with its own progress and step.
struct AdaptiveFront {
    /// Where the examples lie in the whole batch.
    private(set) var rows: [Int]
    /// Positions [A, ...].
    private(set) var x: Tensor
    /// How much of the time is crossed [A].
    private(set) var progress: Tensor
    /// Lengths of the next steps [A].
    private(set) var step: Tensor
    /// Slopes at the positions, shaped like them.
    private var slope: Tensor
    /// Scaled errors of the last accepted steps [A].
    private var error: Tensor
    /// Whether the last step was rejected [A]: the one after it must not be longer.
    private var rejected: Tensor

    /// A smaller error than this is not remembered, so that one lucky step does not shorten the next (DOPRI5).
    private static let smallestError = 1e-4

    init(start: Tensor, slope: Tensor, progress: Tensor, step: Tensor) {
        rows = Array(0..<start.shape[0])
        (x, self.slope, self.progress) = (start, slope, progress)
        self.step = step.to(progress.dtype)
        error = progress.zerosLike() + Self.smallestError
        rejected = progress .< 0
    }

    /// ``rows`` as a tensor [A] beside the positions.
    var places: Tensor { Tensor(rows, device: x.device) }

    /// One step of each example; those whose error is too large stay where they are.
    ///
    /// - Returns: The number of evaluations.
    mutating func advance(
        _ solver: Tableau, _ control: StepSizeControl, _ estimateOrder: Int, _ length: Double,
        along slope: Tableau.Slope
    ) -> Int {
        let last = (progress + step) .>= length
        let h = (length - progress).where(last, else: step)
        let reused = solver.reusesLastStage ? self.slope : nil
        let tried = solver.step(from: x, at: progress, by: h, first: reused, along: slope)
        guard let estimate = solver.error(of: tried, by: h) else { fatalError("\(solver) does not estimate its error") }
        let error = control.norm(of: estimate, from: x, to: tried.end).to(progress.dtype)
        let accepted = error .<= 1

        let factor = control.factor(error: error, previous: self.error, estimateOrder: estimateOrder)
        step = h * factor.minimum(factor.onesLike()).where(rejected, else: factor)
        let keep = accepted.reshape([rows.count] + Array(repeating: 1, count: x.rank - 1))
        x = tried.end.where(keep, else: x)
        if let end = tried.slopes.last { self.slope = end.where(keep, else: self.slope) }
        progress = (progress + h).maskedFill(last, length).where(accepted, else: progress)
        self.error = error.clamp(Self.smallestError...).where(accepted, else: self.error)
        rejected = .!accepted
        return solver.stages - (reused == nil ? 0 : 1)
    }

    /// The examples at these places of the front.
    func keeping(_ kept: [Int]) -> AdaptiveFront {
        let indices = Tensor(kept, device: x.device)
        var front = self
        front.rows = kept.map { rows[$0] }
        front.x = x.indexSelect(0, indices)
        front.slope = slope.indexSelect(0, indices)
        front.progress = progress.indexSelect(0, indices)
        front.step = step.indexSelect(0, indices)
        front.error = error.indexSelect(0, indices)
        front.rejected = rejected.indexSelect(0, indices)
        return front
    }
}
