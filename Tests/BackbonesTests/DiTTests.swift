import Backbones
import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("The transformer generator")
struct DiTTests {
    /// The tiny network of the release's vectors, all options on.
    private static var tiny: DiT.Configuration {
        var sizes = DiT.Configuration()
        (sizes.classes, sizes.size, sizes.hidden, sizes.condition) = (10, 8, 64, 48)
        (sizes.depth, sizes.heads, sizes.classTokens, sizes.codebooks, sizes.styles) = (2, 4, 4, 4, 8)
        return sizes
    }

    /// The one with all options off.
    private static var plain: DiT.Configuration {
        var sizes = DiT.Configuration()
        (sizes.classes, sizes.size, sizes.hidden, sizes.condition) = (6, 8, 32, 24)
        (sizes.channels, sizes.outputChannels, sizes.patch, sizes.feedForwardRatio) = (3, 3, 4, 3)
        (sizes.depth, sizes.heads, sizes.classTokens, sizes.codebooks, sizes.styles) = (1, 2, 0, 1, 0)
        (sizes.norm, sizes.rotary, sizes.feedForward) = (.layer, nil, .gelu)
        return sizes
    }

    private func network(_ sizes: DiT.Configuration, _ release: ReleaseTensors) throws -> (ParameterStore, DiT) {
        let store = ParameterStore(seed: Seed(1))
        let network = DiT(sizes, in: store.root)
        try release.load(into: store, from: "params/", renaming: DiT.parameterName(ofReleased:))
        return (store, network)
    }

    /// Random values in the places of the zeros that a network starts with.
    private func stirred(_ sizes: DiT.Configuration) -> (ParameterStore, DiT) {
        let store = ParameterStore(seed: Seed(3))
        let network = DiT(sizes, in: store.root)
        for (index, tensor) in store.tensors.enumerated() {
            let noise = Tensor.randn(tensor.shape, using: RandomSource(Seed(7).child(index)))
            withoutGradients { tensor.addInPlace(noise, scale: 0.05) }
        }
        return (store, network)
    }

