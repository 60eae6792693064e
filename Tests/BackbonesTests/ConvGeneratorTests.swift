import Backbones
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("The convolutional generator")
struct ConvGeneratorTests {
    private func generator(
        seed: UInt64 = 1, _ change: (inout ConvGenerator.Configuration) -> Void = { _ in }
    ) -> (ParameterStore, ConvGenerator) {
        var configuration = ConvGenerator.Configuration()
        change(&configuration)
        let store = ParameterStore(seed: Seed(seed))
        return (store, ConvGenerator(configuration, in: store.root))
    }

    private let noise = Tensor.randn([3, 128], using: RandomSource(Seed(5)))
    private let labels = Tensor([0, 3, 9])

    // Linear from the latent vector and the class 789 504, three blocks 341 760, 104 064 and 35 328, mapping 49 408,
    // classes 1280, norm 48, output 217.
    @Test("the demo's has 1.3 million parameters and draws 32 x 32 images between -1 and 1")
    func demo() {
        let (store, generator) = generator()
        #expect(store.count == 1_321_609)
        #expect(generator.configuration.imageSize == 32)
        let images = generator(noise, labels: labels)
        #expect(images.shape == [3, 1, 32, 32] && images.dtype == .float32)
        #expect(images.abs().amax().item() <= 1)
    }

    @Test("sizes are those of the configuration")
    func sizes() {
        let (_, generator) = generator {
            ($0.channels, $0.base, $0.levels, $0.width, $0.latent) = (3, 7, 2, 8, 128)
        }
        #expect(generator.configuration.imageSize == 28)
        #expect(generator(noise, labels: labels).shape == [3, 3, 28, 28])
    }

    // The last filter of each block is 0 at first, so what lies before it gets its gradient a step later.
    @Test("the gradient reaches every parameter")
    func gradient() {
        let (store, generator) = generator {
            ($0.width, $0.guidance) = (8, true)
        }
        for (index, tensor) in store.tensors.enumerated() {
            let noise = Tensor.randn(tensor.shape, using: RandomSource(Seed(7).child(index)))
            withoutGradients { tensor.addInPlace(noise, scale: 0.02) }
        }
        generator(noise, labels: labels, guidance: Tensor([1, 2, 4] as [Float])).square().sum().backward()
        for (name, tensor) in store.parameters {
            #expect((tensor.grad?.abs().amax().item() ?? 0) > 0, "\(name)")
        }
    }

    @Test("noise and class matter, and samples do not see each other")
    func inputs() {
        let (_, generator) = generator()
        let images = generator(noise, labels: labels)
        func difference(_ other: Tensor) -> Double { (other - images).abs().amax().item() }
        #expect(difference(generator(noise, labels: Tensor([1, 4, 8]))) > 1e-3)
        #expect(difference(generator(noise.flip(0), labels: labels)) > 1e-3)
        assertClose(generator(noise.flip(0), labels: labels.flip(0)).flip(0), images, relative: 0, absolute: 1e-5)
        assertClose(generator(noise[1..<2], labels: labels[1..<2]), images[1..<2], relative: 0, absolute: 1e-5)
    }

    @Test("guidance matters only where it is configured, and is 1 if absent")
    func guidance() {
        let (plainStore, plain) = generator()
        let (guidedStore, guided) = generator { $0.guidance = true }
        let alpha = Tensor([2, 3, 4] as [Float])
        assertEqual(plain(noise, labels: labels, guidance: alpha), plain(noise, labels: labels))
        let one = guided(noise, labels: labels, guidance: .ones([3]))
        assertEqual(guided(noise, labels: labels), one)
        #expect((guided(noise, labels: labels, guidance: alpha) - one).abs().amax().item() > 1e-5)
        #expect(guidedStore.count > plainStore.count)
    }

    @Test("the seed decides everything")
    func seed() {
        let image = generator(seed: 1).1(noise, labels: labels)
        assertEqual(generator(seed: 1).1(noise, labels: labels), image)
        #expect((generator(seed: 2).1(noise, labels: labels) - image).abs().amax().item() > 1e-3)
    }
}
