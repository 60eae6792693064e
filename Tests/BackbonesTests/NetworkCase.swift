import Backbones
import Testing
import Torch
import TorchNN

/// A small network of each kind with every input and output that it can have, and inputs for it.
enum NetworkCase: String, CaseIterable, CustomTestStringConvertible {
    case convGenerator, dit, ditOfNoise, mlp, mlpOfNoise, unet, unetOfNoise

    var testDescription: String { rawValue }

    /// Those that take a time.
    static let timed: [NetworkCase] = [.dit, .ditOfNoise, .mlp, .mlpOfNoise, .unet, .unetOfNoise]

    /// Shapes such that a batch of 3 is as large as the second dimension.
    var interface: NetworkInterface {
        let isNoise = self == .convGenerator || rawValue.hasSuffix("OfNoise")
        let isVector = self == .mlp || self == .mlpOfNoise
        var interface = NetworkInterface(shape: isVector ? .vector(3) : .map(channels: 3, size: 8))
        interface.input = isNoise ? .noise : .sample
        (interface.classes, interface.nullClass, interface.scalars) = (4, true, ["guidance"])
        guard self != .convGenerator else { return interface }
        interface.time = isNoise ? .logNoiseLevel : .unit
        interface.scalars = ["step", "guidance"]
        if !isVector || !isNoise { interface.extraChannels = 2 }
        interface.heads = [.scalar("distance"), .sample]
        return interface
    }

    /// A network for an interface in a store.
    func network(_ interface: NetworkInterface, in store: ParameterStore) throws -> any ConditionalNetwork {
        switch self {
        case .convGenerator:
            var sizes = ConvGenerator.Configuration()
            (sizes.latent, sizes.width, sizes.condition) = (3, 8, 12)
            return try ConvGeneratorNetwork(sizes, interface, in: store.root)
        case .dit, .ditOfNoise: return try DiTNetwork(Self.dit(interface.input), interface, in: store.root)
        case .mlp, .mlpOfNoise:
            return try MLPNetwork(.init(inputs: 3, outputs: 1, width: 16, depth: 2), interface, in: store.root)
        case .unet, .unetOfNoise: return try UNet(Self.smallUNet, interface, in: store.root)
        }
    }

    private static func dit(_ input: NetworkInterface.Input) -> DiT.Configuration {
        var sizes = DiT.Configuration()
        (sizes.hidden, sizes.condition, sizes.depth, sizes.heads, sizes.patch) = (16, 12, 2, 2, 4)
        (sizes.classTokens, sizes.codebooks, sizes.styles) = input == .noise ? (2, 2, 4) : (2, 0, 0)
        return sizes
    }

    static var smallUNet: UNet.Configuration {
        var sizes = UNet.Configuration()
        (sizes.width, sizes.multipliers, sizes.condition, sizes.attentionSize, sizes.headWidth) = (8, [1, 2], 12, 4, 8)
        return sizes
    }

    /// A network with random values where it starts with zeros.
    func stirred(
        _ change: (inout NetworkInterface) -> Void = { _ in }
    ) throws -> (ParameterStore, any ConditionalNetwork) {
        var interface = interface
        change(&interface)
        let store = ParameterStore(seed: Seed(1))
        let network = try network(interface, in: store)
        for (index, tensor) in store.tensors.enumerated() {
            let noise = Tensor.randn(tensor.shape, using: RandomSource(Seed(7).child(index)))
            withoutGradients { tensor.addInPlace(noise, scale: 0.05) }
        }
        return (store, network)
    }

    /// Random inputs of a batch, with every class in turn.
    func input(_ batch: Int, to network: any ConditionalNetwork) -> NetworkInput {
        let seed = Seed(11)
        func random(_ name: String, _ shape: [Int]) -> Tensor {
            .randn([batch] + shape, using: RandomSource(seed.child(name)))
        }
        var input = NetworkInput(values: random("values", network.inputShape))
        input.labels = Tensor((0..<batch).map { $0 % 4 })
        input.scalars = interface.scalars.map { random($0, []).abs() + 1 }
        if interface.time != .none { input.time = random("time", []).sigmoid() }
        let count = interface.extraChannels
        if count > 0 { input.extra = random("extra", [count] + interface.shape.dimensions.dropFirst()) }
        return input
    }
}

extension NetworkInput {
    /// The examples at `indices` [N].
    func examples(_ indices: Tensor) -> NetworkInput {
        let pick: (Tensor) -> Tensor = { $0.indexSelect(0, indices) }
        return NetworkInput(
            values: pick(values), labels: labels.map(pick), time: time.map(pick), scalars: scalars.map(pick),
            extra: extra.map(pick))
    }
}
