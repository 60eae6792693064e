public import Torch

/// Exact optimal transport between two weighted point sets: the cheapest plan, and the potentials that prove it.
///
///     P = argmin <P, C>  with marginals a and b;    f_i + g_j <= C_ij,  with equality wherever P_ij > 0
///
/// Equal masses on as many rows as columns are an ``Assignment``. Others are solved by successive shortest paths with
/// potentials (Ahuja, Magnanti and Orlin, "Network Flows", section 9.7), each of which uses up a row, a column or a pair;
/// O((N + M) N M) for masses in general position: some milliseconds for a hundred points, seconds for a thousand.
public struct ExactTransport: Sendable {
    /// P [N, M], float64; its sum is 1, and at most N + M - 1 entries are above 0.
    public let plan: Tensor
    /// <P, C>: the mean cost of a unit of mass.
    public let cost: Double
    /// The potential f of the rows [N], in the gauge Σ a f = 0.
    public let rowPotential: Tensor
    /// The potential g of the columns [M]; Σ a f + Σ b g is the cost.
    public let columnPotential: Tensor

    /// Solves one problem, in float64.
    ///
    /// - Parameters:
    ///   - costs: C [N, M], finite.
    ///   - a: Masses of the rows [N], not negative; equal if nil. Each side is divided by its sum.
    ///   - b: Masses of the columns [M], of the same sum; equal if nil.
    /// - Throws: ``TransportError`` if a cost is not finite, or masses are negative, all zero or of different sums.
    public init(costs: Tensor, from a: Tensor? = nil, to b: Tensor? = nil) throws {
        try TransportError.check(costs: costs)
        let masses = try Masses(a, b, for: costs)
        let costs = costs.detach().to(.cpu, .float64).contiguous()
        let (f, g): (Tensor, Tensor)
        if costs.shape[0] == costs.shape[1], Self.areEqual(masses.rows), Self.areEqual(masses.columns) {
            let assignment = try Assignment(costs: costs)
            let places = Tensor(assignment.columns).reshape(-1, 1)
            plan = costs.zerosLike().scatter(1, places, masses.rows.reshape(-1, 1))
            (f, g) = (Tensor(assignment.potentials.rows), Tensor(assignment.potentials.columns))
        } else {
            let flow = Self.flow(costs, masses)
            plan = Tensor(flow.mass, shape: costs.shape)
            (f, g) = (Tensor(flow.rowPotential), Tensor(flow.columnPotential))
        }
        cost = (plan * costs).sum().item()
        let gauge = (masses.rows * f).sum()
        (rowPotential, columnPotential) = (f - gauge, g + gauge)
    }

    private static func areEqual(_ masses: Tensor) -> Bool { masses.amax().item() == masses.amin().item() }

    private static func flow(_ costs: Tensor, _ masses: Masses) -> TransportFlow {
        costs.withUnsafeBytes { bytes in
            var flow = TransportFlow(
                costs: bytes.bindMemory(to: Double.self), supply: masses.rows.scalars(),
                demand: masses.columns.scalars())
            flow.solve()
            return flow
        }
    }
}
