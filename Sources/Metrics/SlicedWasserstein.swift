internal import Foundation
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
    /// - Throws: ``MetricError`` unless both numbers are at least 1.
    public static func directions(_ count: Int, dimension: Int, seed: Seed) throws -> Tensor {
        try MetricError.require(
            count >= 1 && dimension >= 1,
            "There must be at least 1 direction of at least 1 dimension, not \(count) of \(dimension).")
        try Memory.require(
            2, 8, count, dimension, for: "\(count) directions of \(dimension) dimensions",
            remedy: "Compare features of fewer dimensions, or smaller images.")
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
    /// - Throws: ``MetricError`` if the dimensions differ, numbers are not finite, or a set or the directions are empty.
    public static func between(
        _ first: Tensor, _ second: Tensor, directions: Tensor, order: Double = 2
    ) throws -> Double {
        try MetricError.check(first, second)
        try MetricError.require(order >= 1 && order.isFinite, "The order is at least 1 and finite, not \(order).")
        try MetricError.check(directions, name: "directions'")
        guard directions.shape[0] == first.shape[1] else {
            throw MetricError(
                .mismatch, "Directions of \(directions.shape[0]) dimensions do not fit features of \(first.shape[1]).")
        }
        let count = first.shape[0] + second.shape[0]
        let atOnce = max(1, min(directions.shape[1], Self.budget / max(1, count)))
        try Memory.require(
            4, 8, count, max(atOnce, first.shape[1]), for: "Projections of \(count) rows of \(first.shape[1]) numbers",
            remedy: "Use fewer samples.")
        let plan = Self.plan(first.shape[0], second.shape[0], first.device)
        let directions = directions.to(first.device, .float64)
        let (x, y) = (first.to(.float64).mT, second.to(.float64).mT)
        let meter = WorkMeter(Double(directions.shape[1]))
        var total = 0.0
        for start in stride(from: 0, to: directions.shape[1], by: atOnce) {
            let some = directions[0..., start..<min(start + atOnce, directions.shape[1])].mT
            // A row for each direction: numbers that are sorted lie side by side.
            let (one, other) = (some.matmul(x).sort(1).values, some.matmul(y).sort(1).values)
            let gaps = (one.indexSelect(1, plan.first) - other.indexSelect(1, plan.second)).abs()
            let costs = order == 2 ? gaps.square() : gaps.pow(order)
            total += costs.matmul(plan.weights).sum().item()
            meter.add(some.shape[0])
        }
        let mean = total / Double(directions.shape[1])
        return try MetricError.finite(pow(mean, 1 / order), "The sliced Wasserstein distance")
    }

    /// Numbers that are projected at once: 8 MiB.
    private static let budget = 1 << 20

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
