import OptimalTransport
import Testing
import Torch

@Suite("Assignment") struct AssignmentTests {
    @Test("The cheapest of all permutations is found", arguments: 1...6)
    func exhaustive(_ count: Int) throws {
        for trial in 0..<10 {
            let source = RandomSource(Seed(9).child(count).child(trial))
            // Whole numbers, so that ties occur.
            let costs = Tensor.randint(-4..<5, [count, count], using: source).to(.float64)
            let values = costs.scalars(as: Double.self)
            let cheapest = permutations(Array(0..<count)).map { permutation in
                permutation.enumerated().reduce(0) { $0 + values[$1.offset * count + $1.element] }
            }.min()
            let assignment = try Assignment(costs: costs)
            #expect(assignment.cost == cheapest)
            #expect(assignment.columns.sorted() == Array(0..<count))
        }
    }

    private func permutations(_ items: [Int]) -> [[Int]] {
        guard !items.isEmpty else { return [[]] }
        return items.flatMap { first in permutations(items.filter { $0 != first }).map { [first] + $0 } }
    }

    @Test("Potentials prove it: no pair is cheaper than they say, and the chosen ones cost exactly that")
    func potentials() throws {
        let costs = Tensor.rand([40, 40], using: RandomSource(Seed(3)), dtype: .float64)
        let assignment = try Assignment(costs: costs)
        let (u, v) = (Tensor(assignment.potentials.rows), Tensor(assignment.potentials.columns))
        #expect((costs - u.unsqueeze(1) - v.unsqueeze(0)).amin().item() > -1e-12)
        #expect(abs(u.sum().item() + v.sum().item() - assignment.cost) < 1e-12)
    }

    @Test("Costs that are no square of finite numbers are refused")
    func mistakes() {
        for (costs, code) in [
            (Tensor.zeros([2, 3]), TransportError.Code.mismatch), (Tensor.zeros([3]), .mismatch),
            (Tensor.full([3, 3], .nan), .notFinite), (Tensor.full([3, 3], .infinity), .notFinite),
        ] {
            let error = #expect(throws: TransportError.self) { try Assignment(costs: costs) }
            #expect(error?.code == code)
        }
    }
}
