import Drifting
import Features
import Foundation
import TestSupport
import Testing
import Torch

/// An encoder whose maps are given.
private struct GivenMaps: FeatureEncoder {
    let maps: [FeatureMap]

    func featureMaps(of images: Tensor) -> [FeatureMap] { maps }
}

/// An encoder that takes images in at half their size, with four times the channels.
private struct HalfSize: FeatureEncoder {
    func featureMaps(of images: Tensor) -> [FeatureMap] { [] }

    func input(of images: Tensor) -> Tensor { images.pixelUnshuffle(2) }
}

@Suite("Features")
struct FeatureSelectionTests {
    private func vectors(_ map: FeatureMap, _ selection: FeatureSelection = .init()) -> [String: Tensor] {
        Dictionary(uniqueKeysWithValues: selection.vectors(of: map).map { ($0.name, $0.values) })
    }

    // Two channels of 4 x 4 locations that count from 0 and from 16.
    @Test("tokens, means and deviations of a small map are those computed by hand, row after row")
    func byHand() throws {
        let map = FeatureMap("layer2", Tensor.arange(32, dtype: .float32).reshape(1, 2, 4, 4))
        let found = vectors(map)
        assertEqual(try #require(found["layer2"])[0, 6], Tensor([6, 22] as [Float]))
        assertClose(try #require(found["layer2_mean"]), Tensor([7.5, 23.5] as [Float], shape: [1, 1, 2]))
        let deviation = (255.0 / 12 + 1e-6).squareRoot()
        assertClose(try #require(found["layer2_std"]), .full([1, 1, 2], deviation))
        let corners: [Float] = [2.5, 18.5, 4.5, 20.5, 10.5, 26.5, 12.5, 28.5]
        assertClose(try #require(found["layer2_mean_2"]), Tensor(corners, shape: [1, 4, 2]))
        assertClose(try #require(found["layer2_std_2"]), .full([1, 4, 2], (4.25 + 1e-6).squareRoot()))
        assertClose(try #require(found["layer2_mean_4"]), try #require(found["layer2_mean"]))
        assertClose(try #require(found["layer2_std_4"]), try #require(found["layer2_std"]))
    }

    @Test("a constant map has the deviation 1e-3, and its gradient is finite")
    func constant() throws {
        let values = Tensor.full([1, 1, 2, 2], 5).requiringGrad()
        let found = vectors(FeatureMap("a", values))
        let deviation = try #require(found["a_std"])
        assertClose(deviation, .full([1, 1, 1], 1e-3))
        deviation.sum().backward()
        assertEqual(try #require(values.grad), .zeros([1, 1, 2, 2]))
    }

    @Test("all statistics of three maps are those of the release")
    func release() throws {
        let file = try SafetensorsFile(fixtures().appending(path: "features.safetensors"))
        var compared = 0
        for name in ["layer2", "layer3", "layer4"] {
            let tokens = try #require(file[name])
            let side = Int(Double(tokens.shape[1]).squareRoot())
            let map = FeatureMap(name, tokens.mT.reshape(1, -1, side, side))
            for vector in FeatureSelection().vectors(of: map) {
                assertClose(vector.values, try #require(file[vector.name]), relative: 1e-5, absolute: 1e-6)
                compared += 1
            }
        }
        // The map of 2 x 2 locations has no patches of 4 x 4.
        #expect(compared == 7 + 7 + 5)
        #expect(compared == file.names.count - 2)
        var selection = FeatureSelection()
        (selection.inputNorm, selection.pixels) = (true, false)
        let x = try #require(file["x"]).permute(0, 3, 1, 2)
        assertClose(selection.vectors(of: x, encoder: nil)[0].values, try #require(file["norm_x"]))
    }

    // Every second block of stages of 3, 4, 6 and 3, on a grid of 32 x 32.
    @Test("the release's maps give its 86 features, of 6733 vectors without the pixels")
    func counts() {
        let sides = [
            ("conv1", 32), ("layer1", 32), ("layer2", 16), ("layer3", 8), ("layer4", 4), ("layer1_blk2", 32),
            ("layer2_blk2", 16), ("layer2_blk4", 16), ("layer3_blk2", 8), ("layer3_blk4", 8), ("layer3_blk6", 8),
            ("layer4_blk2", 4),
        ]
        let encoder = GivenMaps(maps: sides.map { FeatureMap($0.0, .zeros([1, 1, $0.1, $0.1])) })
        var selection = FeatureSelection()
        selection.inputNorm = true
        let vectors = selection.vectors(of: .zeros([1, 4, 32, 32]), encoder: encoder)
        #expect(vectors.count == 86)
        #expect(vectors.dropFirst().reduce(0) { $0 + $1.values.shape[1] } == 6733)
        #expect(
            vectors.prefix(9).map(\.name) == [
                "global", "norm_x", "conv1", "conv1_mean", "conv1_std", "conv1_mean_2", "conv1_mean_4", "conv1_std_2",
                "conv1_std_4",
            ])
        #expect(vectors[0].values.shape == [1, 1, 4096])
    }

    @Test("what is switched off is not there, and patches that do not divide a map are left out")
    func selection() {
        var selection = FeatureSelection()
        selection.locationsUpTo = 5
        let names = selection.vectors(of: FeatureMap("a", .zeros([1, 2, 6, 6]))).map(\.name)
        #expect(names == ["a_mean", "a_std", "a_mean_2", "a_std_2"])
        selection.globalStatistics = false
        selection.patchSizes = [3]
        #expect(selection.vectors(of: FeatureMap("a", .zeros([1, 2, 5, 5]))).map(\.name) == ["a"])
        selection.pixels = false
        #expect(selection.vectors(of: .zeros([1, 1, 4, 4]), encoder: nil).isEmpty)
    }

    @Test("the input norm is that of what the encoder takes in")
    func inputNorm() {
        var selection = FeatureSelection()
        selection.inputNorm = true
        let images = Tensor.arange(4, dtype: .float32).reshape(1, 1, 2, 2)
        let plain = selection.vectors(of: images, encoder: nil)[1].values
        assertClose(plain, Tensor([Float(3.5 + 1e-6).squareRoot()], shape: [1, 1, 1]))
        let patched = selection.vectors(of: images, encoder: HalfSize())[1].values
        assertClose(patched, (images.flatten().square() + 1e-6).sqrt().reshape(1, 1, 4))
    }
}
