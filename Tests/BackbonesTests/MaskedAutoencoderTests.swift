import Backbones
import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("The masked autoencoder")
struct MaskedAutoencoderTests {
    private static let releaseFolder = ProcessInfo.processInfo.environment["PUSHFORWARD_RELEASE_VECTORS"]

    private func network(
        width: Int, blocks: [Int], channels: Int, patch: Int, classes: Int, groups: Int, decoderGroups: Int
    ) -> (ParameterStore, MaskedAutoencoder) {
        var configuration = MaskedAutoencoder.Configuration()
        configuration.encoder = .released(width: width, channels: channels, patch: patch)
        configuration.encoder.blocks = blocks
        configuration.encoder.strides = Array(configuration.encoder.strides.prefix(blocks.count))
        configuration.encoder.mostGroups = groups
        configuration.classes = classes
        configuration.decoderGroups = decoderGroups
        let store = ParameterStore(seed: Seed(1))
        return (store, MaskedAutoencoder(configuration, in: store.root))
    }

    /// Each gradient below `prefix` to 1e-3 of its maximum.
    private func checkGradients(_ store: ParameterStore, _ expected: ReleaseTensors, _ prefix: String) throws {
        let names = expected.names(in: prefix)
        #expect(!names.isEmpty)
        for name in names {
            let gradient = ReleasedParameters.layout(of: try expected[prefix + name], named: name)
            let place = MaskedAutoencoder.parameterName(ofReleased: name)
            let ours = try #require(store[place]?.grad, "\(name) has no gradient")
            assertClose(ours, gradient, relative: 0, absolute: 1e-3 * gradient.abs().amax().item())
        }
    }

    // See Fixtures/make_fixtures.py: a mirror in PyTorch that is checked against the release, at a width of 4.
    @Test("a narrow one predicts, loses and learns like the release's")
    func narrow() throws {
        let expected = try ReleaseTensors("autoencoder.safetensors")
        let (store, network) = network(
            width: 4, blocks: [2, 2, 1, 1], channels: 1, patch: 2, classes: 3, groups: 2, decoderGroups: 4)
        try expected.load(into: store, from: "params/")
        let mask = try expected["mask"]
        let (images, labels) = (try expected["images"], try expected["labels"])
        let prediction = network(images, mask: mask)
        assertClose(prediction.reconstruction, try expected["reconstruction"], relative: 1e-4, absolute: 1e-4)
        assertClose(prediction.logits, try expected["logits"], relative: 1e-4, absolute: 1e-4)
        let losses = network.losses(of: images, mask: mask, labels: labels)
        assertClose(losses.reconstruction, try expected["reconstruction_loss"], relative: 1e-4)
        assertClose(losses.classification, try expected["classification_loss"], relative: 1e-4)
        (losses.reconstruction * 0.9 + losses.classification * 0.1).mean().backward()
        try checkGradients(store, expected, "grad/")
    }

