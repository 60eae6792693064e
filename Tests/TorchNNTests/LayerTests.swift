import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Layers against PyTorch")
struct LayerTests {
    /// A layer, built in a scope, as a function of its inputs.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let build: @Sendable (Scope) -> @Sendable ([Tensor]) -> Tensor

        init(_ name: String, _ build: @escaping @Sendable (Scope) -> some Layer) {
            self.name = name
            self.build = { scope in
                let layer = build(scope)
                return { layer($0[0]) }
            }
        }

        init(attention name: String) {
            self.name = name
            build = { scope in
                let layer = MultiHeadAttention(8, heads: 2, in: scope)
                return { layer($0[0], key: $0[1], value: $0[2]) }
            }
        }

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case("linear") { Linear(8, 3, in: $0) },
        Case("linear.bare") { Linear(8, 3, in: $0, hasBias: false) },
        Case("conv") { Conv2d(4, 6, kernel: 3, Convolution(padding: 1), in: $0) },
        Case("conv.grouped") {
            let how = Convolution(
                stride: 2, padding: Size2D(height: 1, width: 0), dilation: Size2D(height: 1, width: 2), groups: 2)
            return Conv2d(4, 6, kernel: Size2D(height: 3, width: 2), how, in: $0)
        },
        Case("transposed") {
            ConvTranspose2d(4, 6, kernel: 3, Convolution(stride: 2, padding: 1, groups: 2), outputPadding: 1, in: $0)
        },
        Case("embedding") { Embedding(5, 3, in: $0) },
        Case("group") { GroupNorm(2, 4, in: $0) },
        Case("layer") { LayerNorm(8, in: $0) },
        Case("layer.bare") { LayerNorm(8, in: $0, epsilon: 1e-6, isAffine: false) },
        Case("layer.unbiased") { LayerNorm(8, in: $0, hasBias: false) },
        Case("rms") { RMSNorm(8, in: $0) },
        Case("batch") { BatchNorm2d(4, in: $0) },
        Case("attention") { MultiHeadAttention(8, heads: 2, in: $0) },
        Case("attention.bare") { MultiHeadAttention(8, heads: 4, in: $0, hasBias: false) },
        Case(attention: "attention.cross"),
        Case("sequential") { scope in
            Sequential {
                Linear(8, 5, in: scope / 0)
                Activation.silu
                Linear(5, 2, in: scope / 2)
            }
        },
    ]

    private static func file() throws -> SafetensorsFile {
        try SafetensorsFile(fixtures().appending(path: "layers.safetensors"))
    }

    @Test("load PyTorch's state by its names, and give its outputs and gradients", arguments: cases)
    func agrees(_ layer: Case) throws {
        let file = try Self.file()
        let store = ParameterStore(seed: Seed(1))
        let function = layer.build(store.root)
        let state = "\(layer.name)/state/"
        try Weights.load(into: store, from: file.url, allowing: [.unused(suffix: "num_batches_tracked")]) {
            $0.hasPrefix(state) ? String($0.dropFirst(state.count)) : nil
        }
        let inputs = (0..<3).compactMap { file["\(layer.name)/input/\($0)"] }.map { input in
            input.dtype.isFloatingPoint ? input.clone().requiringGrad() : input
        }
        let output = function(inputs)
        assertClose(output, try #require(file["\(layer.name)/output"]), relative: 1e-5, absolute: 1e-5)
        (output * (try #require(file["\(layer.name)/cotangent"]))).sum().backward()
        for (name, parameter) in store.parameters {
            let expected = try #require(file["\(layer.name)/gradient/\(name)"])
            assertClose(try #require(parameter.grad), expected, relative: 1e-4, absolute: 1e-4)
        }
        for (index, input) in inputs.enumerated() where input.requiresGrad {
            let expected = try #require(file["\(layer.name)/input gradient/\(index)"])
            assertClose(try #require(input.grad), expected, relative: 1e-4, absolute: 1e-4)
        }
    }

    @Test("every layer of the fixture is compared")
    func coverage() throws {
        let stored = try Self.file().names.filter { $0.hasSuffix("/output") }.map { $0.dropLast("/output".count) }
        #expect(Set(stored.map(String.init)) == Set(Self.cases.map(\.name)))
    }

    @Test("attention: a causal mask is the mask that forbids what comes after")
    func causal() {
        let source = RandomSource(Seed(2))
        let attention = MultiHeadAttention(8, heads: 2, in: ParameterStore(seed: Seed(1)).root)
        let tokens = Tensor.randn([2, 5, 8], using: source)
        let mask = Tensor.ones([5, 5], dtype: .bool).tril()
        let causal = attention(tokens, mask: nil, causal: true).detach()
        assertClose(causal, attention(tokens, mask: mask).detach(), absolute: 1e-5)
        // A change of the last token does not reach the others.
        tokens[TensorIndex.all, 4] = Tensor.randn([2, 8], using: source)
        let changed = attention(tokens, mask: nil, causal: true).detach()
        assertClose(changed[TensorIndex.all, ..<4], causal[TensorIndex.all, ..<4], absolute: 1e-6)
    }

    @Test("dropout draws only while training")
    func dropout() {
        let source = RandomSource(Seed(1))
        let x = Tensor.ones([1000])
        assertEqual(Dropout(0.5)(x, using: nil), x)
        #expect((Dropout(0.5)(x, using: source) .== 0.0).any().intItem() == 1)
        let state = source.state
        assertEqual(Dropout(0)(x, using: source), x)
        assertEqual(source.state, state)
    }
}

@Suite("Composition")
struct CompositionTests {
    @Test("conditions, loops and functions stand between layers", arguments: [true, false])
    func builder(_ deep: Bool) {
        let store = ParameterStore(seed: Seed(1))
        let network = Sequential {
            Function { $0 * 2 }
            if deep {
                for index in 0..<3 { Linear(2, 2, in: store.root / index, hasBias: false, weight: .identity) }
            }
            if deep { Activation.relu } else { Activation.tanh }
        }
        #expect(network.layers.count == (deep ? 5 : 2))
        let output = network(Tensor([-1, 1] as [Float]))
        assertClose(output.detach(), deep ? Tensor([0, 2] as [Float]) : Tensor([-2, 2] as [Float]).tanh())
    }

    @Test("activations are what their names say")
    func activations() {
        let x = Tensor([-1.5, 0, 2] as [Float])
        let expected: [Activation: Tensor] = [
            .identity: x, .relu: x.relu(), .silu: x.silu(), .gelu: x.gelu(), .geluTanh: x.gelu(tanhApproximation: true),
            .tanh: x.tanh(), .sigmoid: x.sigmoid(), .softplus: x.softplus(), .leakyRelu: x.leakyRelu(slope: 0.2),
        ]
        #expect(expected.count == Activation.allCases.count)
        for (activation, values) in expected { assertEqual(activation(x), values) }
    }
}
