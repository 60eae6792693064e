public import Generative
internal import OptimalTransport
public import Torch

extension BrownianBridge {
    /// ε of the entropic transport with the cost |x - y|² whose coupling joins the ends of the Schrödinger bridge: 2 σ².
    public var regularisation: Double { 2 * sigma * sigma }

    /// A permutation of the ends at t = 1 that pairs each with one at t = 0: drawn from the entropic transport of the batch.
    ///
    /// Every row is used once, so that both marginals of the batch stay (``/OptimalTransport/PermutationRounding``).
    ///
    /// - Parameters:
    ///   - start: Ends at t = 0, [B, ...].
    ///   - end: Ends at t = 1, [B, ...].
    ///   - source: Randomness.
    /// - Returns: `order` [B], int64: start i goes with end `order[i]`.
    public func pairing(of start: Tensor, with end: Tensor, using source: RandomSource) -> Tensor {
        demand(start.shape == end.shape, "ends of shapes \(start.shape) and \(end.shape) cannot be paired")
        let kernel = Sinkhorn.squaredCosts(start, end) / -regularisation
        let plan = StabilisedScaling.plan(logKernel: kernel, .init(iterations: 1000, tolerance: 1e-4))
        return Tensor(PermutationRounding.permutation(of: plan, using: source), device: start.device)
    }

    /// Ends at t = 1 of the equation of a field from starts [B, ...], by Euler and Maruyama's method.
    ///
    /// - Parameters:
    ///   - field: A bridge's equation.
    ///   - start: Where it starts.
    ///   - steps: Equal steps of time.
    ///   - source: Randomness.
    public static func ends<Field: StochasticField>(
        of field: Field, from start: Tensor, steps: Int, using source: RandomSource
    ) -> Tensor where Field.Condition == Void {
        EulerMaruyamaSampler(times: .uniform(steps: steps)).sample(field, from: start, using: source).values
    }
}
