import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Weights")
struct WeightsTests {
    private func network(_ seed: UInt64) -> ParameterStore {
        let store = ParameterStore(seed: Seed(seed))
        _ = Conv2d(2, 3, kernel: 3, in: store.root / "conv")
        _ = BatchNorm2d(3, in: store.root / "norm")
        _ = Linear(3, 2, in: store.root / "head")
        return store
    }

    @Test("a network saved and loaded is the same, bit for bit")
    func roundTrip() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "model.safetensors")
            let (original, other) = (network(1), network(2))
            try Weights.save(original, to: file, metadata: ["step": "3"])
            try Weights.load(into: other, from: file)
            for (a, b) in zip(original.state, other.state) { assertEqual(a.tensor, b.tensor) }
            #expect(other.tensors.allSatisfy { $0.requiresGrad })
            #expect(other["conv.weight"]?.isContiguous(.channelsLast) == true)
            #expect(try SafetensorsFile(file).metadata == ["step": "3"])
        }
    }

    @Test("everything that does not fit is reported at once, with the file, and nothing is loaded")
    func report() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "model.safetensors")
            let store = network(1)
            var tensors = Dictionary(uniqueKeysWithValues: store.state.map { ($0.name, $0.tensor.detach() + 1) })
            tensors["conv.bias"] = nil
            tensors["head.weight"] = .zeros([2, 4])
            tensors["head.bias"] = .zeros([2], dtype: .float16)
            tensors["extra"] = .zeros([1])
            try SafetensorsFile.write(tensors.map { ($0.key, $0.value) }, to: file)
            let before = store.state.map { $0.tensor.detach().clone() }
            let error = #expect(throws: TorchError.self) { try Weights.load(into: store, from: file) }
            #expect(error?.code == .invalidFile)
            #expect(
                error?.message == """
                    \(file.path) does not fit the network:
                      missing (1):
                        conv.bias float32[3]
                      unused (1):
                        extra
                      wrong shape (1):
                        head.weight: [2, 4], should be [2, 3]
                      wrong dtype (1):
                        head.bias: float16, should be float32
                    Nothing was loaded. Use the file that belongs to this network's configuration, or that \
                    configuration.
                    """)
            for (a, b) in zip(before, store.state) { assertEqual(a, b.tensor.detach()) }
        }
    }

    @Test("a leniency accepts what it names, and only that")
    func leniencies() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "model.safetensors")
            let source = network(1)
            let tensors = source.state.filter { !$0.name.hasPrefix("head.") }.map { ($0.name, $0.tensor.to(.float64)) }
            try SafetensorsFile.write(tensors + [("norm.num_batches_tracked", Tensor(3))], to: file)
            let store = network(2)
            let head = store["head.weight"]?.detach().clone()
            let all: [Leniency] = [.missing("head."), .unused(suffix: "num_batches_tracked"), .dtypeConversion]
            for index in all.indices {
                var some = all
                some.remove(at: index)
                #expect(throws: TorchError.self) { try Weights.load(into: store, from: file, allowing: some) }
            }
            try Weights.load(into: store, from: file, allowing: all)
            assertEqual(try #require(store["conv.weight"]), try #require(source["conv.weight"]))
            assertEqual(try #require(store["head.weight"]?.detach()), try #require(head))
        }
    }

    @Test("whole numbers are never converted to floating point")
    func wholeNumbers() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "model.safetensors")
            let store = ParameterStore(seed: Seed(1))
            _ = store.root.parameter("a", [1], .zeros)
            try SafetensorsFile.write([("a", Tensor([1]))], to: file)
            #expect(throws: TorchError.self) { try Weights.load(into: store, from: file, allowing: [.dtypeConversion]) }
        }
    }

    @Test("names are translated, left out, and must stay different")
    func renaming() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "model.safetensors")
            let store = ParameterStore(seed: Seed(1))
            let a = store.root.parameter("a", [1], .zeros)
            try SafetensorsFile.write([("module.a", Tensor([5 as Float])), ("other", Tensor([1]))], to: file)
            try Weights.load(into: store, from: file) { $0 == "other" ? nil : String($0.dropFirst("module.".count)) }
            #expect(a.item() == 5)
            let error = #expect(throws: TorchError.self) { try Weights.load(into: store, from: file) { _ in "a" } }
            #expect(error?.message.contains("two tensors are renamed to 'a', the second is 'other'") == true)
        }
    }

    @Test("a report about hundreds of tensors is cut")
    func longReport() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "model.safetensors")
            try SafetensorsFile.write((100..<200).map { ("t\($0)", Tensor([1])) }, to: file)
            let error = #expect(throws: TorchError.self) {
                try Weights.load(into: ParameterStore(seed: Seed(1)), from: file)
            }
            #expect(error?.message.contains("unused (100):") == true)
            #expect(error?.message.contains("t111\n    and 88 more") == true)
        }
    }
}
