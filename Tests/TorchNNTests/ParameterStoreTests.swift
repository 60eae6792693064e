import TestSupport
import Testing
import Torch
import TorchNN

@Suite("ParameterStore and Scope")
struct ParameterStoreTests {
    /// Two linear layers and a convolution.
    private struct Network {
        let layers: [Linear]
        let filter: Conv2d

        init(in scope: Scope, reversed: Bool = false) {
            let order = reversed ? [1, 0] : [0, 1]
            let built = order.map { ($0, Linear(3, 3, in: scope / "layers" / $0)) }
            layers = built.sorted { $0.0 < $1.0 }.map(\.1)
            filter = Conv2d(2, 4, kernel: 3, in: scope / "filter")
        }
    }

    @Test("names are PyTorch's paths in sorted order")
    func names() {
        let store = ParameterStore(seed: Seed(1))
        _ = Network(in: store.root)
        #expect(
            store.parameters.map(\.name) == [
                "filter.bias", "filter.weight", "layers.0.bias", "layers.0.weight", "layers.1.bias", "layers.1.weight",
            ])
        #expect(store.count == 4 + 72 + 2 * (3 + 9))
        #expect(store.tensors.allSatisfy { $0.requiresGrad && $0.isLeaf })
    }

    @Test("initial values do not depend on the order of construction, but on seed and path")
    func order() {
        let stores = [ParameterStore(seed: Seed(1)), ParameterStore(seed: Seed(1)), ParameterStore(seed: Seed(2))]
        for (store, reversed) in zip(stores, [false, true, false]) { _ = Network(in: store.root, reversed: reversed) }
        #expect(stores[0].parameters.map(\.name) == stores[1].parameters.map(\.name))
        for (a, b) in zip(stores[0].tensors, stores[1].tensors) { assertEqual(a, b) }
        for (a, b) in zip(stores[0].tensors, stores[2].tensors) { #expect((a .!= b).all().intItem() == 1) }
        let weights = stores[0].parameters.filter { $0.name.hasSuffix("0.weight") || $0.name.hasSuffix("1.weight") }
        #expect((weights[0].tensor .!= weights[1].tensor).all().intItem() == 1)
    }

    @Test("filters lie in memory as channelsLast with the same values")
    func channelsLast() throws {
        let store = ParameterStore(seed: Seed(1))
        let values = Tensor.arange(4 * 3 * 2 * 2, dtype: .float32).reshape(4, 3, 2, 2)
        let filter = store.root.parameter("filter", [4, 3, 2, 2], .values(values))
        #expect(filter.isContiguous(.channelsLast))
        #expect(!filter.isContiguous())
        #expect(filter.scalars(as: Float.self) == values.scalars(as: Float.self))
    }

    @Test("buffers are kept apart and have a type of their own")
    func buffers() {
        let store = ParameterStore(seed: Seed(1))
        _ = store.root.parameter("b", [2], .ones)
        let buffer = (store.root / "a").buffer("table", [3], .zeros, dtype: .int64)
        #expect(buffer.dtype == .int64 && !buffer.requiresGrad)
        #expect(store.parameters.map(\.name) == ["b"])
        #expect(store.buffers.map(\.name) == ["a.table"])
        #expect(store.state.map(\.name) == ["a.table", "b"])
        #expect(store.count == 2)
    }

    @Test("a copy gives the same network its own values once, without gradients")
    func copies() {
        let store = ParameterStore(seed: Seed(1))
        _ = Network(in: store.root)
        let copy = ParameterStore(copying: store)
        let network = Network(in: copy.root)
        assertEqual(network.layers[0].weight, store["layers.0.weight"] ?? Tensor(0))
        #expect(network.filter.weight.isContiguous(.channelsLast))
        #expect(copy.tensors.allSatisfy { !$0.requiresGrad })
        for (a, b) in zip(copy.tensors, store.tensors) { #expect(!a.sharesStorage(with: b)) }
    }

    @Test("frozen parameters get no gradients")
    func freezing() {
        let store = ParameterStore(seed: Seed(1))
        let layer = Linear(2, 2, in: store.root)
        store.freeze()
        #expect(!layer(.ones([1, 2])).requiresGrad)
        store.freeze(false)
        #expect(layer(.ones([1, 2])).requiresGrad)
    }

    @Test("a path taken twice stops the program and is named")
    func duplicates() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let store = ParameterStore(seed: Seed(1))
            _ = (store.root / "up" / 0).parameter("weight", [1], .zeros)
            _ = (store.root / "up" / 0).parameter("weight", [1], .zeros)
        }
        assertSaid(result, "The path 'up.0.weight' is taken")
    }

    @Test("a copied store refuses another network and another shape")
    func otherNetwork() async {
        let other = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = ParameterStore(copying: ParameterStore(seed: Seed(1))).root.parameter("a", [1], .zeros)
        }
        assertSaid(other, "has no parameter 'a'")
        let shape = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let store = ParameterStore(seed: Seed(1))
            _ = store.root.parameter("a", [1], .zeros)
            _ = ParameterStore(copying: store).root.parameter("a", [2], .zeros)
        }
        assertSaid(shape, "'a' is a parameter [1], not a parameter [2].")
    }
}
