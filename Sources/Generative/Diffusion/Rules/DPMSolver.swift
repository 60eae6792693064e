internal import Foundation
public import Torch

/// DPM-Solver++, multistep: exponential integrators of local order 1 to 3 in λ = log(α / σ) on estimates of the data.
///
/// Lu et al., arXiv 2211.01095, algorithm 2 and appendix; the stochastic form follows the SDE with the same marginals (there,
/// section 6). Coefficients are those of diffusers with `solver_type="midpoint"`.
public struct DPMSolver: StepRule, Hashable {
    /// Estimates that a step in the middle of a trajectory uses: its local order.
    public let estimates: Int
    /// True for the SDE, which draws noise.
    public let isStochastic: Bool
    /// Lower orders in the last steps; nil for grids of fewer than 15 steps only, as diffusers does.
    public let lowersOrderAtEnd: Bool?

    /// A rule.
    ///
    /// - Parameters:
    ///   - order: 1, 2 or 3; 2 by default.
    ///   - stochastic: The SDE instead of the ODE. Its distribution converges with order 1 for any `order`.
    ///   - lowersOrderAtEnd: Order 2 and 1 in the last two steps. By default for grids of fewer than 15 steps; a step that
    ///     leads to the data has order 1 always.
    public init(order: Int = 2, stochastic: Bool = false, lowersOrderAtEnd: Bool? = nil) {
        demand((1...3).contains(order), "DPM-Solver++ has orders 1, 2 and 3, not \(order)")
        estimates = order
        isStochastic = stochastic
        self.lowersOrderAtEnd = lowersOrderAtEnd
    }

    /// At most 2: the first step has one estimate only, and its error stays; 1 for the SDE.
    public var order: Int { isStochastic ? 1 : min(estimates, 2) }

    /// Such as "DPM-Solver++ 2M" or "DPM-Solver++ 2M SDE".
    public var description: String { "DPM-Solver++ \(estimates)M" + (isStochastic ? " SDE" : "") }

    /// Estimates of earlier steps, the latest last.
    public struct Memory {
        fileprivate var data: [Tensor] = []
        fileprivate var logRatios: [Double] = []
    }

    /// Nothing.
    public func beginning() -> Memory { Memory() }

    /// Positions at the end of a step.
    public func step(
        _ x: Tensor, _ place: StepPlace, _ memory: inout Memory, estimate: (Tensor, NoiseLevel) -> Estimate,
        noise: () -> Tensor
    ) -> Tensor {
        let (from, to) = (place.step.from, place.step.to)
        memory.data = memory.data.suffix(2) + [estimate(x, from).data]
        memory.logRatios = memory.logRatios.suffix(2) + [from.logRatio]
        // The limit of every order at σ' = 0 where the estimate no longer changes.
        if to.sigma == 0 { return memory.data[memory.data.count - 1] * to.alpha }
        let weights = self.weights(Array(memory.logRatios.reversed()), to, orderNow(place, memory.data.count))
        var end = x * (to.sigma / from.sigma * (isStochastic ? exp(from.logRatio - to.logRatio) : 1))
        for (weight, data) in zip(weights, memory.data.reversed()) { end = end + data * weight }
        guard isStochastic else { return end }
        let spread = -expm1(2 * (from.logRatio - to.logRatio))
        return end + noise() * (to.sigma * spread.squareRoot())
    }

    private func orderNow(_ place: StepPlace, _ known: Int) -> Int {
        let lowers = lowersOrderAtEnd ?? (place.count < 15)
        return min(estimates, known, lowers ? place.remaining + 1 : estimates)
    }

    /// Weights of the estimates, the latest first: finite differences over λ, turned into factors of each estimate.
    private func weights(_ logRatios: [Double], _ to: NoiseLevel, _ order: Int) -> [Double] {
        let h = to.logRatio - logRatios[0]
        // Integrals of 1, and of the first and second power of the progress, against the exponential.
        let k = isStochastic ? 2 * h : h
        let zeroth = -to.alpha * expm1(-k)
        guard order > 1 else { return [zeroth] }
        let r0 = (logRatios[0] - logRatios[1]) / h
        guard order > 2 else { return [zeroth * (1 + 0.5 / r0), -zeroth * 0.5 / r0] }
        let r1 = (logRatios[1] - logRatios[2]) / h
        let first = to.alpha * (expm1(-k) / k + 1)
        let second = -to.alpha * ((expm1(-k) + k) / (k * k) - 0.5)
        // D1 = d0 + r0 / (r0 + r1) (d0 - d1), D2 = (d0 - d1) / (r0 + r1), d0 = (m0 - m1) / r0, d1 = (m1 - m2) / r1.
        let ofD0 = first * (1 + r0 / (r0 + r1)) + second / (r0 + r1)
        let ofD1 = -(first * r0 + second) / (r0 + r1)
        return [zeroth + ofD0 / r0, ofD1 / r1 - ofD0 / r0, -ofD1 / r1]
    }
}
