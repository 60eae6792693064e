import Foundation
import OptimalTransport
import TestSupport
import Testing
import Torch

/// Numbers of NumPy and SciPy; see Fixtures/optimal_transport.py.
@Suite("Entropic transport, its potentials and costs") struct EntropicSolutionTests {
    private let file: SafetensorsFile
    private let costs: Tensor
    private let tight = EntropicTransport.Configuration(iterations: 100_000, tolerance: 1e-13)

    init() throws {
        file = try SafetensorsFile(fixtures().appending(path: "optimal_transport.safetensors"))
        costs = Sinkhorn.squaredCosts(try #require(file["x"]), try #require(file["y"]))
    }

    private func tensor(_ name: String) throws -> Tensor { try #require(file[name]) }

    private func solved(
        _ epsilon: Double, _ configuration: EntropicTransport.Configuration
    ) throws -> Sinkhorn {
        try Sinkhorn(costs: costs, from: tensor("a"), to: tensor("b"), regularisation: epsilon, configuration)
    }

    @Test("plan, potentials, costs and divergence at every regularisation", arguments: 0..<3)
    func numbers(_ index: Int) throws {
        let epsilon = try tensor("eps")[index].item() as Double
        let solution = try solved(epsilon, tight)
        #expect(solution.hasConverged && solution.marginalError <= 1e-13)
        assertClose(solution.plan, try tensor("plan")[index], relative: 0, absolute: 1e-12)
        assertClose(solution.rowPotential, try tensor("f")[index], relative: 1e-10, absolute: 1e-11)
        assertClose(solution.columnPotential, try tensor("g")[index], relative: 1e-10, absolute: 1e-11)
        assertClose(solution.linearCost, try tensor("linear_cost")[index].item(), relative: 1e-11, absolute: 0)
        assertClose(solution.objective, try tensor("objective")[index].item(), relative: 1e-11, absolute: 0)
        let divergence = try Sinkhorn.divergence(
            tensor("x"), tensor("y"), from: tensor("a"), to: tensor("b"), regularisation: epsilon, tight)
        assertClose(divergence, try tensor("divergence")[index].item(), relative: 1e-10, absolute: 0)
    }

    @Test("as the regularisation falls, cost and plan become the exact ones; as it grows, the product of the masses")
    func limits() throws {
        let (a, b) = (try tensor("a"), try tensor("b"))
        let exact = try ExactTransport(costs: costs, from: a, to: b)
        let gaps = try [0.2, 0.1, 0.05].map { try solved($0, tight).linearCost - exact.cost }
        #expect(gaps[0] > gaps[1] && gaps[1] > gaps[2] && gaps[2] > 0, "\(gaps)")
        assertClose(try solved(0.01, .init(iterations: 50_000, tolerance: 1e-9)).plan, exact.plan, absolute: 5e-3)
        let product = a.unsqueeze(1) * b.unsqueeze(0)
        let distances = try [1e2, 1e3, 1e4].map { (try solved($0, tight).plan - product).abs().amax().item() as Double }
        #expect(distances[0] > 8 * distances[1] && distances[1] > 8 * distances[2], "\(distances)")
        assertClose(try solved(1e4, tight).linearCost, (product * costs).sum().item(), relative: 1e-3)
    }

    @Test("iterations that end early say what was reached")
    func early() throws {
        let solution = try solved(0.1, .init(iterations: 3, tolerance: 1e-9))
        #expect(solution.iterations == 3 && !solution.hasConverged)
        let columns = (solution.plan.sum(0) - (try tensor("b"))).abs().sum().item() as Double
        assertClose(solution.marginalError, columns, relative: 1e-9)
        assertClose(solution.plan.sum(1), try tensor("a"), relative: 1e-12)
    }

    @Test("a mass of 0 gets nothing, and its point has the potential of the limit")
    func zeroMass() throws {
        let a = Tensor([0.5, 0, 0.5, 0, 0, 0])
        let solution = try Sinkhorn(costs: costs, from: a, regularisation: 1, tight)
        #expect(solution.plan[1].abs().sum().item() == 0)
        let kept = try Sinkhorn(
            costs: costs.indexSelect(0, Tensor([0, 2])), regularisation: 1, tight)
        assertClose(solution.plan.indexSelect(0, Tensor([0, 2])), kept.plan, absolute: 1e-13)
        #expect(solution.rowPotential.isfinite().all().intItem() == 1)
        #expect(solution.barycentricMap(onto: try tensor("y"))[1].isnan().all().intItem() == 1)
    }

    @Test("two points each: the closed form")
    func closedForm() throws {
        let (cost, epsilon) = (0.7, 0.4)
        let solution = try Sinkhorn(
            costs: Tensor([0, cost, cost, 0], shape: [2, 2]), regularisation: epsilon, tight)
        let share = 0.5 / (1 + Tensor(-cost / epsilon).exp().item())
        assertClose(solution.plan[0, 0].item(), share, relative: 1e-12)
        let map = solution.barycentricMap(onto: Tensor([0.0, 1], shape: [2, 1]))
        assertClose(map, Tensor([1 - 2 * share, 2 * share], shape: [2, 1]), absolute: 1e-12)
        let divergence = try Sinkhorn.divergence(
            Tensor([0.0, 1], shape: [2, 1]), Tensor([1.0, 0], shape: [2, 1]), regularisation: 1, tight)
        #expect(abs(divergence) < 1e-12)
    }

    @Test("products of matrices lead to the same plan, whatever the regularisation", arguments: [0.02, 0.3, 20])
    func scaling(_ epsilon: Double) throws {
        let solution = try Sinkhorn(costs: costs, regularisation: epsilon, tight)
        let plan = StabilisedScaling.plan(logKernel: costs / -epsilon, tight)
        assertClose(plan, solution.plan, relative: 0, absolute: 1e-11)
        assertClose(plan.sum(1), Tensor.full([6], 1.0 / 6, dtype: .float64), relative: 1e-12)
    }

    @Test("a regularisation that is not positive is refused", arguments: [0, -1, Double.nan, .infinity])
    func regularisation(_ epsilon: Double) {
        let error = #expect(throws: TransportError.self) { try solved(epsilon, tight) }
        #expect(error?.code == .invalidRegularisation)
        #expect(error?.message.contains("ExactTransport") == true)
    }
}
