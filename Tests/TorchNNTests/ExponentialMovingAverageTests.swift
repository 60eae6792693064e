import TestSupport
import Testing
import Torch
import TorchNN

@Suite("ExponentialMovingAverage")
struct ExponentialMovingAverageTests {
    /// A store with one number and a buffer.
    private func store() -> ParameterStore {
        let store = ParameterStore(seed: Seed(1), dtype: .float64)
        _ = store.root.parameter("x", [1], .constant(1))
        _ = store.root.buffer("count", [], .zeros, dtype: .int64)
        return store
    }

    private func set(_ store: ParameterStore, _ value: Double) {
        store["x"]?.fillInPlace(value)
        store["count"]?.fillInPlace(value)
    }

    @Test("is the weighted sum of all values, for each decay")
    func closedForm() {
        let store = store()
        let ema = ExponentialMovingAverage(of: store, decays: [0.9, 0.5])
        for value in [2.0, 3, 4] {
            set(store, value)
            ema.update()
        }
        // d³ 1 + (1 - d) (d² 2 + d 3 + 4)
        for (decay, average) in zip(ema.decays, ema.stores) {
            let expected = decay * decay * decay + (1 - decay) * (decay * decay * 2 + decay * 3 + 4)
            assertClose(average["x"]?.item() ?? 0, expected, relative: 1e-12)
            #expect(average["count"]?.intItem() == 4)
        }
        #expect(ema.updates == 3 && store["x"]?.item() == 4)
    }

    @Test("with warm-up has the decay min(d, (1 + n) / (10 + n)) in update n")
    func warmUp() {
        let store = store()
        let ema = ExponentialMovingAverage(of: store, decay: 0.2, warmsUp: true)
        var expected = 1.0
        for (index, decay) in [0.1, 2.0 / 11, 0.2, 0.2].enumerated() {
            set(store, Double(index + 2))
            ema.update()
            expected = decay * expected + (1 - decay) * Double(index + 2)
            assertClose(ema.store["x"]?.item() ?? 0, expected, relative: 1e-12)
        }
    }

    @Test("a network built in its store computes with the averages, and follows them")
    func network() {
        let store = ParameterStore(seed: Seed(1))
        _ = Linear(1, 1, in: store.root, hasBias: false, weight: .ones)
        let ema = ExponentialMovingAverage(of: store, decay: 0.5)
        let averaged = Linear(1, 1, in: ema.store.root, hasBias: false)
        store["weight"]?.fillInPlace(3)
        ema.update()
        let output = averaged(.ones([1, 1]))
        #expect(output.item() == 2 && !output.requiresGrad)
    }

    @Test("continues from a saved state, bit for bit, warm-up included")
    func restoring() throws {
        let (whole, parted) = (store(), store())
        let uninterrupted = ExponentialMovingAverage(of: whole, decays: [0.9, 0.99], warmsUp: true)
        let before = ExponentialMovingAverage(of: parted, decays: [0.9, 0.99], warmsUp: true)
        for value in [2.0, 3] {
            set(whole, value)
            uninterrupted.update()
            set(parted, value)
            before.update()
        }
        #expect(before.state.map(\.name) == ["0.9.count", "0.9.x", "0.99.count", "0.99.x", "updates"])
        let after = ExponentialMovingAverage(of: parted, decays: [0.9, 0.99], warmsUp: true)
        try after.restore(Dictionary(uniqueKeysWithValues: before.state.map { ($0.name, $0.tensor.clone()) }))
        set(whole, 5)
        uninterrupted.update()
        set(parted, 5)
        after.update()
        for (a, b) in zip(uninterrupted.state, after.state) { assertEqual(a.tensor, b.tensor) }
        #expect(throws: TorchError.self) { try after.restore([:]) }
        #expect(after.updates == 3)
    }
}
