import Backbones
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("The ResNet encoder")
struct ResNetEncoderTests {
    private func maps(
        _ configuration: ResNetEncoder.Configuration, _ images: Tensor, everyBlock: Int? = nil
    ) -> [ResNetEncoder.Map] {
        let store = ParameterStore(seed: Seed(1))
        return ResNetEncoder(configuration, in: store.root).maps(of: images, everyBlock: everyBlock)
    }

    // Patches of 4 x 4 pixels, channels 12, 24, 48 and 96, so 12, 24, 24 and 32 groups.
    @Test("on pixels its maps are the release's to 1e-4, with the release's parameters")
    func release() throws {
        let release = try ReleaseTensors("released_encoder.safetensors.gz")
        var configuration = ResNetEncoder.Configuration.released(width: 12, channels: 3, patch: 4)
        configuration.blocks = [1, 2, 1, 1]
        let store = ParameterStore(seed: Seed(1))
        let encoder = ResNetEncoder(configuration, in: store.root / "encoder")
        try release.load(into: store, from: "params/")
        let images = try release["in/x"].channelsFirst
        assertEqual(ResNetEncoder.patchify(images, 4), try release["patched"].channelsFirst)
        let maps = Dictionary(
            uniqueKeysWithValues: encoder.maps(of: images, everyBlock: 2).map { ($0.name, $0.values) })
        #expect(Set(maps.keys) == ["conv1", "layer1", "layer2", "layer3", "layer4", "layer2_blk2"])
        for name in ["layer2", "layer3", "layer4"] {
            let map = try #require(maps[name])
            assertClose(map.tokens, try release["act/\(name)"], relative: 1e-4, absolute: 1e-4)
        }
        let stem = try #require(maps["conv1"]).mean([2, 3]).unsqueeze(1)
        assertClose(stem, try release["act/conv1_mean"], relative: 1e-4, absolute: 1e-4)
        let patches = try #require(maps["layer1"]).avgPool2d(2).tokens
        assertClose(patches, try release["act/layer1_mean_2"], relative: 1e-4, absolute: 1e-4)
        let block = try #require(maps["layer2_blk2"]).unfold(2, stride: 2).reshape(2, 24, 4, 4).var(2, correction: 0)
        assertClose((block + 1e-6).sqrt().mT, try release["act/layer2_blk2_std_2"], relative: 1e-4, absolute: 1e-4)
    }

    @Test("groups are the largest divisor of the channels that is no more than 32")
    func groups() {
        let configuration = ResNetEncoder.Configuration.released(width: 12, channels: 3)
        #expect([12, 24, 48, 96, 640, 7].map { configuration.groups($0) } == [12, 24, 24, 32, 32, 7])
    }

    @Test("maps have the shapes of their strides, and blocks come after the stages")
    func shapes() {
        var configuration = ResNetEncoder.Configuration.released(width: 8, channels: 4)
        configuration.blocks = [2, 3]
        configuration.strides = [1, 2]
        let maps = maps(configuration, .zeros([2, 4, 16, 16]), everyBlock: 2)
        #expect(maps.map(\.name) == ["conv1", "layer1", "layer2", "layer1_blk2", "layer2_blk2"])
        #expect(
            maps.map(\.values.shape) == [
                [2, 8, 16, 16], [2, 8, 16, 16], [2, 16, 8, 8], [2, 8, 16, 16], [2, 16, 8, 8],
            ])
        let demo = self.maps(.init(), .zeros([1, 1, 32, 32]))
        #expect(demo.map(\.values.shape) == [[1, 32, 32, 32], [1, 32, 16, 16], [1, 64, 8, 8], [1, 128, 4, 4]])
    }

    // Published: 340 M parameters at base width 256, of the encoder alone. A sixteenth of the width has 1 / 256 of the
    // filters' elements.
    @Test("the release's sizes give the release's number of parameters")
    func count() {
        let store = ParameterStore(seed: Seed(1))
        _ = ResNetEncoder(.released(width: 16, channels: 4), in: store.root)
        let filters = store.tensors.filter { $0.rank == 4 }.reduce(0) { $0 + $1.count }
        assertClose(Double(filters) * 256, 340e6, relative: 0.01)
    }

    @Test("patches become channels in the order row, column, channel")
    func patches() {
        let images = Tensor.arange(16, dtype: .float32).reshape(1, 2, 2, 4)
        let patched = ResNetEncoder.patchify(images, 2)
        #expect(patched.shape == [1, 8, 1, 2])
        assertEqual(patched[0, TensorIndex.all, 0, 0], Tensor([0, 8, 1, 9, 4, 12, 5, 13] as [Float]))
        assertEqual(patched[0, TensorIndex.all, 0, 1], Tensor([2, 10, 3, 11, 6, 14, 7, 15] as [Float]))
    }

    @Test("blocks and strides must name the same stages")
    func trap() async {
        await #expect(processExitsWith: .failure) {
            var configuration = ResNetEncoder.Configuration()
            configuration.strides = [1]
            _ = ResNetEncoder(configuration, in: ParameterStore(seed: Seed(1)).root)
        }
    }
}
