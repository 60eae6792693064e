internal import OptimalTransport
public import Torch

/// The pairs of a batch whose mean squared distance is smallest: optimal transport within the batch.
///
/// Paths between them cross less, so that the learned flow is straighter and takes fewer steps (Pooladian et al., arXiv
/// 2304.14772; Tong et al., arXiv 2302.00482). Batches of up to ``exactRows`` rows are solved exactly; larger ones by
/// ``EntropicCoupling`` with a small ε, whose pairs are nearly the cheapest and still use each row once.
public struct OptimalCoupling: Coupling, Hashable {
    /// Rows up to which the pairs are exact: 512, which take some hundredths of a second.
    public static let exactRows = 512
    /// ε of larger batches, as a share of the mean cost of all pairs: 0.01.
    private static let share = 0.01
    /// Iterations and marginal error of larger batches: what their plan lacks is assigned.
    private static let (iterations, tolerance) = (300, 0.01)

    /// The coupling; it has no parameters.
    public init() {}

    /// The cheapest permutation; nothing is drawn for batches that are solved exactly.
    public func order(data: Tensor, noise: Tensor, using source: RandomSource) -> Tensor {
        let costs = Sinkhorn.squaredCosts(data, noise)
        guard data.shape[0] > Self.exactRows else { return Tensor(exact(costs), device: data.device) }
        let epsilon = Self.share * costs.mean().item()
        let coupling = EntropicCoupling(
            regularisation: max(epsilon, 1e-12), tolerance: Self.tolerance, iterations: Self.iterations)
        return coupling.order(costs: costs, using: source).to(data.device)
    }

    private func exact(_ costs: Tensor) -> [Int] {
        do {
            return try Assignment(costs: costs).columns
        } catch {
            fatalError("Transport: \(error)")
        }
    }
}

/// Pairs of a batch drawn from its entropic optimal transport for the cost |y - e|².
///
/// ε = 0 is ``OptimalCoupling``, large ε ``IndependentCoupling``; ε = 2 σ² gives the ends of a Schrödinger bridge with a
/// Brownian reference of standard deviation σ ([SF]2M, Tong et al., arXiv 2307.03672, section 3.2). Drawn is a permutation whose
/// mean is the plan (``/OptimalTransport/PermutationRounding``): no row is drawn twice, and none left out.
public struct EntropicCoupling: Coupling, Hashable {
    /// ε > 0, in units of |y - e|², a sum over all numbers of an example.
    public let regularisation: Double
    /// The sum of |marginal error| at which Sinkhorn's iterations end.
    public let tolerance: Double
    /// The iterations after which they end at the latest.
    public let iterations: Int

    /// A coupling.
    ///
    /// - Parameters:
    ///   - epsilon: ε > 0, in units of |y - e|².
    ///   - tolerance: The marginal error at which iterations end; 1e-4 by default.
    ///   - iterations: Most iterations; 1000 by default. A plan that ends early is a little off, and drawn from all the same.
    public init(regularisation epsilon: Double, tolerance: Double = 1e-4, iterations: Int = 1000) {
        demand(epsilon > 0 && epsilon.isFinite, "the regularisation of a coupling is positive, not \(epsilon)")
        (regularisation, self.tolerance, self.iterations) = (epsilon, tolerance, iterations)
    }

    /// A permutation that is drawn.
    public func order(data: Tensor, noise: Tensor, using source: RandomSource) -> Tensor {
        order(costs: Sinkhorn.squaredCosts(data, noise), using: source).to(data.device)
    }

    func order(costs: Tensor, using source: RandomSource) -> Tensor {
        let plan = StabilisedScaling.plan(
            logKernel: costs / -regularisation, .init(iterations: iterations, tolerance: tolerance))
        return Tensor(PermutationRounding.permutation(of: plan, using: source))
    }
}
