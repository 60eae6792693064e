import Backbones
import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("ResNet-50")
struct ResNet50Tests {
    /// Numbers in [-1, 1) that depend on their place and on a seed only; see Fixtures/make_encoder_fixtures.py.
    private func hashed(_ shape: [Int], seed: Int) -> Tensor {
        let prime = Int(Int32.max)
        var x = (Tensor.arange(shape.reduce(1, *)) * 48271 + (seed + 1) * 69621).remainder(prime)
        for shift in [12345, 54321] { x = (x * x + shift).remainder(prime) }
        return (x.to(.float64) / Double(prime) * 2 - 1).reshape(shape)
    }

    private func fill(_ store: ParameterStore) {
        for (seed, (name, tensor)) in store.state.enumerated() {
            let noise = hashed(tensor.shape, seed: seed)
            let values =
                if tensor.rank == 4 {
                    noise * (6 / Double(tensor.shape[1...].reduce(1, *))).squareRoot()
                } else if name.hasSuffix("running_var") {
                    noise * 0.5 + 1
                } else if name.hasSuffix("weight") {
                    (noise * 0.2 + 1) * (name.contains("bn3") ? 0.25 : 1)
                } else {
                    noise * 0.1
                }
            withoutGradients { tensor.copy(from: values) }
        }
    }

    // Published: 25 557 032 parameters, 2 049 000 of them in the classifier.
    @Test("maps are those of torchvision's with the same weights, and the parameters are as many")
    func torchvision() throws {
        let store = ParameterStore(seed: Seed(1))
        let network = ResNet50(in: store.root)
        #expect(store.count == 25_557_032 - 2_049_000)
        fill(store)
        let expected = try ReleaseTensors("resnet50.safetensors")
        let maps = withoutGradients { network.maps(of: hashed([1, 3, 64, 64], seed: 1000).to(.float32)) }
        #expect(maps.map(\.name) == ["layer1", "layer2", "layer3", "layer4"])
        #expect(maps.map { $0.values.shape[1] } == [256, 512, 1024, 2048])
        for map in maps {
            let theirs = try expected[map.name]
            let ours = map.values.slice(1, 0, theirs.shape[1])
            assertClose(ours, theirs, relative: 1e-4, absolute: 1e-4 * theirs.abs().amax().item())
        }
    }

    @Test("gray images are seen as gray images")
    func gray() {
        let network = ResNet50(.unit, in: ParameterStore(seed: Seed(1)).root)
        let images = Tensor.rand([1, 1, 32, 32], in: -1..<1, using: RandomSource(Seed(2)))
        let maps = withoutGradients { network.maps(of: images) }
        let coloured = withoutGradients { network.maps(of: images.repeat(1, 3, 1, 1)) }
        assertEqual(maps[0].values, coloured[0].values)
    }

    @Test(
        "weights load behind the prefixes of MoCo and SimCLR, without what is not the encoder",
        arguments: ["", "module.encoder_q.", "backbone."])
    func prefixes(prefix: String) throws {
        let (store, other) = (ParameterStore(seed: Seed(1)), ParameterStore(seed: Seed(2)))
        _ = ResNet50(in: store.root)
        _ = ResNet50(in: other.root)
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "model.safetensors")
            let encoder = store.state.map { (prefix + $0.name, $0.tensor) }
            let rest: [NamedTensor] = [
                (prefix + "fc.weight", .zeros([2, 2])), (prefix + "bn1.num_batches_tracked", Tensor(3)),
            ]
            let stranger: [NamedTensor] = prefix.isEmpty ? [] : [("module.encoder_k.conv1.weight", .zeros([2]))]
            try SafetensorsFile.write(encoder + rest + stranger, to: file)
            try ResNet50.load(file, into: other)
        }
        for (name, tensor) in store.state { assertEqual(other[name] ?? .zeros([1]), tensor) }
    }

    @Test("other files are refused with advice")
    func refused() throws {
        let store = ParameterStore(seed: Seed(1))
        _ = ResNet50(in: store.root)
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "model.safetensors")
            try SafetensorsFile.write([("conv1.weight", .zeros([2]))], to: file)
            let error = #expect(throws: TorchError.self) { try ResNet50.load(file, into: store) }
            #expect(error?.message.contains("torchvision's names") == true)
            try SafetensorsFile.write([("layer1.0.conv1.weight", .zeros([2]))], to: file)
            let other = #expect(throws: TorchError.self) { try ResNet50.load(file, into: store) }
            #expect(other?.message.contains("missing") == true)
        }
    }
}
