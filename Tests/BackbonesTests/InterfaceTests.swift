import Backbones
import Testing
import Torch
import TorchNN

@Suite("What networks say of interfaces")
struct InterfaceTests {
    private let image = NetworkInterface(shape: .map(channels: 1, size: 28), input: .noise, classes: 10)
    private let point = NetworkInterface(shape: .vector(2))

    @Test("shapes know their dimensions and numbers")
    func shapes() {
        #expect(NetworkInterface.Shape.vector(5).dimensions == [5] && NetworkInterface.Shape.vector(5).count == 5)
        let map = NetworkInterface.Shape.map(channels: 3, size: 4)
        #expect(map.dimensions == [3, 4, 4] && map.count == 48)
    }

    @Test("what a network serves is no mistake")
    func served() {
        #expect(ConvGeneratorNetwork.mistake(for: image) == nil)
        #expect(ConvGeneratorNetwork.mistake(for: image.with { $0.scalars = ["guidance"] }) == nil)
        #expect(UNet.mistake(for: image) == nil)
        #expect(DiTNetwork.mistake(for: image) == nil)
        #expect(MLPNetwork.mistake(for: point.with { ($0.time, $0.heads) = (.unit, [.scalar("d"), .sample]) }) == nil)
    }

    @Test("a convolutional generator says what it does not take")
    func convGenerator() {
        func mistake(_ change: (inout NetworkInterface) -> Void) -> String? {
            ConvGeneratorNetwork.mistake(for: image.with(change))
        }
        #expect(mistake { $0.time = .unit } == "takes no time: use unet or dit")
        #expect(mistake { $0.input = .sample } == "takes latent vectors, not samples: use unet or dit")
        #expect(mistake { $0.scalars = ["guidance", "step"] } == "takes no step: use unet or dit")
        #expect(mistake { $0.extraChannels = 1 } == "takes no further channels: use unet or dit")
        #expect(mistake { $0.heads = [.sample, .scalar("distance")] } == "has no output distance: use unet or dit")
        #expect(mistake { $0.shape = .vector(2) } == "draws images, not vectors: use mlp")
    }

    @Test("a U-Net says which sizes it cannot halve")
    func unet() {
        let odd = image.with { $0.shape = .map(channels: 3, size: 30) }
        #expect(
            UNet.mistake(for: odd)
                == "halves height and width 2 times, but 30 is not a multiple of 4: use fewer multipliers")
        #expect(UNet.mistake(for: point) == "takes maps, not vectors: use mlp")
        var sizes = UNet.Configuration()
        sizes.multipliers = []
        #expect(UNet.mistake(for: image, with: sizes)?.contains("multipliers") == true)
    }

    @Test("a transformer says that patches do not fit and that styles need noise")
    func dit() {
        var sizes = DiT.Configuration()
        #expect(
            DiTNetwork.mistake(for: image.with { $0.input = .sample }, with: sizes)
                == "chooses styles by noise, which is no input here: set styles to 0")
        (sizes.styles, sizes.patch) = (0, 5)
        #expect(
            DiTNetwork.mistake(for: image, with: sizes)
                == "cuts samples into patches of 5, but they are 28 x 28: change patch")
        #expect(DiTNetwork.mistake(for: point) == "takes maps, not vectors: use mlp")
        (sizes.patch, sizes.heads) = (4, 7)
        #expect(DiTNetwork.mistake(for: image, with: sizes) == "cannot be made: 768 features do not form 7 equal heads")
    }

    @Test("a multilayer perceptron says that it takes vectors, and where time enters")
    func mlp() {
        #expect(MLPNetwork.mistake(for: image) == "takes vectors, not maps: use unet or dit")
        let flat = MLP.Configuration(inputs: 2, outputs: 2, width: 8, depth: 0)
        #expect(MLPNetwork.mistake(for: point, with: flat) == nil)
        #expect(
            MLPNetwork.mistake(for: point.with { $0.time = .unit }, with: flat)
                == "has no hidden layer, where time, classes and scalars enter: set depth to 1 or more")
    }

    @Test("interfaces that contradict themselves are refused by all")
    func contradictions() {
        let changes: [(inout NetworkInterface) -> Void] = [
            { $0.classes = 0 }, { $0.heads = [] }, { $0.heads = [.sample, .sample] }, { $0.scalars = ["a", "a"] },
            { $0.extraChannels = -1 },
        ]
        for change in changes {
            #expect(UNet.mistake(for: image.with(change)) != nil)
            #expect(DiTNetwork.mistake(for: image.with(change)) != nil)
            #expect(ConvGeneratorNetwork.mistake(for: image.with(change)) != nil)
            #expect(MLPNetwork.mistake(for: point.with(change)) != nil)
        }
    }

    @Test("a network that cannot serve is not built, with the same words")
    func refused() {
        let error = #expect(throws: InterfaceError.self) {
            try MLPNetwork(.init(), image, in: ParameterStore(seed: Seed(1)).root)
        }
        #expect(error?.description == "mlp takes vectors, not maps: use unet or dit")
    }
}

extension NetworkInterface {
    fileprivate func with(_ change: (inout NetworkInterface) -> Void) -> NetworkInterface {
        var copy = self
        change(&copy)
        return copy
    }
}
