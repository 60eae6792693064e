import Backbones
import Testing
import Torch
import TorchNN

/// Names are the contract with weight files and checkpoints.
@Suite("Names of parameters")
struct ParameterNameTests {
    private func names(_ build: (Scope) throws -> Void) rethrows -> [String] {
        let store = ParameterStore(seed: Seed(1))
        try build(store.root)
        return store.parameters.map { $0.name }
    }

    private func layers(_ names: String...) -> Set<String> { Set(names.flatMap { ["\($0).weight", "\($0).bias"] }) }

    @Test("a convolutional generator's are what they were, also behind an interface")
    func convGenerator() throws {
        var expected = layers("mapping.0", "mapping.2", "input", "norm", "output").union(["classes.weight"])
        for level in 0..<3 {
            let parts = ["norm1.modulation", "norm2.modulation", "conv2", "skip"].map { "blocks.\(level).\($0)" }
            for part in parts { expected.formUnion(layers(part)) }
            expected.insert("blocks.\(level).conv1.weight")
        }
        let guidance = layers("guidance.mlp.0", "guidance.mlp.2").union(["guidance.norm.weight"])
        let configuration = ConvGenerator.Configuration()
        #expect(Set(names { _ = ConvGenerator(configuration, in: $0) }) == expected)
        var interface = NetworkInterface(shape: .map(channels: 1, size: 32), input: .noise, classes: 10)
        #expect(try Set(names { _ = try ConvGeneratorNetwork(configuration, interface, in: $0) }) == expected)
        interface.scalars = ["guidance"]
        #expect(
            try Set(names { _ = try ConvGeneratorNetwork(configuration, interface, in: $0) })
                == expected.union(guidance))
    }

    @Test("a transformer's are what they were, also behind an interface")
    func dit() throws {
        var configuration = DiT.Configuration()
        (configuration.hidden, configuration.condition, configuration.depth) = (32, 24, 2)
        (configuration.heads, configuration.classTokens, configuration.codebooks) = (2, 3, 2)
        var expected = layers(
            "guidance.mlp.0", "guidance.mlp.2", "patch_embed", "cls_proj", "final_layer.adaLN_modulation.1",
            "final_layer.linear")
        expected.formUnion([
            "classes.weight", "styles.0.weight", "styles.1.weight", "guidance.norm.weight", "pos_embed", "cls_embed",
            "final_layer.norm_final.weight",
        ])
        for block in 0..<2 {
            let linear = ["adaLN_modulation.1", "attn.qkv", "attn.proj", "mlp.w1", "mlp.w2", "mlp.w3"]
            for part in linear { expected.formUnion(layers("blocks.\(block).\(part)")) }
            expected.formUnion(["norm1", "norm2", "attn.q_norm", "attn.k_norm"].map { "blocks.\(block).\($0).weight" })
        }
        #expect(Set(names { _ = DiT(configuration, in: $0) }) == expected)
        var interface = NetworkInterface(
            shape: .map(channels: 4, size: 32), input: .noise, scalars: ["guidance"], classes: 1000)
        #expect(try Set(names { _ = try DiTNetwork(configuration, interface, in: $0) }) == expected)
        (interface.time, interface.heads) = (.unit, [.sample, .scalar("d")])
        let further = layers("time.mlp.0", "time.mlp.2", "heads.d.mlp.0", "heads.d.mlp.2")
        #expect(try Set(names { _ = try DiTNetwork(configuration, interface, in: $0) }) == expected.union(further))
    }

    @Test("a multilayer perceptron's are its layers alone while nothing else is asked for")
    func mlp() throws {
        let expected = layers("layers.0", "layers.1", "layers.2", "layers.3")
        let configuration = MLP.Configuration(inputs: 2, outputs: 2, width: 8, depth: 3)
        #expect(Set(names { _ = MLP(configuration, in: $0) }) == expected)
        for input in [NetworkInterface.Input.noise, .sample] {
            let interface = NetworkInterface(shape: .vector(2), input: input)
            #expect(try Set(names { _ = try MLPNetwork(configuration, interface, in: $0) }) == expected)
        }
        let full = NetworkInterface(
            shape: .vector(2), time: .unit, scalars: ["guidance", "step"], classes: 2, heads: [.sample, .scalar("d")])
        let further = layers(
            "time.mlp.0", "time.mlp.2", "guidance.mlp.0", "guidance.mlp.2", "scalars.step.mlp.0", "scalars.step.mlp.2",
            "heads.d.mlp.0", "heads.d.mlp.2"
        ).union(["classes.weight", "guidance.norm.weight"])
        #expect(try Set(names { _ = try MLPNetwork(configuration, full, in: $0) }) == expected.union(further))
    }

    @Test("a transformer's formula counts time, scalars, null class, further channels and heads")
    func count() {
        var sizes = DiT.Configuration()
        (sizes.hidden, sizes.condition, sizes.depth, sizes.heads, sizes.classes) = (32, 24, 1, 2, 3)
        (sizes.time, sizes.nullClass, sizes.scalars, sizes.extraChannels) = (.unit, true, ["step"], 2)
        for outputs in [[.sample, .scalar("a")], [.scalar("a"), .scalar("b")]] as [[NetworkInterface.Head]] {
            sizes.outputs = outputs
            let store = ParameterStore(seed: Seed(1))
            _ = DiT(sizes, in: store.root)
            #expect(store.count == sizes.parameterCount)
        }
    }
}
