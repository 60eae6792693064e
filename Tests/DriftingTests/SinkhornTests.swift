import Drifting
import Foundation
import OptimalTransport
import TestSupport
import Testing
import Torch

/// Numbers that POT computed; see Fixtures/make_sinkhorn.py.
@Suite("Entropic transport and its field, against POT")
struct SinkhornTests {
    private func file() throws -> SafetensorsFile {
        try SafetensorsFile(fixtures().appending(path: "sinkhorn.safetensors"))
    }

    @Test("plans are POT's after as many iterations", arguments: ["few", "many", "converged"])
    func plans(_ name: String) throws {
        let file = try file()
        func tensor(_ key: String) throws -> Tensor { try #require(file["\(name)/\(key)"]) }
        let transport = EntropicTransport(
            logKernel: try tensor("cost").unsqueeze(0) / -0.3, rowWeights: file["\(name)/a"]?.unsqueeze(0),
            columnWeights: file["\(name)/b"]?.unsqueeze(0),
            .init(iterations: Int(try tensor("iterations").item()), tolerance: 0))
        assertClose(transport.plan[0], try tensor("plan"), relative: 1e-9, absolute: 1e-12)
    }

    @Test(
        "the field of both costs, with weights and guidance, is that of POT's plans",
        arguments: SinkhornField.Cost.allCases)
    func field(_ cost: SinkhornField.Cost) throws {
        let file = try file()
        func tensor(_ key: String) throws -> Tensor { try #require(file["field/\(key)"]) }
        var configuration = SinkhornField.Configuration(temperatures: [0.2, 0.05])
        configuration.cost = cost
        configuration.transport = .init(iterations: 20, tolerance: 0)
        // w = (sum of the weights) / (G - 1) with G = 6 and Q = 3.
        let weights = (try tensor("guidance") * (5.0 / 3)).unsqueeze(1).expand(2, 3)
        let drift = SinkhornField(configuration).drift(
            of: DriftPoints(
                generated: try tensor("x"), positives: try tensor("p"), negatives: try tensor("u"),
                independent: try tensor("q"), positiveWeights: try tensor("weights"), negativeWeights: weights))
        assertClose(drift.displacement, try tensor("\(cost.rawValue)/displacement"), relative: 1e-7, absolute: 1e-9)
        assertClose(drift.scale, try tensor("\(cost.rawValue)/scale"), relative: 1e-10)
        for (temperature, strength) in zip([0.2, 0.05], drift.strengths) {
            assertClose(strength, try tensor("\(cost.rawValue)/strength_\(temperature)"), relative: 1e-8)
        }
    }

    private func kernel(_ groups: Int, sharpness: Double) -> Tensor {
        Tensor.rand([groups, 6, 9], using: RandomSource(Seed(8)), dtype: .float64) * -sharpness
    }

    @Test("rows hold their marginal exactly, columns within the tolerance, whenever the iterations end")
    func marginals() {
        let a = Tensor.rand([3, 6], in: 0.5..<2, using: RandomSource(Seed(1)), dtype: .float64)
        for iterations in [1, 5, 500] {
            let transport = EntropicTransport(
                logKernel: kernel(3, sharpness: 20), rowWeights: a, .init(iterations: iterations, tolerance: 1e-6))
            assertClose(transport.plan.sum(2), a / a.sum(1, keepDim: true), relative: 1e-12)
            guard iterations == 500 else { continue }
            #expect(transport.iterations < 500)
            #expect((transport.plan.sum(1) - 1.0 / 9).abs().sum(1).amax().item() < 1e-6)
        }
    }

    // Selected by Fixtures/make_transport.py.
    @Test(
        "by default a plan has converged at every regularisation, and its cost is right to four digits",
        arguments: 0..<6)
    func converged(_ index: Int) throws {
        let file = try SafetensorsFile(fixtures().appending(path: "transport.safetensors"))
        func tensor(_ name: String) throws -> Tensor { try #require(file[name]) }
        let (cost, epsilon) = (try tensor("cost_matrix"), try tensor("eps")[index].item())
        func solved(_ configuration: EntropicTransport.Configuration) throws -> EntropicTransport {
            EntropicTransport(
                logKernel: cost.unsqueeze(0) / -epsilon, rowWeights: try tensor("a").unsqueeze(0),
                columnWeights: try tensor("b").unsqueeze(0), configuration)
        }
        let transport = try solved(.init())
        #expect(transport.hasConverged)
        #expect(transport.marginalError.item() < 1e-4)
        let expected = try tensor("linear_cost")[index].item()
        assertClose((transport.plan[0] * cost).sum().item(), expected, relative: 2e-4, absolute: 0)

        let exact = try solved(.init(iterations: 10_000, tolerance: 1e-12))
        assertClose((exact.plan[0] * cost).sum().item(), expected, relative: 1e-9, absolute: 0)
        let map = exact.barycentres(of: try tensor("y").unsqueeze(0))[0]
        assertClose(map, try tensor("barycentric_map")[index], relative: 1e-8, absolute: 1e-9)
    }

    @Test("a plan that ends early says how far it is off")
    func early() throws {
        let file = try SafetensorsFile(fixtures().appending(path: "transport.safetensors"))
        let (cost, b) = (try #require(file["cost_matrix"]), try #require(file["b"]))
        let transport = EntropicTransport(
            logKernel: cost.unsqueeze(0) / -0.05, rowWeights: file["a"]?.unsqueeze(0), columnWeights: b.unsqueeze(0),
            .init(iterations: 20, tolerance: 1e-4))
        #expect(transport.iterations == 20 && !transport.hasConverged)
        // 0.5545604 by the same iterations in NumPy.
        assertClose(transport.marginalError.item(), 0.5545604245304981, relative: 1e-9, absolute: 0)
    }

    @Test("a group stops when it has converged, whatever goes on beside it")
    func groups() {
        let (easy, hard) = (kernel(1, sharpness: 1), kernel(1, sharpness: 60))
        let configuration = EntropicTransport.Configuration(iterations: 100, tolerance: 1e-3)
        let alone = EntropicTransport(logKernel: easy, configuration)
        let together = EntropicTransport(logKernel: .cat([easy, hard]), configuration)
        #expect(together.iterations > alone.iterations)
        assertEqual(together.plan[0], alone.plan[0])
    }

    @Test("a weight of 0 takes nothing, and costs of hundreds overflow nowhere")
    func extremes() {
        let b = Tensor([1.0, 0, 1], shape: [1, 3])
        let cost = Tensor([0.0, 300, 600, 600, 300, 0], shape: [1, 2, 3])
        let transport = EntropicTransport(logKernel: -cost.to(.float32), columnWeights: b)
        assertClose(transport.plan, Tensor([0.5, 0, 0, 0, 0, 0.5] as [Float], shape: [1, 2, 3]), absolute: 1e-6)
    }
}
