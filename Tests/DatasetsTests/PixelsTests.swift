import Datasets
import TestSupport
import Testing
import Torch

@Suite("Pixels") struct PixelsTests {
    let levels = Tensor.arange(256, dtype: .uint8)

    @Test("All 256 levels become floats in [-1, 1] and come back")
    func roundTrip() {
        let floats = Pixels.floats(levels)
        #expect(floats.dtype == .float32)
        #expect(floats[0].item() == -1)
        assertClose(floats[255].item(), 1, absolute: 1e-6)
        assertEqual(Pixels.bytes(floats), levels)
    }

    @Test("What is outside of [-1, 1] or no number is clamped; truncation rounds down")
    func clamping() {
        let odd = Tensor([-2, 2, .nan, .infinity, -.infinity, 0.999] as [Float])
        #expect(Pixels.bytes(odd).scalars(as: UInt8.self) == [0, 255, 0, 255, 0, 255])
        #expect(Pixels.bytes(odd, .truncating).scalars(as: UInt8.self) == [0, 255, 0, 255, 0, 254])
    }

    @Test("Padding puts the image in the middle of black, and cropping takes it out")
    func padding() {
        let image = Tensor.ones([2, 1, 28, 27])
        let padded = Pixels.padded(image, to: 32)
        #expect(padded.shape == [2, 1, 32, 32])
        assertEqual(padded[0..., 0..., 2..<30, 2..<29], image)
        assertEqual(Pixels.cropped(padded, to: Size2D(height: 28, width: 27)), image)
        #expect(padded.sum().item() == Double(2 * (2 * 28 * 27 - 32 * 32)))
        #expect(Pixels.padded(image.to(.uint8), to: 32).to(.int64).sum().intItem() == 2 * 28 * 27)
    }

    @Test("Noise stays within a level")
    func dequantisation() {
        let floats = Pixels.dequantised(levels, using: RandomSource(Seed(0)))
        assertEqual(((floats + 1) * 128).floor().to(.uint8), levels)
        #expect(floats.amax().item() < 1)
    }
}
