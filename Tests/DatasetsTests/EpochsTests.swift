import Datasets
import Testing
import Torch

@Suite("Epochs") struct EpochsTests {
    @Test("Every example comes once per epoch, in an order of its own", arguments: [1, 4, 7, 30])
    func once(_ batchSize: Int) {
        var epochs = Epochs(count: 30, batchSize: batchSize, seed: Seed(1), remainder: .kept)
        let orders = (0..<3).map { _ in (0..<epochs.batchesPerEpoch).flatMap { _ in epochs.nextBatch() } }
        for order in orders { #expect(order.sorted() == Array(0..<30)) }
        #expect(Set(orders).count == 3)
        #expect(epochs.position == Epochs.Position(epoch: 2, offset: 30))
    }

    @Test("A remainder that is dropped leaves whole batches only")
    func dropped() {
        var epochs = Epochs(count: 10, batchSize: 4, seed: Seed(1))
        #expect(epochs.batchesPerEpoch == 2)
        let batches = (0..<5).map { _ in epochs.nextBatch() }
        #expect(batches.allSatisfy { $0.count == 4 })
        #expect(Set(batches[0] + batches[1]).count == 8)
        #expect(epochs.position == Epochs.Position(epoch: 2, offset: 4))
    }

    @Test("Starting at a position continues with the same batches")
    func resuming() {
        var whole = Epochs(count: 17, batchSize: 5, seed: Seed(3), remainder: .kept)
        for _ in 0..<11 {
            var resumed = Epochs(count: 17, batchSize: 5, seed: Seed(3), remainder: .kept, startingAt: whole.position)
            let batch = whole.nextBatch()
            #expect(resumed.nextBatch() == batch)
            #expect(resumed.position == whole.position)
        }
    }

    @Test("Orders depend on the seed and on nothing else")
    func seeds() {
        var first = Epochs(count: 50, batchSize: 50, seed: Seed(3))
        var second = Epochs(count: 50, batchSize: 50, seed: Seed(3))
        var third = Epochs(count: 50, batchSize: 50, seed: Seed(4))
        let order = first.nextBatch()
        #expect(second.nextBatch() == order)
        #expect(third.nextBatch() != order)
    }
}
