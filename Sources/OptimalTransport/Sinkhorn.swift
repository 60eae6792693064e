public import Torch

/// Entropic optimal transport between two weighted point sets, with its potentials and costs.
///
///     P = argmin <P, C> + ε KL(P | a ⊗ b)  with marginals a and b,    P_ij = a_i b_j exp((f_i + g_j - C_ij) / ε)
///
/// (Cuturi, arXiv 1306.0895; Peyré and Cuturi, arXiv 1803.00567, section 4.) Masses are shares: each side is divided by its
/// sum, which must be the same on both. As ε goes to 0, P becomes a plan of ``ExactTransport``; as it grows, a ⊗ b. For
/// the squared cost |x - y|², P is the coupling of the ends of the Schrödinger bridge whose reference is a Brownian motion of
/// variance ε / 2 per time.
///
///     let solution = try Sinkhorn(costs: Sinkhorn.squaredCosts(x, y), regularisation: 0.1)
///     if !solution.hasConverged { print("columns are off by \(solution.marginalError)") }
public struct Sinkhorn: Sendable {
    /// P [N, M], float64; its sum is 1.
    public let plan: Tensor
    /// The potential f of the rows [N], in the gauge Σ a f = 0.
    public let rowPotential: Tensor
    /// The potential g of the columns [M].
    public let columnPotential: Tensor
    /// ε.
    public let regularisation: Double
    /// Iterations that were needed.
    public let iterations: Int
    /// The sum of |column marginal - b| that was reached, at most 2; rows hold theirs up to rounding.
    public let marginalError: Double
    /// True if ``marginalError`` is within the tolerance; otherwise the iterations were used up.
    public let hasConverged: Bool
    /// <P, C>: the mean cost of a unit of mass.
    public let linearCost: Double
    /// <P, C> + ε KL(P | a ⊗ b): what the plan minimises.
    public let objective: Double

    /// Solves one problem, in float64.
    ///
    /// - Parameters:
    ///   - costs: C [N, M], finite.
    ///   - a: Masses of the rows [N], not negative; equal if nil.
    ///   - b: Masses of the columns [M], of the same sum; equal if nil.
    ///   - epsilon: ε > 0, in units of the costs.
    ///   - configuration: When to stop; by default at a marginal error of 1e-9 or after 10 000 iterations.
    /// - Throws: ``TransportError`` if a cost is not finite, masses are negative, all zero or of different sums, or ε is not
    ///   positive.
    public init(
        costs: Tensor, from a: Tensor? = nil, to b: Tensor? = nil, regularisation epsilon: Double,
        _ configuration: EntropicTransport.Configuration = .init(iterations: 10_000, tolerance: 1e-9)
    ) throws {
        try TransportError.check(costs: costs)
        try Self.check(epsilon)
        let masses = try Masses(a, b, for: costs)
        let costs = costs.detach().to(.cpu, .float64)
        let solution = EntropicTransport(
            logKernel: (costs / -epsilon).unsqueeze(0), rowWeights: masses.rows.unsqueeze(0),
            columnWeights: masses.columns.unsqueeze(0), configuration)
        // The iterations take a mass of 0 for next to nothing, so that its potential is what it would be in the limit.
        let exists = (masses.rows .> 0).unsqueeze(1) .& (masses.columns .> 0).unsqueeze(0)
        plan = solution.plan[0] * exists.to(.float64)
        let f = (solution.scalings.rows[0] - EntropicTransport.logarithms(of: masses.rows)) * epsilon
        let g = (solution.scalings.columns[0] - EntropicTransport.logarithms(of: masses.columns)) * epsilon
        let gauge = (masses.rows * f).sum()
        (rowPotential, columnPotential) = (f - gauge, g + gauge)
        regularisation = epsilon
        iterations = solution.iterations
        marginalError = solution.marginalError[0].item()
        hasConverged = marginalError <= configuration.tolerance
        linearCost = (plan * costs).sum().item()
        // ε log(P / ab) = f + g - C, so the costs cancel.
        objective = (plan.sum(1) * f).sum().item() + (plan.sum(0) * g).sum().item()
    }

    /// The mean of the targets to which each row's mass goes, [N, D]; NaN for a row without mass.
    ///
    /// - Parameter targets: Places of the columns [M, D].
    public func barycentricMap(onto targets: Tensor) -> Tensor {
        plan.matmul(targets.to(.cpu, .float64)) / plan.sum(1, keepDim: true)
    }

    /// |x - y|² of all pairs [N, M], float64 on the CPU.
    ///
    /// - Parameters:
    ///   - x: Points [N, ...].
    ///   - y: Points [M, ...] of the same shape each.
    public static func squaredCosts(_ x: Tensor, _ y: Tensor) -> Tensor {
        func flat(_ points: Tensor) -> Tensor { points.detach().to(.cpu, .float64).reshape(points.shape[0], -1) }
        return flat(x).cdist(flat(y)).square()
    }

    private static func check(_ epsilon: Double) throws {
        guard epsilon > 0, epsilon.isFinite else {
            throw TransportError(
                .invalidRegularisation,
                """
                The regularisation of entropic transport is positive and finite, not \(epsilon). The limit 0 is \
                ExactTransport, the limit of large ones the product of the masses.
                """)
        }
    }
}

extension Sinkhorn {
    /// The Sinkhorn divergence OT(x, y) - OT(x, x) / 2 - OT(y, y) / 2 for the cost |x - y|², OT being ``objective``.
    ///
    /// Unlike that it is never negative, and 0 for equal sets only (Feydy et al., arXiv 1810.08278).
    ///
    /// - Parameters:
    ///   - x: Points [N, ...].
    ///   - y: Points [M, ...].
    ///   - a: Masses of x; equal if nil.
    ///   - b: Masses of y; equal if nil.
    ///   - epsilon: ε > 0.
    ///   - configuration: When each of the three problems stops.
    /// - Throws: As ``init(costs:from:to:regularisation:_:)``.
    public static func divergence(
        _ x: Tensor, _ y: Tensor, from a: Tensor? = nil, to b: Tensor? = nil, regularisation epsilon: Double,
        _ configuration: EntropicTransport.Configuration = .init(iterations: 10_000, tolerance: 1e-9)
    ) throws -> Double {
        let masses = try Masses(a, b, for: squaredCosts(x, y))
        let across = try Sinkhorn(
            costs: squaredCosts(x, y), from: a, to: b, regularisation: epsilon, configuration)
        return across.objective - 0.5 * selfObjective(x, masses.rows, epsilon, configuration)
            - 0.5 * selfObjective(y, masses.columns, epsilon, configuration)
    }

    /// OT(x, x), whose two potentials are one: means of it and of its update converge in a few iterations, where alternating
    /// updates take thousands (Feydy et al., arXiv 1810.08278, section 3.1).
    private static func selfObjective(
        _ x: Tensor, _ masses: Tensor, _ epsilon: Double, _ configuration: EntropicTransport.Configuration
    ) -> Double {
        let kernel = squaredCosts(x, x) / -epsilon + EntropicTransport.logarithms(of: masses).unsqueeze(0)
        // In units of ε.
        var potential = masses.zerosLike()
        for _ in 0..<configuration.iterations {
            let updated = -(kernel + potential.unsqueeze(0)).logsumexp(1)
            let error = (masses * ((potential - updated).expm1().abs())).sum().item() as Double
            potential = (potential + updated) * 0.5
            if error <= configuration.tolerance { break }
        }
        return 2 * epsilon * (masses * potential).sum().item()
    }
}
