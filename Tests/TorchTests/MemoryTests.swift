import TestSupport
import Testing
import Torch

@Suite("Memory and conversion")
struct MemoryTests {
    private final class Memory: Sendable {
        nonisolated(unsafe) let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 16)
        let released: @Sendable () -> Void

        init(released: @escaping @Sendable () -> Void) {
            self.released = released
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
        }

        deinit {
            bytes.deallocate()
            released()
        }
    }

    @Test("shared memory is not copied, and its owner lives exactly as long as the last tensor that uses it")
    func sharing() throws {
        nonisolated(unsafe) var isReleased = false
        var view: Tensor?
        do {
            let memory = Memory { isReleased = true }
            let start = try #require(memory.bytes.baseAddress)
            let whole = Tensor(sharing: start, shape: [2, 8], dtype: .float32, owner: memory)
            memory.bytes.storeBytes(of: 2.5, toByteOffset: 4 * 9, as: Float.self)
            #expect(whole[1, 1].item() == 2.5)
            whole[1, 0] = Tensor(7 as Float)
            #expect(memory.bytes.load(fromByteOffset: 32, as: Float.self) == 7)
            view = whole[1]
        }
        #expect(!isReleased)
        #expect(view?[..<2].scalars(as: Float.self) == [7, 2.5])
        view = nil
        #expect(isReleased)
    }

    @Test("an empty shared tensor releases its owner at once")
    func emptySharing() throws {
        nonisolated(unsafe) var isReleased = false
        do {
            let memory = Memory { isReleased = true }
            let start = try #require(memory.bytes.baseAddress)
            #expect(Tensor(sharing: start, shape: [0, 3], dtype: .int64, owner: memory).shape == [0, 3])
        }
        #expect(isReleased)
    }

    @Test("arrays come back as they were, in every Swift type")
    func arrays() {
        func check<Scalar: TorchScalar & Equatable>(_ scalars: [Scalar]) {
            let tensor = Tensor(scalars)
            #expect(tensor.dtype == Scalar.dtype && tensor.shape == [scalars.count])
            #expect(tensor.scalars(as: Scalar.self) == scalars)
        }
        check([1.5, -.infinity, .leastNonzeroMagnitude] as [Float])
        check([1.5, .greatestFiniteMagnitude] as [Double])
        check([.min, 0, .max] as [Int])
        check([.min, 0, .max] as [Int64])
        check([.min, 0, .max] as [Int32])
        check([.min, 0, .max] as [Int16])
        check([.min, 0, .max] as [Int8])
        check([0, 255] as [UInt8])
        check([true, false])
        check([] as [Float])
    }

    @Test("elements are read in row-major order, whatever their order in memory, and converted")
    func reading() {
        let a = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
        #expect(a.mT.scalars(as: Int32.self) == [1, 3, 2, 4])
        #expect(a.to(.bfloat16).scalars(as: Double.self) == [1, 2, 3, 4])
        #expect(a.requiringGrad().scalars(as: Float.self) == [1, 2, 3, 4])
        #expect(Tensor(2.75).item() == 2.75 && Tensor(-3).intItem() == -3 && Tensor(true).intItem() == 1)
    }

    @Test("bytes are seen in place in a contiguous tensor, and row-major in others")
    func bytes() {
        let a = Tensor([1, 2, 3, 4] as [UInt8], shape: [2, 2])
        a.withUnsafeMutableBytes { $0[3] = 9 }
        let (first, second) = (a.withUnsafeBytes { $0.baseAddress }, a.withUnsafeBytes { $0.baseAddress })
        #expect(first == second && a.withUnsafeBytes(Array.init) == [1, 2, 3, 9])
        #expect(a.mT.withUnsafeBytes(Array.init) == [1, 3, 2, 9])
        #expect(Tensor.zeros([0]).withUnsafeBytes(\.count) == 0)
        let copy = [3, 1, 4, 1].withUnsafeBytes { Tensor(copying: $0, shape: [2, 2], dtype: .int64) }
        assertEqual(copy, Tensor([3, 1, 4, 1], shape: [2, 2]))
    }

    @Test("short types round to the nearest number, ties to even")
    func rounding() {
        // bfloat16 has 8 significant bits: 257 lies between 256 and 258, 259 between 258 and 260.
        let tensor = Tensor([257, 259, 1.00390625] as [Float])
        #expect(tensor.to(.bfloat16).scalars(as: Float.self) == [256, 260, 1])
        // float16 has 11, and 65520 is the first number that rounds to infinity.
        #expect(
            Tensor([2049, 65519, 65520] as [Float]).to(.float16).scalars(as: Float.self) == [2048, 65504, .infinity])
    }

    @Test("conversion to the same type and device is no copy; copy(from:) converts and broadcasts")
    func conversion() {
        let a = Tensor.zeros([2, 2])
        #expect(a.to(.float32).sharesStorage(with: a) && a.to(.cpu).sharesStorage(with: a))
        #expect(!a.to(.float64).sharesStorage(with: a))
        a.copy(from: Tensor([1, 2]))
        #expect(a.scalars(as: Float.self) == [1, 2, 1, 2])
        #expect(a.to(.cpu, .int32).dtype == .int32)
    }

    @Test("operations in place change every view and stay out of the gradient graph")
    func inPlace() {
        let a = Tensor([1, 2, 3] as [Float]).requiringGrad()
        let view = a.detach()
        a.addInPlace(Tensor([1, 1, 1] as [Float]), scale: 2)
        a.multiplyInPlace(by: 3)
        a.clampInPlace(0...14)
        #expect(view.scalars(as: Float.self) == [9, 12, 14])
        a.fillInPlace(0.5)
        #expect(view.sum().item() == 1.5 && a.isLeaf)
        var sum = view
        sum += view
        #expect(view.sum().item() == 1.5 && sum.sum().item() == 3)
    }

    @Test("compound assignment makes a new tensor")
    func compound() {
        let a = Tensor([6] as [Float])
        var b = a
        b += a
        b *= a
        b -= a
        b /= a
        #expect(b.item() == 11 && a.item() == 6)
    }
}
