import Backbones
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Networks behind an interface")
struct ConditionalNetworkTests {
    @Test("outputs have the interface's order and shapes", arguments: NetworkCase.allCases)
    func shapes(kind: NetworkCase) throws {
        let (_, network) = try kind.stirred()
        let outputs = network(kind.input(3, to: network))
        let shape = [3] + kind.interface.shape.dimensions
        #expect(outputs.map(\.shape) == kind.interface.heads.map { $0 == .sample ? shape : [3] })
        #expect(outputs.allSatisfy { $0.dtype == .float32 && $0.isfinite().all().intItem() == 1 })
    }

    @Test("each example sees its own inputs and nothing of the others", arguments: NetworkCase.allCases)
    func independence(kind: NetworkCase) throws {
        let (_, network) = try kind.stirred()
        let input = kind.input(3, to: network)
        let outputs = network(input)
        let changed: [(String, NetworkInput)] = [
            ("values", input.changed { $0.values = $0.values + $1.alongBatch(of: $0.values) }),
            ("labels", input.changed { input, _ in input.labels = Tensor([0, 3, 2]) }),
            ("time", input.changed { input, one in input.time = input.time.map { $0 + one * 0.2 } }),
            ("guidance", input.changed { $0.scalars[$0.scalars.count - 1] += $1 * 2 }),
            ("scalar", input.changed { $0.scalars[0] += $1 * 0.3 }),
            ("extra", input.changed { input, one in input.extra = input.extra.map { $0 + one.alongBatch(of: $0) } }),
        ]
        for (name, input) in changed
        where !(name == "time" && input.time == nil || name == "extra" && input.extra == nil) {
            for (before, after) in zip(outputs, network(input)) {
                let difference = (after - before).abs().reshape(3, -1).amax(1)
                #expect(difference[1].item() > 1e-6, "\(name)")
                #expect(difference[0].item() < 1e-5 && difference[2].item() < 1e-5, "\(name)")
            }
        }
    }

