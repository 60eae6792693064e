import Backbones
import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

/// Fixtures: make_unet_fixtures.py, a U-Net in plain PyTorch with the same names.
@Suite("The U-Net")
struct UNetTests {
    private let peer: [String: Tensor]

    init() throws {
        peer = try SafetensorsFile(fixtures().appending(path: "unet.safetensors")).tensors
    }

    private func peer(_ name: String) throws -> Tensor { try #require(peer[name], "there is no '\(name)'") }

    /// Everything in the file below a prefix.
    private func all(_ prefix: String) -> [String: Tensor] {
        Dictionary(
            uniqueKeysWithValues: peer.filter { $0.key.hasPrefix(prefix) }
                .map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    }

    private func compare(
        _ name: String, _ sizes: UNet.Configuration, _ interface: NetworkInterface, _ input: NetworkInput
    ) throws {
        let store = ParameterStore(seed: Seed(1))
        let network = try UNet(sizes, interface, in: store.root)
        try Weights.load(into: store, from: all("\(name)/params/"), origin: "peer", allowing: [.dtypeConversion])
        let outputs = network(input)
        var total = Tensor(Float(0))
        for (index, output) in outputs.enumerated() {
            assertClose(output, try peer("\(name)/out/\(index)"), relative: 1e-4, absolute: 1e-4)
            total += (output * (try peer("\(name)/cotangent/\(index)"))).sum()
        }
        total.backward()
        let gradients = all("\(name)/grads/")
        #expect(gradients.count >= 3)
        for (parameter, expected) in gradients {
            let ours = try #require(store[parameter]?.grad, "\(parameter) has no gradient")
            assertClose(ours, expected, relative: 1e-3, absolute: 1e-4 * expected.abs().amax().item())
        }
    }

    @Test("with every option it computes what PyTorch does, and its gradients")
    func full() throws {
        var sizes = UNet.Configuration()
        (sizes.width, sizes.multipliers, sizes.condition) = (8, [1, 2, 1], 12)
        (sizes.attentionSize, sizes.headWidth) = (6, 8)
        let interface = NetworkInterface(
            shape: .map(channels: 3, size: 12), time: .unit, scalars: ["step"], classes: 3, nullClass: true,
            extraChannels: 2, heads: [.sample, .scalar("distance")])
        let x = try peer("full/in/x")
        try compare(
            "full", sizes, interface,
            NetworkInput(
                values: x.slice(1, 0, 3), labels: try peer("full/in/labels"), time: try peer("full/in/time"),
                scalars: [try peer("full/in/scalar")], extra: x.slice(1, 3)))
    }

    @Test("without condition and attention, down to 1 x 1, it computes what PyTorch does")
    func plain() throws {
        var sizes = UNet.Configuration()
        (sizes.width, sizes.multipliers, sizes.blocks, sizes.attentionSize) = (4, [1, 2], 2, 0)
        try compare(
            "plain", sizes, NetworkInterface(shape: .map(channels: 1, size: 2)),
            NetworkInput(values: try peer("plain/in/x")))
    }

    @Test("sizes and channels of data from 1 x 1 on work", arguments: [1, 3, 4], [1, 4, 8, 28])
    func sizes(channels: Int, size: Int) throws {
        var sizes = UNet.Configuration()
        sizes.multipliers = size == 1 ? [1] : size == 4 ? [1, 1, 2] : [1, 2]
        sizes.width = 8
        let store = ParameterStore(seed: Seed(1))
        let interface = NetworkInterface(
            shape: .map(channels: channels, size: size), time: .unit, heads: [.sample, .scalar("distance")])
        let network = try UNet(sizes, interface, in: store.root)
        let input = NetworkInput(
            values: .randn([2] + interface.shape.dimensions, using: RandomSource(Seed(2))),
            time: Tensor([0, 1] as [Float]))
        for isRounded in [false, true] {
            let outputs = isRounded ? withAutocast(.bfloat16) { network(input) } : network(input)
            #expect(outputs.map(\.shape) == [[2, channels, size, size], [2]])
            // Last layers are 0 at first.
            #expect(outputs.allSatisfy { $0.abs().amax().item() == 0 })
            outputs.map { ($0 - 1).square().sum() }.reduce(Tensor(Float(0)), +).backward()
        }
        let gradients = store.tensors.compactMap(\.grad)
        #expect(gradients.allSatisfy { $0.isfinite().all().intItem() == 1 } && !gradients.isEmpty)
    }

    @Test("dropout changes what is computed only where chance is given")
    func dropout() throws {
        var sizes = NetworkCase.smallUNet
        sizes.dropout = 0.5
        let store = ParameterStore(seed: Seed(1))
        let network = try UNet(sizes, NetworkInterface(shape: .map(channels: 1, size: 8)), in: store.root)
        for tensor in store.tensors { withoutGradients { tensor.addInPlace(.ones(tensor.shape), scale: 0.05) } }
        let input = NetworkInput(values: .randn([2, 1, 8, 8], using: RandomSource(Seed(2))))
        assertEqual(network(input)[0], network(input)[0])
        let dropped = network(input, dropoutUsing: RandomSource(Seed(3)))[0]
        #expect((dropped - network(input)[0]).abs().amax().item() > 1e-3)
        assertEqual(network(input, dropoutUsing: RandomSource(Seed(3)))[0], dropped)
    }
}
