import OptimalTransport
import TestSupport
import Testing
import Torch

@Suite("Permutations of a plan") struct PermutationRoundingTests {
    private func plan(_ count: Int, _ epsilon: Double) throws -> Tensor {
        let costs = Tensor.rand([count, count], using: RandomSource(Seed(4)), dtype: .float64)
        return try Sinkhorn(costs: costs, regularisation: epsilon).plan
    }

    private func permutations(_ plan: Tensor, _ draws: Int) -> [[Int]] {
        let source = RandomSource(Seed(5))
        return (0..<draws).map { _ in PermutationRounding.permutation(of: plan, using: source) }
    }

    @Test("each row and each column occurs once, whatever the plan", arguments: [1, 2, 7, 60])
    func once(_ count: Int) throws {
        let plans = [
            try plan(count, 0.1), .full([count, count], 1 / Double(count * count), dtype: .float64),
            .eye(count, dtype: .float64) / Double(count), .zeros([count, count], dtype: .float64),
        ]
        for plan in plans {
            for columns in permutations(plan, 3) { #expect(columns.sorted() == Array(0..<count)) }
        }
    }

    @Test("the mean is the plan", arguments: [0.05, 0.3, 10])
    func mean(_ epsilon: Double) throws {
        let (count, draws) = (5, 4000)
        let plan = try plan(count, epsilon)
        var frequency = [Double](repeating: 0, count: count * count)
        for columns in permutations(plan, draws) {
            for (row, column) in columns.enumerated() { frequency[row * count + column] += 1 / Double(draws) }
        }
        // Four standard errors of the largest.
        assertClose(
            Tensor(frequency, shape: [count, count]), plan * Double(count), relative: 0,
            absolute: 4 * 0.5 / Double(draws).squareRoot())
    }

    @Test("a permutation is itself, and the same source gives the same one")
    func certain() throws {
        let order = [3, 1, 0, 2]
        let sure = Tensor.zeros([4, 4], dtype: .float64)
            .scatter(1, Tensor(order).reshape(-1, 1), Tensor.full([4, 1], 0.25, dtype: .float64))
        #expect(permutations(sure, 2) == [order, order])
        let plan = try plan(30, 0.3)
        #expect(permutations(plan, 3) == permutations(plan, 3))
        #expect(Set(permutations(plan, 3)).count == 3)
    }
}
