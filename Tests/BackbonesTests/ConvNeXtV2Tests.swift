import Backbones
import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("ConvNeXt V2")
struct ConvNeXtV2Tests {
    private static var tiny: ConvNeXtV2.Configuration {
        var sizes = ConvNeXtV2.Configuration()
        (sizes.depths, sizes.widths) = ([1, 1, 2, 1], [16, 24, 32, 48])
        return sizes
    }

    // See Fixtures/make_encoder_fixtures.py.
    @Test("with the release's parameters its features are the release's")
    func release() throws {
        let release = try ReleaseTensors("convnext.safetensors")
        let store = ParameterStore(seed: Seed(1))
        let network = ConvNeXtV2(Self.tiny, in: store.root)
        try release.load(into: store, from: "params/", renaming: ConvNeXtV2.parameterName(ofReleased:))
        let features = network.features(ofNormalised: try release["in/x"].channelsFirst)
        #expect(
            features.map(\.name) == [
                "convenxt_stage_0_mean", "convenxt_stage_0_std", "convenxt_stage_1", "convenxt_stage_1_mean",
                "convenxt_stage_1_std", "convenxt_stage_2", "convenxt_stage_2_mean", "convenxt_stage_2_std",
                "convenxt_stage_3", "convenxt_stage_3_mean", "convenxt_stage_3_std", "global_mean", "global_std",
            ])
        let expected = Set(release.names(in: "act/"))
        #expect(expected.count == 11)
        for (name, tensor) in features where expected.contains(name) {
            assertClose(tensor, try release["act/\(name)"], relative: 1e-4, absolute: 1e-4)
        }
    }

    @Test("images in [-1, 1] are normalised as ImageNet's")
    func normalisation() {
        let store = ParameterStore(seed: Seed(1))
        let network = ConvNeXtV2(Self.tiny, in: store.root)
        let images = Tensor.rand([1, 3, 32, 32], in: -1..<1, using: RandomSource(Seed(2)))
        let normalised = ImageNormalisation.imageNet(images)
        assertClose(normalised[0, 1, 2, 3].item(), ((images[0, 1, 2, 3].item() + 1) / 2 - 0.456) / 0.224)
        assertEqual(network.features(of: images)[3].tensor, network.features(ofNormalised: normalised)[3].tensor)
        assertClose(ImageNormalisation.unit(images), (images + 1) / 2)
        assertEqual(ImageNormalisation.symmetric(images), images)
    }

    // Published: 88.6 M with the classifier of 1.03 M.
    @Test("the base model has the published number of parameters")
    func count() {
        let store = ParameterStore(seed: Seed(1))
        _ = ConvNeXtV2(in: store.root)
        assertClose(Double(store.count) / 1e6, 87.69, relative: 0, absolute: 0.05)
    }

    // Names as transformers 4 and 5 write them.
    @Test("weights load with the names of Hugging Face and of the authors, without their classifiers")
    func names() throws {
        let pairs = [
            ("convnextv2.embeddings.patch_embeddings.weight", "downsample_layers.0.0.weight"),
            ("convnextv2.embeddings.layernorm.bias", "downsample_layers.0.1.bias"),
            ("convnextv2.encoder.stages.0.layers.0.dwconv.weight", "stages.0.0.dwconv.weight"),
            ("convnextv2.encoder.stages.2.layers.1.layernorm.bias", "stages.2.1.norm.bias"),
            ("convnextv2.encoder.stages.1.layers.0.grn.weight", "stages.1.0.grn.gamma"),
            ("convnextv2.encoder.stages.1.layers.0.grn.bias", "stages.1.0.grn.beta"),
            ("convnextv2.encoder.stages.3.downsampling_layer.0.weight", "downsample_layers.3.0.weight"),
            ("convnextv2.encoder.stages.3.downsampling_layer.1.bias", "downsample_layers.3.1.bias"),
            ("convnextv2.layernorm.weight", "norm.weight"),
        ]
        for (theirs, ours) in pairs { #expect(ConvNeXtV2.parameterName(ofHuggingFace: theirs) == ours) }
        #expect(ConvNeXtV2.parameterName(ofHuggingFace: "classifier.weight") == nil)
        let (store, other) = (ParameterStore(seed: Seed(1)), ParameterStore(seed: Seed(2)))
        _ = ConvNeXtV2(Self.tiny, in: store.root)
        _ = ConvNeXtV2(Self.tiny, in: other.root)
        try withTemporaryFolder { folder in
            let file = folder.appending(path: "model.safetensors")
            try SafetensorsFile.write(store.state + [("head.weight", .zeros([2, 48]))], to: file)
            try ConvNeXtV2.load(file, into: other)
        }
        for (name, tensor) in store.parameters { assertEqual(other[name] ?? .zeros([1]), tensor) }
    }
}
