import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Optimisers against PyTorch")
struct OptimizerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let make: @Sendable (ParameterStore) -> any Optimizer

        init(_ name: String, _ make: @escaping @Sendable (ParameterStore) -> any Optimizer) {
            (self.name, self.make) = (name, make)
        }

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case("adamw") { AdamW($0) },
        Case("adamw.release") { AdamW($0, .init(beta1: 0.9, beta2: 0.95, epsilon: 1e-4, weightDecay: 0.3)) },
        Case("adam") { AdamW($0, .init(weightDecay: 0)) },
        Case("sgd") { SGD($0) },
        Case("sgd.momentum") { SGD($0, .init(momentum: 0.9, weightDecay: 0.1)) },
        Case("sgd.nesterov") { SGD($0, .init(momentum: 0.8, nesterov: true)) },
    ]

    private let file: SafetensorsFile

    init() throws { file = try SafetensorsFile(fixtures().appending(path: "optimizers.safetensors")) }

    /// The parameters of the fixture; the filter lies in memory as channelsLast, its gradients do not.
    private func store() throws -> ParameterStore {
        let store = ParameterStore(seed: Seed(1))
        for name in ["bias", "filter", "weight"] {
            let start = try #require(file["start/\(name)"])
            _ = store.root.parameter(name, start.shape, .values(start))
        }
        return store
    }

    /// One step along the gradients of the fixture; the bias has none in every third step.
    private func step(_ index: Int, _ optimizer: any Optimizer) throws {
        optimizer.zeroGradients()
        for (name, parameter) in optimizer.parameters where name != "bias" || index % 3 != 1 {
            parameter.grad = try #require(file["gradient/\(name)"])[index]
        }
        optimizer.step(learningRate: 0.1 / Double(1 + index))
    }

    @Test("take the same ten steps and remember the same", arguments: cases)
    func trajectory(_ optimizer: Case) throws {
        let store = try store()
        let ours = optimizer.make(store)
        for index in 0..<10 {
            try step(index, ours)
            for (name, parameter) in store.parameters {
                let expected = try #require(file["\(optimizer.name)/\(index)/\(name)"])
                assertClose(parameter.detach(), expected, relative: 2e-6, absolute: 2e-6)
            }
        }
        let remembered = "\(optimizer.name)/state/"
        let names = file.names.filter { $0.hasPrefix(remembered) }.map { String($0.dropFirst(remembered.count)) }
        #expect(ours.state.map(\.name) == names)
        for (name, tensor) in ours.state {
            assertClose(tensor, try #require(file[remembered + name]), relative: 1e-5, absolute: 1e-6)
        }
    }

    @Test("continue from a saved state, bit for bit", arguments: cases)
    func restoring(_ optimizer: Case) throws {
        let (whole, parted) = (try store(), try store())
        let (uninterrupted, before) = (optimizer.make(whole), optimizer.make(parted))
        for index in 0..<4 {
            try step(index, uninterrupted)
            try step(index, before)
        }
        try withTemporaryFolder { folder in
            let saved = folder.appending(path: "optimizer.safetensors")
            try SafetensorsFile.write(before.state, to: saved)
            let after = optimizer.make(parted)
            try after.restore(SafetensorsFile(saved).tensors, from: saved.path)
            for index in 4..<8 {
                try step(index, uninterrupted)
                try step(index, after)
            }
        }
        for (a, b) in zip(whole.tensors, parted.tensors) { assertEqual(a.detach(), b.detach()) }
    }

    @Test("refuse a state that does not fit, and say where it is from")
    func foreignState() throws {
        let optimizer = AdamW(try store())
        let error = #expect(throws: TorchError.self) {
            try optimizer.restore(["x": Tensor(1)], from: "optimizer.safetensors")
        }
        #expect(error?.message.hasPrefix("optimizer.safetensors does not fit the network:\n  missing (9):") == true)
        #expect(error?.message.contains("unused (1):\n    x") == true)
    }

    @Test("leave constants alone, and do nothing without gradients")
    func constants() throws {
        let store = try store()
        store["bias"]?.requiringGrad(false)
        let optimizer = AdamW(store)
        #expect(optimizer.parameters.map(\.name) == ["filter", "weight"])
        optimizer.step(learningRate: 1)
        assertEqual(store["weight"]?.detach() ?? Tensor(0), try #require(file["start/weight"]))
        #expect(optimizer.state.allSatisfy { $0.tensor.abs().sum().item() == 0 })
    }

    @Test("find the minimum of a function of three variables")
    func minimum() {
        let store = ParameterStore(seed: Seed(1))
        let x = store.root.parameter("x", [3], .normal())
        let optimizer = AdamW(store, .init(weightDecay: 0))
        let rate = LearningRate.cosine(0.1, warmup: 10, total: 300)
        for step in 0..<300 {
            optimizer.zeroGradients()
            (x - Tensor([1, -2, 3] as [Float])).square().sum().backward()
            optimizer.step(learningRate: rate(at: step))
        }
        assertClose(x.detach(), Tensor([1, -2, 3] as [Float]), absolute: 1e-3)
    }
}

@Suite("Clipping of gradients")
struct ClippingTests {
    @Test("shortens as PyTorch does, and returns the norm before")
    func agrees() throws {
        let file = try SafetensorsFile(fixtures().appending(path: "optimizers.safetensors"))
        let store = ParameterStore(seed: Seed(1))
        for name in ["bias", "filter", "weight"] {
            let gradient = try #require(file["gradient/\(name)"])[0]
            store.root.parameter(name, gradient.shape, .zeros).grad = gradient.clone()
        }
        // A parameter without a gradient takes no part.
        _ = store.root.parameter("other", [1], .zeros)
        let norm = clipGradients(of: store, globalNorm: 2)
        assertClose(norm, try #require(file["clip/norm"]))
        for (name, parameter) in store.parameters where name != "other" {
            assertClose(try #require(parameter.grad), try #require(file["clip/\(name)"]), relative: 2e-6)
        }
        assertClose(ListOperations.globalNorm(store.tensors.compactMap(\.grad)).item(), 2)
    }

    @Test("leaves short gradients and zeros alone, and passes NaN on")
    func short() {
        let gradients = [Tensor([0.3, 0.4] as [Float])]
        #expect(clipGradients(gradients, globalNorm: 1).item() == 0.5)
        #expect(gradients[0].scalars(as: Float.self) == [0.3, 0.4])
        let zeros = [Tensor.zeros([2])]
        #expect(clipGradients(zeros, globalNorm: 1).item() == 0)
        #expect(zeros[0].scalars(as: Float.self) == [0, 0])
        let broken = [Tensor([.nan, 1] as [Float])]
        #expect(clipGradients(broken, globalNorm: 1).item().isNaN)
        #expect(broken[0].isnan().all().intItem() == 1)
    }
}
