import Generative
import OptimalTransport
import TestSupport
import Testing
import Torch
import Transport

@Suite("Couplings of noise and data") struct CouplingTests {
    private func normal(_ shape: [Int], _ name: String) -> Tensor {
        Tensor.randn(shape, using: RandomSource(Seed(21).child(name)), dtype: .float64)
    }

    private func order(_ coupling: some Coupling, _ data: Tensor, _ noise: Tensor, _ classes: Tensor? = nil) -> [Int] {
        coupling.order(data: data, noise: noise, within: classes, using: RandomSource(Seed(1))).scalars(as: Int.self)
    }

    /// Mean squared distance of the pairs.
    private func cost(_ coupling: some Coupling, _ data: Tensor, _ noise: Tensor) -> Double {
        let order = Tensor(order(coupling, data, noise))
        return (data - noise.indexSelect(0, order)).square().flatten(1).sum(1).mean().item()
    }

    @Test("every coupling is a permutation, of pictures too, or of a single row", arguments: [1, 2, 33])
    func permutation(_ count: Int) {
        let (data, noise) = (normal([count, 1, 2, 2], "data") + 1, normal([count, 1, 2, 2], "noise"))
        let all = Array(0..<count)
        #expect(order(IndependentCoupling(), data, noise) == all)
        #expect(order(OptimalCoupling(), data, noise).sorted() == all)
        #expect(order(EntropicCoupling(regularisation: 0.5), data, noise).sorted() == all)
    }

    @Test("moved copies of the noise find their noise again, exactly up to 512 rows", arguments: [8, 200])
    func pairs(_ count: Int) {
        let noise = normal([count, 3], "noise")
        let shuffle = Tensor.randperm(count, using: RandomSource(Seed(2)))
        // A translation is the gradient of a convex function, hence optimal.
        let data = noise.indexSelect(0, shuffle) + 3
        #expect(order(OptimalCoupling(), data, noise) == shuffle.scalars(as: Int.self))
    }

    @Test("paths become shorter: optimal below entropic below independent, in the order of the regularisation")
    func costs() {
        let (data, noise) = (normal([200, 2], "data") * 0.3 + 1, normal([200, 2], "noise"))
        let costs = [
            cost(OptimalCoupling(), data, noise), cost(EntropicCoupling(regularisation: 0.1), data, noise),
            cost(EntropicCoupling(regularisation: 2), data, noise), cost(IndependentCoupling(), data, noise),
        ]
        #expect(costs == costs.sorted() && costs[0] < 0.8 * costs[3], "\(costs)")
        // The exact distance between the Gaussians, |m|² + D (1 - 0.3)², up to the finite batch.
        assertClose(costs[0], 2 + 2 * 0.49, absolute: 0.4)
    }

    @Test("beyond 512 rows the cost is within some percent of the exact one")
    func large() throws {
        let (data, noise) = (normal([520, 2], "data") * 0.3 + 1, normal([520, 2], "noise"))
        let exact = try Assignment(costs: Sinkhorn.squaredCosts(data, noise)).cost / 520
        #expect(order(OptimalCoupling(), data, noise).sorted() == Array(0..<520))
        let found = cost(OptimalCoupling(), data, noise)
        #expect(found >= exact && found < 1.1 * exact, "\(found), exactly \(exact)")
    }

    @Test("within classes noise is exchanged in the class only, and each class has the cheapest pairs of its own")
    func classes() throws {
        let labels = Tensor((0..<60).map { Int64($0 * $0 % 3) })
        let (data, noise) = (normal([60, 2], "data"), normal([60, 2], "noise"))
        let order = order(OptimalCoupling(), data, noise, labels)
        #expect(order.sorted() == Array(0..<60))
        let classes = labels.scalars(as: Int64.self)
        #expect(order.enumerated().allSatisfy { classes[$0.offset] == classes[$0.element] })
        let places = Tensor(classes.indices.filter { classes[$0] == 1 })
        let (mine, theirs) = (data.indexSelect(0, places), noise.indexSelect(0, Tensor(order)).indexSelect(0, places))
        let cheapest = try Assignment(
            costs: Sinkhorn.squaredCosts(mine, noise.indexSelect(0, places)))
        assertClose((mine - theirs).square().sum().item(), cheapest.cost, relative: 1e-12)
    }

    @Test("data, labels and times stay together; only the noise moves, and none is used twice")
    func companions() {
        let source = RandomSource(Seed(5))
        let labels = Tensor((0..<40).map { Int64($0 % 4) })
        let batch = LabelledBatch(
            data: normal([40, 2], "data") + 2, labels: labels, dropout: LabelDropout(probability: 0.5, nullClass: 4),
            using: source)
        let coupled = batch.coupled(by: OptimalCoupling(), within: labels, using: source)
        assertEqual(coupled.data, batch.data)
        assertEqual(coupled.labels, batch.labels)
        assertEqual(coupled.time, batch.time)
        assertEqual(coupled.noise.sort(0).values, batch.noise.sort(0).values)
        #expect((coupled.noise - batch.noise).abs().amax().item() > 0)
        let again = batch.coupled(by: EntropicCoupling(regularisation: 1), using: RandomSource(Seed(6)))
        assertEqual(
            again.noise, batch.coupled(by: EntropicCoupling(regularisation: 1), using: RandomSource(Seed(6))).noise)
    }

    @Test("noise within a class is as normal as before, which a coupling across classes would not leave it")
    func conditional() {
        // Classes on either side: across classes each side takes the noise of its side.
        let count = 400
        let labels = Tensor((0..<count).map { Int64($0 % 2) })
        let data = normal([count, 1], "data") * 0.1 + (labels.to(.float64).unsqueeze(1) * 2 - 1) * 3
        let noise = normal([count, 1], "noise")
        func mean(of order: [Int]) -> Double {
            let right = (labels .== 1).nonzero().flatten()
            return noise.indexSelect(0, Tensor(order)).indexSelect(0, right).mean().item()
        }
        #expect(abs(mean(of: order(OptimalCoupling(), data, noise, labels))) < 0.25)
        #expect(mean(of: order(OptimalCoupling(), data, noise)) > 0.6)
    }
}