    @Test(
        "the release's own numbers, if PUSHFORWARD_RELEASE_VECTORS names the folder that holds them",
        .enabled(if: releaseFolder != nil), arguments: [("nomask", 0.0), ("half", 0), ("cls", 0.1)])
    func released(name: String, weight: Double) throws {
        let folder = URL(filePath: try #require(Self.releaseFolder)).appending(path: "mae")
        let (store, network) = network(
            width: 32, blocks: [2, 2, 1, 1], channels: 4, patch: 1, classes: 10, groups: 32, decoderGroups: 32)
        try ReleaseTensors("params.safetensors.gz", in: folder).load(into: store, from: "")
        let expected = try ReleaseTensors("loss.safetensors", in: folder)
        let mask = try expected["\(name)/mask"].channelsFirst
        let images = try expected["in/x"].channelsFirst
        let losses = network.losses(of: images, mask: mask, labels: try expected["in/labels"].to(.int64))
        let loss = losses.classification * weight + losses.reconstruction * (1 - weight)
        assertClose(loss, try expected["\(name)/loss"], relative: 1e-4)
        assertClose(losses.logits, try expected["\(name)/logits"], relative: 1e-4, absolute: 1e-4)
        let reconstruction = network(images, mask: mask).reconstruction
        assertClose(reconstruction, try expected["\(name)/recon"].channelsFirst, relative: 1e-4, absolute: 1e-4)
        if name == "cls" {
            loss.mean().backward()
            try checkGradients(store, expected, "cls/grad/")
        }
        let activations = try ReleaseTensors("activations.safetensors", in: folder)
        for map in network.encoder.maps(of: try activations["in/x"].channelsFirst, everyBlock: 2) {
            assertClose(map.values.tokens, try activations["act/\(map.name)"], relative: 1e-4, absolute: 1e-4)
        }
    }

    @Test("the error counts hidden positions only, over their number, and is 0 where nothing is hidden")
    func hiddenPositions() throws {
        let (_, network) = network(
            width: 4, blocks: [1, 1], channels: 2, patch: 1, classes: 3, groups: 2, decoderGroups: 2)
        let source = RandomSource(Seed(1))
        let images = Tensor.rand([2, 2, 8, 8], in: -1..<1, using: source)
        let mask = Tensor.zeros([2, 1, 8, 8])
        mask[0..<1, TensorIndex.all, 0..<2, 0..<2] = .ones([1, 1, 2, 2])
        let losses = network.losses(of: images, mask: mask, labels: Tensor([0, 1]))
        let error = (network(images, mask: mask).reconstruction - images).square()
        let expected = error[0, TensorIndex.all, 0..<2, 0..<2].sum() / 4
        assertClose(losses.reconstruction[0], expected)
        #expect(losses.reconstruction[1].item() == 0)
    }

    @Test("what is hidden has no influence on the prediction")
    func hidden() {
        let (_, network) = network(
            width: 4, blocks: [1, 1], channels: 1, patch: 2, classes: 3, groups: 2, decoderGroups: 2)
        let images = Tensor.rand([1, 1, 8, 8], using: RandomSource(Seed(1)))
        let mask = Tensor.zeros([1, 1, 4, 4])
        mask[0, 0, 0, 0] = Tensor(Float(1))
        let other = images.clone()
        other[0, 0, 0..<2, 0..<2] = .full([2, 2], -3)
        assertEqual(network(other, mask: mask).reconstruction, network(images, mask: mask).reconstruction)
        #expect(network(images).reconstruction.shape == [1, 4, 4, 4])
    }

    @Test("masks are squares that hide the share of positions that was asked for, drawn for each image")
    func masks() {
        let source = RandomSource(Seed(2))
        let mask = MaskedAutoencoder.mask(for: [400, 3, 32, 32], ratio: 0.3, using: source)
        #expect(mask.shape == [400, 1, 32, 32])
        assertClose(mask.mean().item(), 0.3, absolute: 0.01)
        let squares = mask.unfold(2, stride: 2)
        assertEqual(squares.amax(1), squares.amin(1))
        assertEqual(mask * mask, mask)
        #expect((mask[0] - mask[1]).abs().amax().item() == 1)
        let large = MaskedAutoencoder.mask(for: [2, 1, 8, 8], side: 4, using: source).unfold(4, stride: 4)
        assertEqual(large.amax(1), large.amin(1))
        #expect(MaskedAutoencoder.mask(for: [2, 1, 8, 8], ratio: 0, using: source).sum().item() == 0)
        #expect(MaskedAutoencoder.mask(for: [2, 1, 8, 8], ratio: 1, using: source).mean().item() == 1)
    }

    @Test("a range of probabilities hides another share of each image, uniform in the range")
    func maskRatios() {
        let mask = MaskedAutoencoder.mask(for: [500, 1, 64, 64], ratios: 0.2...0.8, using: RandomSource(Seed(4)))
        let shares = mask.mean([1, 2, 3])
        assertClose(shares.mean().item(), 0.5, absolute: 0.02)
        assertClose(shares.std().item(), 0.6 / 12.0.squareRoot(), absolute: 0.02)
        let same = MaskedAutoencoder.mask(for: [4, 1, 8, 8], ratio: 0.3, using: RandomSource(Seed(5)))
        assertEqual(MaskedAutoencoder.mask(for: [4, 1, 8, 8], ratios: 0.3...0.3, using: RandomSource(Seed(5))), same)
    }
}
