import Foundation
import TestSupport
import Testing
import Torch

@Suite("Programmer's errors stop the program")
struct TrapTests {
    @Test("with operation, shapes and libtorch's text")
    func shapes() async {
        let product = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor.zeros([2, 3]).matmul(Tensor.zeros([4, 5]))
        }
        assertSaid(
            product, "Torch: matmul(Float[2, 3], Float[4, 5])",
            "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)")
        let sum = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor.zeros([2, 3]) + Tensor.zeros([2])
        }
        assertSaid(sum, "Torch: add(Float[2, 3], Float[2])", "must match the size of tensor b")
    }

    @Test("with the operation that does not exist for a type")
    func types() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor([1, 2]).mean()
        }
        assertSaid(result, "Torch: mean(Long[2])", "dtype")
    }

    @Test("when elements do not fill a shape")
    func counts() async {
        let array = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor([1, 2, 3], shape: [2, 2])
        }
        assertSaid(array, "Torch: 3 elements do not fill the shape [2, 2], which holds 4")
        let bytes = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = [1, 2].withUnsafeBytes { Tensor(copying: $0, shape: [3], dtype: .int64) }
        }
        assertSaid(bytes, "Torch: 16 bytes do not fill int64[3], which takes 24")
    }

    @Test("when a dimension cannot be cut into equal pieces or a batch does not fit")
    func sizes() async {
        let chunk = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor.zeros([5]).chunk(2)
        }
        assertSaid(chunk, "a dimension of size 5 cannot be cut into 2 equal pieces")
        let batch = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor.zeros([5]).alongBatch(of: .zeros([4, 5]))
        }
        assertSaid(batch, "5 values do not fit a batch of shape [4, 5]")
    }

    @Test("when a value of several elements is asked for as one number")
    func item() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor([1, 2]).item()
        }
        assertSaid(result, "Torch: item(Long[2])")
    }

    @Test("when a tensor that is not contiguous is to be written as bytes")
    func bytes() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Tensor.zeros([2, 3]).mT.withUnsafeMutableBytes { $0[0] = 1 }
        }
        assertSaid(result, "the tensor is not contiguous")
    }

    @Test("when two tensors of a file have the same name")
    func names() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            try SafetensorsFile.write([("a", Tensor(1)), ("a", Tensor(2))], to: URL(filePath: "/nowhere"))
        }
        assertSaid(result, "names of tensors in a file are different")
    }
}
