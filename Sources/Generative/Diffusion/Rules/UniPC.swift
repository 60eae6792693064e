internal import Foundation
public import Torch

/// UniPC: a multistep predictor in λ = log(α / σ) whose end is corrected once the model has been asked there.
///
/// Zhao et al., arXiv 2302.04867, with B(h) = e^h - 1 ("bh2") on estimates of the data. The correction costs no evaluation: the
/// estimate at the predicted position is used for both.
public struct UniPC: StepRule, Hashable {
    /// The order of the predictor in the middle of a trajectory; the corrected one is a higher.
    public let predictorOrder: Int

    /// A rule.
    ///
    /// - Parameter order: Order of the predictor, 1 to 3; 2 by default.
    public init(order: Int = 2) {
        demand((1...3).contains(order), "UniPC has orders 1, 2 and 3, not \(order)")
        predictorOrder = order
    }

    /// That of the predictor, at most 2: the first step has one estimate only, and its error stays.
    public var order: Int { min(predictorOrder, 2) }

    /// False.
    public var isStochastic: Bool { false }

    /// Such as "UniPC 2".
    public var description: String { "UniPC \(predictorOrder)" }

    /// Earlier estimates, the latest last, and the step that the next estimate corrects.
    public struct Memory {
        fileprivate var data: [Tensor] = []
        fileprivate var logRatios: [Double] = []
        fileprivate var last: (x: Tensor, step: NoiseStep, order: Int)?
    }

    /// Nothing.
    public func beginning() -> Memory { Memory() }

    /// Positions at the end of a step, not yet corrected.
    public func step(
        _ x: Tensor, _ place: StepPlace, _ memory: inout Memory, estimate: (Tensor, NoiseLevel) -> Estimate,
        noise: () -> Tensor
    ) -> Tensor {
        let now = estimate(x, place.step.from).data
        let start = memory.last.map { corrected($0.x, $0.step, $0.order, memory, with: now) } ?? x
        memory.data = memory.data.suffix(predictorOrder) + [now]
        memory.logRatios = memory.logRatios.suffix(predictorOrder) + [place.step.from.logRatio]
        let order = min(predictorOrder, place.remaining + 1, memory.data.count)
        memory.last = (start, place.step, order)
        return predicted(start, place.step, order, memory)
    }

    private func predicted(_ x: Tensor, _ step: NoiseStep, _ order: Int, _ memory: Memory) -> Tensor {
        let parts = Parts(step, order, memory)
        if step.to.sigma == 0 { return parts.newest * step.to.alpha }
        // With two points the paper's simple weight 1/2 keeps the order.
        let weights = order == 2 ? [0.5] : parts.weights(order - 1)
        return parts.moved(x, by: weights, of: parts.differences)
    }

    private func corrected(
        _ x: Tensor, _ step: NoiseStep, _ order: Int, _ memory: Memory, with now: Tensor
    ) -> Tensor {
        let parts = Parts(step, order, memory)
        let weights = order == 1 ? [0.5] : parts.weights(order)
        return parts.moved(x, by: weights, of: parts.differences + [now - parts.newest])
    }

    /// What predictor and corrector of one step share.
    private struct Parts {
        let step: NoiseStep
        /// λ' - λ.
        let h: Double
        /// Places of the earlier estimates in units of the step, and 1 for its end.
        let places: [Double]
        /// The estimate at the start.
        let newest: Tensor
        /// Slopes from it to the earlier ones.
        let differences: [Tensor]

        init(_ step: NoiseStep, _ order: Int, _ memory: Memory) {
            self.step = step
            let count = memory.data.count
            let here = memory.logRatios[count - 1]
            let h = step.to.logRatio - here
            let newest = memory.data[count - 1]
            let earlier = (1..<max(order, 1)).map { (memory.logRatios[count - 1 - $0] - here) / h }
            self.h = h
            self.newest = newest
            places = earlier + [1]
            differences = earlier.enumerated().map { (memory.data[count - 2 - $0] - newest) / $1 }
        }

        /// Solves Σ_k ρ_k r_k^(i-1) = b_i for the first `count` places and conditions.
        func weights(_ count: Int) -> [Double] {
            guard count > 0 else { return [] }
            var (phi, factorial) = (expm1(-h) / -h - 1, 1.0)
            var (rows, right) = ([[Double]](), [Double]())
            for power in 0..<count {
                rows.append(places.prefix(count).map { pow($0, Double(power)) })
                right.append(phi * factorial / expm1(-h))
                factorial *= Double(power + 2)
                phi = phi / -h - 1 / factorial
            }
            return solved(rows, right)
        }

        /// (σ' / σ) x - α' (e^-h - 1) (newest + Σ ρ_k D_k).
        func moved(_ x: Tensor, by weights: [Double], of differences: [Tensor]) -> Tensor {
            var data = newest
            for (weight, difference) in zip(weights, differences) { data = data + difference * weight }
            return x * (step.to.sigma / step.from.sigma) - data * (step.to.alpha * expm1(-h))
        }
    }
}

/// The solution of a small linear system by elimination with pivots.
private func solved(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    var rows = zip(matrix, right).map { $0 + [$1] }
    let count = rows.count
    for column in 0..<count {
        let pivot = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
        rows.swapAt(column, pivot)
        for row in 0..<count where row != column {
            let factor = rows[row][column] / rows[column][column]
            for entry in column...count { rows[row][entry] -= factor * rows[column][entry] }
        }
    }
    return (0..<count).map { rows[$0][count] / rows[$0][$0] }
}
