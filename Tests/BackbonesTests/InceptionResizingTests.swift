import Backbones
import FileFormats
import Foundation
import TestSupport
import Testing
import Torch

/// Against pytorch-fid, torch-fidelity and clean-fid: `Fixtures/make_inception_resizing.py`.
@Suite("Resizing for the Inception network") struct InceptionResizingTests {
    private func arrays() throws -> NumpyArchive {
        try NumpyArchive(contentsOf: fixtures().appending(path: "inception_resizing.npz"))
    }

    @Test(
        "The network sees what others show it, enlarged or shrunk",
        arguments: Inception.Preparation.allCases, ["small", "long"])
    func peers(_ preparation: Inception.Preparation, _ name: String) throws {
        let archive = try arrays()
        let (image, expected) = (try archive.array(name), try archive.array("\(name).\(preparation.rawValue)"))
        let pixels = Tensor(image.doubles, shape: image.shape).to(.float32).permute(2, 0, 1).unsqueeze(0)
        func kept(_ input: Tensor) -> Tensor { input.slice(2, 0, step: 13).slice(3, 0, step: 13) }
        let reference = Tensor(expected.doubles, shape: expected.shape).to(.float32)
        // Places in float32 are off by up to 4e-5 of a pixel at 640, and neighbours differ by up to 2.
        let input = Inception.prepared(pixels / 127.5 - 1, preparation)
        assertClose(kept(input), reference, relative: 0, absolute: 1e-4)
    }

    @Test("An image of the network's size stays as it is", arguments: Inception.Preparation.allCases)
    func identity(_ preparation: Inception.Preparation) {
        let pixels = Tensor.randint(0..<256, [1, 3, 299, 299], using: RandomSource(Seed(1))).to(.float32)
        let expected = preparation == .pytorchFID ? pixels / 127.5 - 1 : (pixels - 128) / 128
        assertClose(Inception.prepared(pixels / 127.5 - 1, preparation), expected, relative: 0, absolute: 1e-5)
    }
}
