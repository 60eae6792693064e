import Generative
import TestSupport
import Testing
import Torch

private let methods: [Tableau] = [.euler, .midpoint, .heun, .rk4, .bogackiShampine32, .dormandPrince54]
private let pairs: [Tableau] = [.bogackiShampine32, .dormandPrince54]

@Suite("Runge-Kutta methods") struct TableauTests {
    @Test("The measured order is the declared one", arguments: methods)
    func order(of method: Tableau) {
        let exact = Decay.end(from: squareBatch)
        let errors = [32, 64, 128].map { steps in
            let (end, _) = method.integrate(from: squareBatch, over: .uniform(steps: steps)) {
                Decay().velocity(at: $0, time: $1)
            }
            return (end - exact).abs().amax().item()
        }
        #expect(abs(observedOrder(errors) - Double(method.order)) < 0.2, "errors \(errors)")
    }

    @Test("The estimate of the error converges one order faster than the worse of the pair", arguments: pairs)
    func estimate(of method: Tableau) throws {
        let embedded = try #require(method.embedded)
        let start = squareBatch
        let time = Tensor([0.3, 0.4, 0.5])
        let estimates = [0.2, 0.1, 0.05].map { length in
            let h = Tensor.full([3], length, dtype: .float64)
            let step = method.step(from: start, at: time, by: h) { Decay().velocity(at: $0, time: $1) }
            return method.error(of: step, by: h)?.abs().amax().item() ?? .nan
        }
        #expect(abs(observedOrder(estimates) - Double(min(method.order, embedded.order) + 1)) < 0.35, "\(estimates)")
    }

    @Test("Only pairs estimate an error")
    func noEstimate() {
        let h = Tensor.ones([3], dtype: .float64)
        let step = Tableau.rk4.step(from: squareBatch, at: h, by: h) { x, _ in x }
        #expect(Tableau.rk4.error(of: step, by: h) == nil)
        #expect(methods.filter { $0.embedded != nil } == pairs)
    }

    @Test("Evaluations are steps times stages, less those reused", arguments: methods)
    func evaluations(of method: Tableau) {
        var calls = 0
        let (_, evaluations) = method.integrate(from: squareBatch, over: .uniform(steps: 5)) { x, _ in
            calls += 1
            return x
        }
        #expect(evaluations == calls)
        let stages = method.stages
        #expect(calls == (pairs.contains(method) ? 5 * (stages - 1) + 1 : 5 * stages))
    }

    @Test("Dormand-Prince takes seven evaluations for the first step and six for each other one")
    func firstSameAsLast() {
        #expect(Tableau.dormandPrince54.reusesLastStage)
        #expect((0...3).map(Tableau.dormandPrince54.evaluations) == [0, 7, 13, 19])
        #expect(!Tableau.rk4.reusesLastStage && !Tableau.euler.reusesLastStage)
    }

    @Test("Nodes are those of the literature")
    func nodes() {
        for (node, known) in zip(Tableau.dormandPrince54.nodes, [0, 0.2, 0.3, 0.8, 8.0 / 9, 1, 1]) {
            assertClose(node, known, absolute: 1e-14)
        }
    }

    @Test("Each example has its own time and step, also where there are as many examples as dimensions")
    func perExample() {
        let time = Tensor([0.1, 0.5, 0.8])
        let length = Tensor([0.3, -0.2, 0.1])
        let together = Tableau.heun.step(from: squareBatch, at: time, by: length) { Decay().velocity(at: $0, time: $1) }
        for row in 0..<3 {
            let alone = Tableau.heun.step(
                from: squareBatch[row..<row + 1], at: time[row..<row + 1], by: length[row..<row + 1]
            ) { Decay().velocity(at: $0, time: $1) }
            assertClose(together.end[row], alone.end[0], relative: 1e-14, absolute: 0)
        }
    }

    @Test("A stage at the end of a step is at the very time of the grid, and none lies beyond")
    func stageTimes() {
        for method in methods {
            var times: [Double] = []
            _ = method.integrate(from: squareBatch, over: .uniform(steps: 7)) { x, time in
                times.append(time)
                return x
            }
            #expect(times.allSatisfy((0...1).contains) && times[0] == 0)
            #expect(method.nodes.contains(1) == (times.last == 1))
        }
    }

    @Test("Gradients flow through the steps")
    func gradient() {
        let start = squareBatch.clone().requiringGrad()
        let (end, _) = Tableau.rk4.integrate(from: start, over: .uniform(steps: 32)) {
            Decay().velocity(at: $0, time: $1)
        }
        let slope = gradients(of: end.sum(), withRespectTo: [start])[0]
        assertClose(slope, (squareBatch + 1).pow(-2), relative: 1e-6)
    }
}

@Suite("Time grids") struct TimeGridTests {
    @Test("A uniform grid has equal steps and both ends exactly")
    func uniform() {
        #expect(TimeGrid.uniform(steps: 4).times == [0, 0.25, 0.5, 0.75, 1])
        #expect(TimeGrid.uniform(steps: 3, over: 0.1...0.7).times.last == 0.7)
        #expect(TimeGrid.uniform(steps: 3).steps == 3)
    }

    @Test("Reversed twice is the same")
    func reversed() {
        let grid = TimeGrid.uniform(steps: 4)
        #expect(grid.reversed().times == [1, 0.75, 0.5, 0.25, 0])
        #expect(grid.reversed().reversed() == grid)
    }

    @Test("A shift moves noise levels as s n / (1 + (s - 1) n)")
    func shifted() {
        for (time, shifted) in zip(TimeGrid.uniform(steps: 7).times, TimeGrid.shifted(steps: 7, by: 3).times) {
            let noise = 1 - time
            assertClose(1 - shifted, 3 * noise / (1 + 2 * noise), absolute: 1e-12)
        }
        #expect(TimeGrid.shifted(steps: 5, by: 1) == TimeGrid.uniform(steps: 5))
    }

    @Test(
        "A grid that is not one stops the program with a reason",
        arguments: [[0.5], [0, 0.5, 0.5], [0, 1.5], [0, 0.6, 0.3]])
    func invalid(times: [Double]) async {
        let exit = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [times] in
            _ = TimeGrid(times)
        }
        let message = String(decoding: exit?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("Generative: ") && message.contains("times"))
    }
}
