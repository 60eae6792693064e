import Foundation
import Testing
import Torch

@Suite("Programmer's errors stop the program")
struct TrapTests {
    private func expect(
        _ parts: [String], in result: ExitTest.Result?, _ location: SourceLocation = #_sourceLocation
    ) {
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        for part in parts { #expect(text.contains(part), sourceLocation: location) }
    }

    @Test("with operation, shapes and libtorch's text")
    func shapes() async {
        let product = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor.zeros([2, 3]).matmul(Tensor.zeros([4, 5]))
        }
        let texts = [
            "Torch: matmul(Float[2, 3], Float[4, 5])", "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)",
        ]
        expect(texts, in: product)
        let sum = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor.zeros([2, 3]) + Tensor.zeros([2])
        }
        expect(["Torch: add(Float[2, 3], Float[2])", "must match the size of tensor b"], in: sum)
    }

    @Test("with the operation that does not exist for a type")
    func types() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor([1, 2]).mean()
        }
        expect(["Torch: mean(Long[2])", "dtype"], in: result)
    }

    @Test("when elements do not fill a shape")
    func counts() async {
        let array = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor([1, 2, 3], shape: [2, 2])
        }
        expect(["Torch: 3 elements do not fill the shape [2, 2], which holds 4"], in: array)
        let bytes = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = [1, 2].withUnsafeBytes { Tensor(copying: $0, shape: [3], dtype: .int64) }
        }
        expect(["Torch: 16 bytes do not fill int64[3], which takes 24"], in: bytes)
    }

    @Test("when a dimension cannot be cut into equal pieces or a batch does not fit")
    func sizes() async {
        let chunk = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor.zeros([5]).chunk(2)
        }
        expect(["a dimension of size 5 cannot be cut into 2 equal pieces"], in: chunk)
        let batch = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor.zeros([5]).alongBatch(of: .zeros([4, 5]))
        }
        expect(["5 values do not fit a batch of shape [4, 5]"], in: batch)
    }

    @Test("when a value of several elements is asked for as one number")
    func item() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Tensor([1, 2]).item()
        }
        expect(["Torch: item(Long[2])"], in: result)
    }

    @Test("when a tensor that is not contiguous is to be written as bytes")
    func bytes() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Tensor.zeros([2, 3]).mT.withUnsafeMutableBytes { $0[0] = 1 }
        }
        expect(["the tensor is not contiguous"], in: result)
    }

    @Test("when two tensors of a file have the same name")
    func names() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            try SafetensorsFile.write([("a", Tensor(1)), ("a", Tensor(2))], to: URL(filePath: "/nowhere"))
        }
        expect(["Names of tensors in a file are different"], in: result)
    }
}
