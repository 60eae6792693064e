import Foundation
import Generative
import TestSupport
import Testing
import Torch

@Suite("Linear operators") struct LinearOperatorTests {
    private static let picture = [2, 8, 12]

    private static let operators: [any LinearOperator] = [
        MaskOperator((Tensor.rand([1, 8, 12], using: source("mask"), dtype: .float64) .< 0.6), of: picture),
        SeparableOperator.averagePooling(4, of: picture),
        SeparableOperator.gaussianBlur(deviation: 1.2, of: picture),
        MatrixOperator(normal([3, 5], "matrix")),
        // More measurements than data: some directions are never reached.
        MatrixOperator(normal([5, 3], "tall matrix")),
    ]

    private func data(_ one: any LinearOperator, _ name: String = "data") -> Tensor {
        normal([4] + one.dataShape, name)
    }

    @Test("Shapes, and the adjoint", arguments: 0..<5)
    func adjoint(index: Int) {
        let one = Self.operators[index]
        let y = data(one)
        let z = normal([4] + one.measurementShape, "measurement")
        let seen = one.apply(y)
        #expect(seen.shape == z.shape && one.adjoint(z).shape == y.shape)
        let left = (seen * z).flatten(1).sum(1)
        assertClose(left, (y * one.adjoint(z)).flatten(1).sum(1), relative: 1e-10, absolute: 1e-10)
    }

    @Test("Solutions with A Aᵀ + c I, a ridge for each example", arguments: 0..<5)
    func solve(index: Int) {
        let one = Self.operators[index]
        let z = normal([4] + one.measurementShape, "measurement")
        let ridge = Tensor([0.1, 1, 3, 0.02])
        let solved = one.solve(z, ridge: ridge)
        let back = one.apply(one.adjoint(solved)) + solved * ridge.alongBatch(of: solved)
        assertClose(back, z, relative: 1e-8, absolute: 1e-8)
    }

    @Test("The pseudo-inverse fits what can be measured, with the least data", arguments: 0..<5)
    func pseudoInverse(index: Int) {
        let one = Self.operators[index]
        let z = one.apply(data(one))
        let least = one.pseudoInverse(z)
        // Blur keeps little of the finest patterns, which amplifies rounding.
        assertClose(one.apply(least), z, relative: 1e-5, absolute: 1e-5)
        #expect((least.square().sum() - data(one).square().sum()).item() < 1e-6)
        #expect(one.solve(z.to(.float32), ridge: Tensor.zeros([4])).isfinite().all().intItem() == 1)
    }

    @Test("A mask, means of squares, and a blur that keeps brightness")
    func values() {
        let pixels = Tensor.arange(16, dtype: .float64).reshape(1, 1, 4, 4)
        let pooled = SeparableOperator.averagePooling(2, of: [1, 4, 4]).apply(pixels)
        assertClose(pooled, Tensor([2.5, 4.5, 10.5, 12.5], shape: [1, 1, 2, 2]), absolute: 1e-12)
        let flat = SeparableOperator.gaussianBlur(deviation: 2, of: [1, 6, 6]).apply(
            .ones([1, 1, 6, 6], dtype: .float64))
        assertClose(flat, .ones([1, 1, 6, 6], dtype: .float64), absolute: 1e-12)
        let masked = MaskOperator(Tensor([1.0, 0, 1])).apply(Tensor([5.0, 6, 7], shape: [1, 3]))
        assertEqual(masked, Tensor([5.0, 0, 7], shape: [1, 3]))
    }

    @Test("A mask of the wrong shape or with other numbers stops the program with a message")
    func mistakes() async {
        let shape = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = MaskOperator(.ones([8, 8]), of: [1, 28, 28])
        }
        let shapeText = String(decoding: shape?.standardErrorContent ?? [], as: UTF8.self)
        #expect(shapeText.contains("a mask of shape [8, 8] does not fit data of shape [1, 28, 28]"))
        let numbers = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = MaskOperator(Tensor([0.5, 1]))
        }
        let numbersText = String(decoding: numbers?.standardErrorContent ?? [], as: UTF8.self)
        #expect(numbersText.contains("0 and 1 only"))
        let pooling = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = SeparableOperator.averagePooling(4, of: [1, 30, 28])
        }
        let poolingText = String(decoding: pooling?.standardErrorContent ?? [], as: UTF8.self)
        #expect(poolingText.contains("multiples"))
    }
}
