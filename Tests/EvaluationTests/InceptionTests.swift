import Backbones
import Datasets
import Evaluation
import FileFormats
import Foundation
import Metrics
import TestSupport
import Testing
import Torch
import TorchNN

/// Against pytorch-fid with the same weights: `Fixtures/make_inception.py`.
@Suite("The Inception network") struct InceptionTests {
    private static let prime = 2_147_483_647

    /// `count` numbers in [0, 1), the same that the script computes, in whole numbers.
    private static func uniform(_ count: Int, _ salt: Int) -> Tensor {
        let i = Tensor.arange(count)
        let square = (i * i).remainder(prime) * 48271 + i * 69621 + (salt + 1) * 1_000_003
        return (square.remainder(prime) * 16807).remainder(prime).to(.float64) / Double(prime)
    }

    private static func weight(_ name: String, _ shape: [Int], _ salt: Int) -> Tensor {
        let u = uniform(shape.reduce(1, *), salt).reshape(shape)
        if name.hasSuffix("running_mean") || name.hasSuffix("bias") { return (u * 0.2 - 0.1).to(.float32) }
        if name.hasSuffix("running_var") || name.hasSuffix("bn.weight") { return (u + 0.5).to(.float32) }
        let bound = (6 / Double(shape.dropFirst().reduce(1, *))).squareRoot()
        return ((u * 2 - 1) * bound).to(.float32)
    }

    /// The network of the script, and its parameters.
    private static func network() -> (Inception, ParameterStore) {
        let store = ParameterStore(seed: Seed(0))
        let network = Inception(in: store.root)
        withoutGradients {
            for (salt, entry) in store.state.sorted(by: { $0.name < $1.name }).enumerated() {
                entry.tensor.copy(from: weight(entry.name, entry.tensor.shape, salt))
            }
        }
        store.freeze()
        return (network, store)
    }

    private static func expected(_ name: String) throws -> Tensor {
        let file = fixtures().appending(path: "inception.npz")
        let array = try NumpyArchive(contentsOf: file, names: [name]).array(name)
        let dtype: DType = array.elementType == .uint8 ? .uint8 : .float32
        return array.bytes.withUnsafeBytes { Tensor(copying: $0, shape: array.shape, dtype: dtype) }
    }

    @Test("Features of all layers and the logits are those of pytorch-fid, and the extractor's too")
    func pytorchFID() throws {
        let (network, store) = Self.network()
        let bytes = try Self.expected("images")
        let images = Pixels.floats(bytes)
        for layer in Inception.FeatureLayer.allCases {
            let expected = try Self.expected("features\(layer.rawValue)")
            assertClose(network.features(images, at: layer), expected, absolute: 1e-4)
        }
        let features = network.features(images)
        try assertClose(network.logits(features), Self.expected("logits"), absolute: 1e-4)
        try assertClose(network.logits(features, addingBias: true), Self.expected("biased"), absolute: 1e-4)

        try withTemporaryFolder { folder in
            let file = folder.appending(path: "inception.safetensors")
            try Weights.save(store, to: file)
            let extractor = try InceptionExtractor(weights: file)
            #expect(extractor.isInception && extractor.checksum.count == 16)
            let seen = try FeatureSet(of: bytes, by: extractor, batchSize: 1)
            try assertClose(seen.features, Self.expected("features2048"), absolute: 1e-4)
            try assertClose(#require(seen.logits), Self.expected("logits"), absolute: 1e-4)
            let gray = images[0..., 0..<1]
            assertEqual(try extractor.features(of: gray), try extractor.features(of: gray.expand(-1, 3, -1, -1)))
            #expect(throws: MetricError.self) { _ = try extractor.features(of: images[0..., 0..<2]) }
        }
    }

    @Test(
        "The release's input is (x - 128) / 128 of pixels, pytorch-fid's 2 x / 255 - 1, both between the centres of pixels"
    )
    func preparation() {
        let pixels = Tensor.randint(0..<256, [1, 3, 5, 7], using: RandomSource(Seed(1)), dtype: .uint8)
        let resized = pixels.to(.float64).interpolate(to: Inception.size, .bilinear)
        let images = Pixels.floats(pixels)
        assertClose(
            Inception.prepared(images, .release).to(.float64), (resized - 128) * (1.0 / 128), absolute: 1e-6)
        assertClose(
            Inception.prepared(images, .pytorchFID).to(.float64), resized * (2.0 / 255) - 1, absolute: 1e-6)
        // Half-pixel centres: the corners of the image are those of the result.
        let corner = resized[0, 0, 0, 0].item() as Double
        #expect(corner == pixels[0, 0, 0, 0].to(.float64).item() as Double)
    }

    @Test("A state dict of something else is refused with the names that are missing and unknown")
    func otherWeights() throws {
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "other.safetensors")
            try SafetensorsFile.write([(name: "head.weight", tensor: .zeros([2, 2]))], to: file)
            let error = #expect(throws: TorchError.self) { _ = try InceptionExtractor(weights: file) }
            #expect(error?.message.contains("unused (1):\n    head.weight") == true)
            #expect(error?.message.contains("missing (472):\n    Conv2d_1a_3x3.bn.bias") == true)
            #expect(throws: FileError.self) { _ = try InceptionExtractor(weights: folder.appending(path: "none.pth")) }
        }
    }

    @Test("Only the Inception network is asked for weights")
    func choice() throws {
        let file = URL(filePath: "weights.pth")
        #expect(try ExtractorChoice(parsing: "inception", inceptionWeights: file) == .inception(weights: file))
        #expect(throws: MetricError.self) { _ = try ExtractorChoice(parsing: "inception") }
        #expect(throws: MetricError.self) { _ = try ExtractorChoice(parsing: "pixels", inceptionWeights: file) }
    }
}