    @Test("no class is none of the classes, and is what missing labels mean", arguments: NetworkCase.allCases)
    func nullClass(kind: NetworkCase) throws {
        let (store, network) = try kind.stirred()
        var input = kind.input(1, to: network)
        func sample(_ label: Int) throws -> Tensor {
            input.labels = Tensor([label])
            return try #require(network(input).last)
        }
        let none = try sample(4)
        for label in 0..<4 { #expect(try (sample(label) - none).abs().amax().item() > 1e-4) }
        input.labels = nil
        assertEqual(try #require(network(input).last), none)
        let (without, _) = try kind.stirred { $0.nullClass = false }
        let rows = try [store, without].map { try #require($0["classes.weight"]).shape[0] }
        #expect(rows == [5, 4])
    }

    @Test("missing scalars are 1", arguments: NetworkCase.allCases)
    func missingScalars(kind: NetworkCase) throws {
        let (_, network) = try kind.stirred()
        var input = kind.input(2, to: network)
        input.scalars = kind.interface.scalars.map { _ in .ones([2]) }
        let expected = network(input)
        input.scalars = []
        for (found, expected) in zip(network(input), expected) { assertEqual(found, expected) }
    }

    @Test("the gradient reaches every parameter", arguments: NetworkCase.allCases)
    func gradient(kind: NetworkCase) throws {
        let (store, network) = try kind.stirred()
        var input = kind.input(20, to: network)
        input.labels = Tensor((0..<20).map { $0 % 5 })
        network(input).map { ($0 - 1).square().sum() }.reduce(Tensor(Float(0)), +).backward()
        for (name, tensor) in store.parameters { #expect((tensor.grad?.abs().amax().item() ?? 0) > 0, "\(name)") }
    }

    @Test("a network has no parameters for outputs and inputs that nobody asks for", arguments: NetworkCase.timed)
    func onlyWhatIsAsked(kind: NetworkCase) throws {
        let (store, network) = try kind.stirred {
            (
                $0.heads, $0.time, $0.scalars, $0.classes, $0.nullClass
            ) = ([.scalar("distance")], .none, [], 1, false)
        }
        let output = network(
            NetworkInput(values: kind.input(2, to: network).values, extra: kind.input(2, to: network).extra))
        #expect(output.map(\.shape) == [[2]])
        output[0].sum().backward()
        let isDiT = kind == .dit || kind == .ditOfNoise
        for (name, tensor) in store.parameters {
            #expect((tensor.grad?.abs().amax().item() ?? 0) > 0, "\(name)")
            #expect(!name.hasPrefix("time") && !name.hasPrefix("scalars") && !name.hasPrefix("guidance"))
            #expect(isDiT || !name.hasPrefix("classes"))
        }
    }

    @Test("in bfloat16 outputs stay close to float32", arguments: NetworkCase.allCases)
    func autocast(kind: NetworkCase) throws {
        let (_, network) = try kind.stirred()
        let input = kind.input(8, to: network)
        let rounded = withAutocast(.bfloat16) { network(input) }
        for (rounded, exact) in zip(rounded, network(input)) {
            #expect(rounded.dtype == .float32)
            let error = (rounded - exact).square().mean().sqrt().item() / exact.square().mean().sqrt().item()
            #expect(error < 0.02)
        }
    }

    // Samplers rely on it: a sample does not depend on its place in the batch.
    @Test("an example has the same bits at every place of a batch of 64", arguments: NetworkCase.allCases)
    func places(kind: NetworkCase) throws {
        let (_, network) = try kind.stirred()
        let input = kind.input(64, to: network)
        let outputs = withoutGradients { network(input) }
        for shift in [1, 13, 32] {
            let order = Tensor((0..<64).map { ($0 + shift) % 64 })
            let moved = withoutGradients { network(input.examples(order)) }
            for (moved, output) in zip(moved, outputs) { assertEqual(moved, output.indexSelect(0, order)) }
        }
    }

    @Test(
        "in bfloat16 a network whose only condition is the guidance works", arguments: [NetworkCase.mlp, .unet, .dit])
    func guidanceAlone(kind: NetworkCase) throws {
        let (store, network) = try kind.stirred {
            ($0.time, $0.scalars, $0.classes, $0.nullClass) = (.none, ["guidance"], 1, false)
        }
        var input = kind.input(4, to: network)
        input.labels = nil
        input.scalars = [Tensor([1, 2, 3, 4] as [Float])]
        let exact = network(input)
        for (rounded, exact) in zip(withAutocast(.bfloat16) { network(input) }, exact) {
            assertClose(rounded, exact, relative: 0.05, absolute: 0.05 * exact.abs().amax().item())
        }
        withAutocast(.bfloat16) { network(input) }.map { $0.sum() }.reduce(Tensor(Float(0)), +).backward()
        #expect((store["guidance.mlp.0.weight"]?.grad?.abs().amax().item() ?? 0) > 0)
    }

    @Test("a time that is missing, or that is one for all, stops the program with the reason")
    func traps() async {
        let missing = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = try NetworkCase.timedPlane()(NetworkInput(values: .zeros([3, 2])))
        }
        #expect(text(missing).contains("the network has a time input, but no time was given"))
        let single = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = try NetworkCase.timedPlane()(NetworkInput(values: .zeros([3, 2]), time: .zeros([1])))
        }
        #expect(text(single).contains("times have shape [1], not [3] as the batch"))
    }

    private func text(_ result: ExitTest.Result?) -> String {
        String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }
}

extension NetworkCase {
    fileprivate static func timedPlane() throws -> MLPNetwork {
        let interface = NetworkInterface(shape: .vector(2), time: .unit)
        return try MLPNetwork(.init(), interface, in: ParameterStore(seed: Seed(1)).root)
    }
}

extension NetworkInput {
    /// A copy with a change that is told [0, 1, 0], to change the middle of three examples.
    fileprivate func changed(_ change: (inout NetworkInput, Tensor) -> Void) -> NetworkInput {
        var copy = self
        change(&copy, Tensor([0, 1, 0] as [Float]))
        return copy
    }
}
