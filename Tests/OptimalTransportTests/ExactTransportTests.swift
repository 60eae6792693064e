import Foundation
import OptimalTransport
import TestSupport
import Testing
import Torch

@Suite("Exact transport") struct ExactTransportTests {
    private let source = RandomSource(Seed(11))

    private func uniform(_ shape: [Int]) -> Tensor { Tensor.rand(shape, using: source, dtype: .float64) }

    @Test("The plan and the cost are those of linear programming")
    func linearProgram() throws {
        let file = try SafetensorsFile(fixtures().appending(path: "optimal_transport.safetensors"))
        func tensor(_ name: String) throws -> Tensor { try #require(file[name]) }
        let costs = Sinkhorn.squaredCosts(try tensor("x"), try tensor("y"))
        let exact = try ExactTransport(costs: costs, from: tensor("a"), to: tensor("b"))
        assertClose(exact.plan, try tensor("exact_plan"), relative: 0, absolute: 1e-12)
        assertClose(exact.cost, try tensor("exact_cost").item(), relative: 1e-12, absolute: 0)
    }

    @Test(
        "On any masses the marginals hold, and potentials prove that nothing is cheaper",
        arguments: [(1, 1), (1, 7), (7, 1), (5, 8), (30, 20), (40, 40)])
    func proof(_ rows: Int, _ columns: Int) throws {
        let costs = uniform([rows, columns]) * 5 - 1
        var (a, b) = (uniform([rows]), uniform([columns]))
        if rows > 4 { a[2].fillInPlace(0) }
        if columns > 4 { b[1].fillInPlace(0) }
        (a, b) = (a / a.sum(), b / b.sum())
        let exact = try ExactTransport(costs: costs, from: a, to: b)
        #expect(exact.plan.amin().item() >= 0)
        assertClose(exact.plan.sum(1), a, relative: 0, absolute: 1e-13)
        assertClose(exact.plan.sum(0), b, relative: 0, absolute: 1e-13)
        let slack = costs - exact.rowPotential.unsqueeze(1) - exact.columnPotential.unsqueeze(0)
        #expect(slack.amin().item() > -1e-12)
        let dual = (a * exact.rowPotential).sum().item() + (b * exact.columnPotential).sum().item()
        assertClose(exact.cost, dual, relative: 1e-11, absolute: 1e-12)
        #expect(abs((a * exact.rowPotential).sum().item()) < 1e-12)
        #expect((exact.plan .> 0).to(.int64).sum().intItem() <= rows + columns - 1)
    }

    @Test("Whole numbers, which tie, are solved as well, and masses need only agree in their sum")
    func ties() throws {
        let costs = Tensor.randint(0..<3, [12, 9], using: source).to(.float64)
        let (a, b) = (Tensor.full([12], 3.0, dtype: .float64), Tensor.full([9], 4.0, dtype: .float64))
        let exact = try ExactTransport(costs: costs, from: a, to: b)
        assertClose(exact.plan.sum(1), a / 36, absolute: 1e-14)
        let slack = costs - exact.rowPotential.unsqueeze(1) - exact.columnPotential.unsqueeze(0)
        #expect(slack.amin().item() > -1e-12)
    }

    @Test("In one dimension the plan is the monotone one")
    func monotone() throws {
        let x = Tensor([0.0, 1, 2], shape: [3, 1])
        let y = Tensor([5.0, 0.5], shape: [2, 1])
        let exact = try ExactTransport(
            costs: Sinkhorn.squaredCosts(x, y), from: Tensor([0.25, 0.5, 0.25]), to: Tensor([0.5, 0.5]))
        assertClose(exact.plan, Tensor([0, 0.25, 0.25, 0.25, 0.25, 0], shape: [3, 2]), absolute: 1e-14)
    }

    @Test("Equal masses are assigned: each row to one column, at the cost of the assignment")
    func equalMasses() throws {
        let costs = uniform([25, 25])
        let exact = try ExactTransport(costs: costs)
        assertClose(exact.cost, try Assignment(costs: costs).cost / 25, relative: 1e-12, absolute: 0)
        #expect((exact.plan .> 0).to(.int64).sum().intItem() == 25)
        // A little more mass here and there takes the other algorithm, whose cost is nearly the same.
        let uneven = Tensor((0..<25).map { 1 + 1e-9 * Double($0) })
        let nearly = try ExactTransport(costs: costs, from: uneven, to: uneven)
        assertClose(nearly.cost, exact.cost, relative: 1e-6, absolute: 0)
    }

    @Test("Bad masses and costs are named")
    func mistakes() {
        let costs = Tensor.ones([2, 3], dtype: .float64)
        let cases: [(Tensor, Tensor?, Tensor?, TransportError.Code, String)] = [
            (
                costs, Tensor([1.0, 1]), Tensor([1.0, 1, 1]), .invalidMass, "add up to 2.0, those of the columns to 3.0"
            ),
            (costs, Tensor([2.0, -1]), nil, .invalidMass, "The mass 1 of the rows, counted from 0, is -1.0"),
            (costs, nil, Tensor([0.0, 0, 0]), .invalidMass, "All masses of the columns are 0"),
            (costs, Tensor([1.0, .nan]), nil, .notFinite, "masses of the rows"),
            (costs, Tensor([1.0, 1, 1]), nil, .mismatch, "there are 2 rows"),
            (costs * Double.infinity, nil, nil, .notFinite, "costs"),
            (Tensor.ones([0, 3]), nil, nil, .mismatch, "[N, M]"),
        ]
        for (costs, a, b, code, message) in cases {
            for solve in [
                { _ = try ExactTransport(costs: costs, from: a, to: b) },
                { _ = try Sinkhorn(costs: costs, from: a, to: b, regularisation: 1) },
            ] {
                let error = #expect(throws: TransportError.self) { try solve() }
                #expect(error?.code == code && error?.message.contains(message) == true, "\(error as Any)")
            }
        }
    }
}
