public import Torch

extension Tableau {
    /// Positions after steps from each time of a grid to the next.
    ///
    /// Gradients flow through the steps where the caller records them.
    ///
    /// - Parameters:
    ///   - start: Positions at the first time [B, ...].
    ///   - grid: The times.
    ///   - observer: Called with the number of steps done, the evaluations so far and the positions.
    ///   - slope: The right-hand side at a time that all examples share.
    /// - Returns: Positions at the last time, and the number of evaluations.
    /// - Throws: Only errors of the observer.
    public func integrate(
        from start: Tensor, over grid: TimeGrid, observing observer: (Int, Int, Tensor) throws -> Void,
        along slope: (_ x: Tensor, _ time: Double) -> Tensor
    ) rethrows -> (end: Tensor, evaluations: Int) {
        var x = start
        var first: Tensor?
        for step in 0..<grid.steps {
            let times = stageTimes(of: step, in: grid)
            let length = grid.times[step + 1] - grid.times[step]
            let done = stepped(from: x, first: first) {
                $0 * length
            } along: {
                slope($0, times[$1])
            }
            x = done.end
            first = reusesLastStage ? done.slopes.last : nil
            try observer(step + 1, evaluations(steps: step + 1), x)
        }
        return (x, evaluations(steps: grid.steps))
    }

    /// Positions after steps from each time of a grid to the next, and the number of evaluations.
    public func integrate(
        from start: Tensor, over grid: TimeGrid, along slope: (_ x: Tensor, _ time: Double) -> Tensor
    ) -> (end: Tensor, evaluations: Int) {
        integrate(from: start, over: grid, observing: { _, _, _ in }, along: slope)
    }

    /// The times of all evaluations along a grid, in order.
    func evaluationTimes(over grid: TimeGrid) -> [Double] {
        (0..<grid.steps).flatMap { step in
            stageTimes(of: step, in: grid).dropFirst(reusesLastStage && step > 0 ? 1 : 0)
        }
    }

    /// The times of a step's stages; a stage at its end is at the very time of the grid.
    private func stageTimes(of step: Int, in grid: TimeGrid) -> [Double] {
        let (time, next) = (grid.times[step], grid.times[step + 1])
        return nodes.map { $0 == 1 ? next : time + (next - time) * $0 }
    }
}
