public import Torch

/// (E_u W_p^p(u·x, u·y))^(1/p) over directions u: the Wasserstein distance of projections, which sorting gives exactly
/// (Rabin et al., 2011; Bonneel et al., 2015).
public enum SlicedWasserstein {
    /// Directions [D, L], uniform on the sphere, float64.
    ///
    /// - Parameters:
    ///   - count: Number of directions, L.
    ///   - dimension: D.
    ///   - seed: Origin of the directions.
    public static func directions(_ count: Int, dimension: Int, seed: Seed) -> Tensor {
        let normal = Tensor.randn([dimension, count], using: RandomSource(seed.child("directions")), dtype: .float64)
        return normal / normal.norm(0, keepDim: true)
    }

    /// The distance between two sets.
    ///
    /// - Parameters:
    ///   - first: [N, D].
    ///   - second: [M, D]; may have another number of rows.
    ///   - directions: Unit vectors [D, L].
    ///   - order: p, at least 1; 2 by default.
    /// - Throws: ``MetricError`` if the dimensions differ or a set is empty.
    public static func between(
        _ first: Tensor, _ second: Tensor, directions: Tensor, order: Double = 2
    ) throws -> Double {
        try MetricError.check(first, second)
        precondition(order >= 1, "the order is at least 1, not \(order)")
        let directions = directions.to(first.device, .float64)
        let x = first.to(.float64).matmul(directions).sort(0).values
        let y = second.to(.float64).matmul(directions).sort(0).values
        let plan = Self.plan(x.shape[0], y.shape[0], x.device)
        let gaps = (x.indexSelect(0, plan.first) - y.indexSelect(0, plan.second)).abs()
        let costs = (gaps.pow(order) * plan.weights.unsqueeze(1)).sum(0)
        return costs.mean().pow(1 / order).item()
    }

    /// The optimal plan between N and M equal masses on a line: which sorted point goes to which, and how much.
    ///
    /// The masses end at multiples of 1/N and 1/M; in units of 1/(N M) all are whole numbers.
    private static func plan(_ n: Int, _ m: Int, _ device: Device) -> (first: Tensor, second: Tensor, weights: Tensor) {
        let ends = Set((1...n).map { $0 * m } + (1...m).map { $0 * n }).sorted()
        let starts = [0] + ends.dropLast()
        let weights = zip(starts, ends).map { Double($1 - $0) / (Double(n) * Double(m)) }
        return (
            Tensor(starts.map { $0 / m }, device: device), Tensor(starts.map { $0 / n }, device: device),
            Tensor(weights, device: device)
        )
    }
}