    @Test("with the release's parameters it draws the release's samples and has its gradients")
    func release() throws {
        let release = try ReleaseTensors("dit.safetensors")
        let (store, network) = try network(Self.tiny, release)
        let (labels, style) = (try release["in/labels"].to(.int64), try release["in/noise_labels"].to(.int64))
        var condition: Tensor?
        let samples = network(
            try release["in/noise_x"].channelsFirst, style: style, labels: labels,
            guidance: try release["in/cfg_scale"]
        ) { if $0 == "cond" { condition = $1 } }
        assertClose(try #require(condition), try release["cond"], relative: 1e-4, absolute: 1e-4)
        assertClose(samples, try release["out/samples"].channelsFirst, relative: 1e-4, absolute: 1e-4)
        (samples * (try release["backward/cotangent"].channelsFirst)).sum().backward()
        let names = release.names(in: "backward/grad/")
        #expect(names.count == 9)
        for name in names {
            let expected = ReleasedParameters.layout(of: try release["backward/grad/" + name], named: name)
            let place = try #require(DiT.parameterName(ofReleased: name))
            let ours = try #require(store[place]?.grad, "\(name) has no gradient")
            assertClose(ours, expected, relative: 0, absolute: 1e-3 * expected.abs().amax().item())
        }
        let norms = store.tensors.map { $0.grad?.norm().item() ?? 0 }.sorted()
        let released = try release["backward/grad_l2_sorted"].scalars(as: Float.self).map(Double.init).sorted()
        #expect(norms.count == released.count)
        for (ours, theirs) in zip(norms, released) { assertClose(ours, theirs, relative: 1e-3) }
    }

    @Test("with all options off it draws the release's samples")
    func optionsOff() throws {
        let release = try ReleaseTensors("dit_plain.safetensors")
        let (_, network) = try network(Self.plain, release)
        let samples = network(
            try release["in/noise_x"].channelsFirst, style: nil, labels: try release["in/labels"].to(.int64),
            guidance: try release["in/cfg_scale"])
        assertClose(samples, try release["out/samples"].channelsFirst, relative: 1e-4, absolute: 1e-4)
    }

    // Published: 132.71, 462.91, 133.86 and 464.45 M with 1000 classes.
    @Test(
        "the published models have the published numbers of parameters",
        arguments: zip(DiT.Preset.allCases, [132.71, 462.91, 133.86, 464.45]))
    func published(preset: DiT.Preset, millions: Double) {
        assertClose(Double(preset.configuration.parameterCount) / 1e6, millions, relative: 0, absolute: 0.005)
    }

    @Test("the formula counts what a network has", arguments: [tiny, plain, unguided, withoutHeadNorms])
    func count(sizes: DiT.Configuration) {
        let store = ParameterStore(seed: Seed(1))
        _ = DiT(sizes, in: store.root)
        #expect(store.count == sizes.parameterCount)
    }

    private static var unguided: DiT.Configuration {
        var sizes = plain
        (sizes.guidance, sizes.classTokens, sizes.feedForward) = (false, 2, .swiGLU)
        return sizes
    }

    private static var withoutHeadNorms: DiT.Configuration {
        var sizes = tiny
        (sizes.normalisesQueriesAndKeys, sizes.outputChannels) = (false, 8)
        return sizes
    }

    // Takes 0.5 GB: made once to see that the formula is about this network.
    @Test("B/2 itself has the published number of parameters and arrays, and draws zeros at first")
    func base() {
        let sizes = DiT.Preset.base2.configuration
        let store = ParameterStore(seed: Seed(1))
        let network = DiT(sizes, in: store.root)
        #expect(store.count == sizes.parameterCount)
        #expect(store.parameters.count == 241)
        let noise = Tensor.randn([1, sizes.latent], using: RandomSource(Seed(2)))
        let samples = withoutGradients { network(latent: noise, labels: Tensor([999])) }
        #expect(samples.shape == [1, 4, 32, 32])
        #expect(samples.abs().amax().item() == 0)
    }

    // Release, run: both final layers' tensors and nothing else.
    @Test("at first only the last layer has a gradient")
    func start() {
        let store = ParameterStore(seed: Seed(1))
        let network = DiT(Self.tiny, in: store.root)
        let noise = Tensor.randn([2, Self.tiny.latent], using: RandomSource(Seed(2)))
        (network(latent: noise, labels: Tensor([0, 3])) - 1).square().sum().backward()
        let moved = store.parameters.filter { ($0.tensor.grad?.abs().amax().item() ?? 0) > 0 }.map(\.name)
        #expect(moved == ["final_layer.linear.bias", "final_layer.linear.weight"])
    }

    @Test("later the gradient reaches every parameter", arguments: [tiny, plain])
    func gradient(sizes: DiT.Configuration) {
        let (store, network) = stirred(sizes)
        let noise = Tensor.randn([16, sizes.latent], using: RandomSource(Seed(2)))
        let labels = Tensor((0..<16).map { $0 % sizes.classes })
        network(latent: noise, labels: labels, guidance: .full([16], 2)).square().sum().backward()
        for (name, tensor) in store.parameters { #expect((tensor.grad?.abs().amax().item() ?? 0) > 0, "\(name)") }
    }

    @Test("noise, style, class and guidance matter, and samples do not see each other")
    func inputs() {
        let (_, network) = stirred(Self.tiny)
        let sizes = Self.tiny
        let noise = Tensor.randn([3, sizes.latent], using: RandomSource(Seed(5)))
        let labels = Tensor([0, 3, 9])
        let samples = network(latent: noise, labels: labels)
        func difference(_ other: Tensor) -> Double { (other - samples).abs().amax().item() }
        #expect(difference(network(latent: noise, labels: Tensor([1, 4, 8]))) > 1e-3)
        #expect(difference(network(latent: noise, labels: labels, guidance: .full([3], 3))) > 1e-3)
        let pixels = noise.clone()
        pixels[0..., 0] = .full([3], 2)
        #expect(difference(network(latent: pixels, labels: labels)) > 1e-3)
        let style = noise.clone()
        style[0..., sizes.latent - 1] = -noise[0..., sizes.latent - 1]
        #expect(difference(network(latent: style, labels: labels)) > 1e-3)
        assertEqual(network(latent: noise, labels: labels, guidance: .ones([3])), samples)
        assertClose(network(latent: noise[1..<2], labels: labels[1..<2]), samples[1..<2], relative: 0, absolute: 1e-5)
    }

    @Test("styles drawn from normal numbers are uniform, and the extremes are within the codebook")
    func styles() {
        var sizes = Self.plain
        (sizes.codebooks, sizes.styles) = (1, 4)
        let noise = Tensor.zeros([4, sizes.latent])
        noise[0..., sizes.latent - 1] = Tensor([-40, -0.1, 0.1, 40] as [Float])
        let style = Tensor([0, 1, 2, 3]).unsqueeze(1)
        let pixels = Tensor.zeros([4, 3, 8, 8])
        let (_, network) = stirred(sizes)
        let direct = network(pixels, style: style, labels: Tensor([0, 0, 0, 0]))
        assertClose(network(latent: noise, labels: Tensor([0, 0, 0, 0])), direct)
    }

    @Test("in bfloat16 it stays close to float32", arguments: [true, false])
    func autocast(inFloat32: Bool) {
        var sizes = Self.tiny
        sizes.attentionInFloat32 = inFloat32
        let (_, network) = stirred(sizes)
        let noise = Tensor.randn([4, sizes.latent], using: RandomSource(Seed(5)))
        let labels = Tensor([0, 3, 9, 1])
        let exact = network(latent: noise, labels: labels)
        let rounded = withAutocast(.bfloat16) { network(latent: noise, labels: labels) }
        #expect(rounded.dtype == .float32)
        assertClose(rounded, exact, relative: 0, absolute: 0.05 * exact.std().item())
    }

    @Test("sizes and options survive the release's model_config")
    func coding() throws {
        for preset in DiT.Preset.allCases {
            let data = try JSONEncoder().encode(preset.configuration)
            #expect(try JSONDecoder().decode(DiT.Configuration.self, from: data) == preset.configuration)
        }
    }

    @Test("names that no transformer of the release has are not renamed")
    func strangers() {
        for name in ["", "Embed_1/embedding", "LightningDiT_0/blocks_0/Unknown_0/kernel", "fc/kernel", "weight"] {
            #expect(DiT.parameterName(ofReleased: name) == nil, "\(name)")
        }
    }

    @Test("sizes that do not fit together stop the program")
    func trap() async {
        await #expect(processExitsWith: .failure) {
            var sizes = DiT.Configuration()
            (sizes.size, sizes.hidden) = (9, 66)
            _ = DiT(sizes, in: ParameterStore(seed: Seed(1)).root)
        }
    }
}
