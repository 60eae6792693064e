import TestSupport
import Testing
import Torch

@Suite("The border to libtorch") struct BorderTests {
    @Test("Handles are released exactly once")
    func noLeaks() {
        assertNoLeaks {
            let a = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
            let b = (a.matmul(a) + 1).softmax(-1).chunk(2, 1)
            let c = Tensor.cat(b + b.map { $0 * 2 }, 1)
            #expect(c.shape == [2, 4])
        }
    }

    @Test("Temporaries live until the operation that reads them is done")
    func temporaries() {
        // In release builds Swift frees an instance after its last use; a sum over freed memory would be wrong.
        let sum = (0..<200).map { Tensor.full([64, 64], Double($0)) }
        let total = Tensor.stack(sum.map { $0 * 1 }).sum().item()
        #expect(total == 199 * 200 / 2 * 4096)
    }

    @Test("A failed operation throws inside a catching scope, with operation, shapes and libtorch's text")
    func catching() {
        let error = #expect(throws: TorchError.self) {
            try catchingTorchErrors {
                let a = Tensor.zeros([2, 3])
                return a.matmul(Tensor.zeros([4, 5])) + 1
            }
        }
        #expect(error?.message.contains("matmul") == true)
        #expect(error?.message.contains("[2, 3]") == true)
        #expect(error?.message.contains("[4, 5]") == true)
    }

    @Test("What Swift demands of arguments is caught too, and failed results may be cut and broadcast")
    func catchingDemands() {
        let cut = #expect(throws: TorchError.self) { try catchingTorchErrors { Tensor.zeros([5]).chunk(2)[1] + 1 } }
        #expect(cut?.message == "a dimension of size 5 cannot be cut into 2 equal pieces")
        let fill = #expect(throws: TorchError.self) { try catchingTorchErrors { Tensor([1, 2], shape: [3]).chunk(3) } }
        #expect(fill?.message == "2 elements do not fill the shape [3], which holds 3")
        let batch = #expect(throws: TorchError.self) {
            try catchingTorchErrors { Tensor.zeros([2])[5].alongBatch(of: .zeros([2, 2])) }
        }
        #expect(batch?.code == .indexOutOfRange)
    }

    @Test("Code that reads sizes of a failed result runs on to the end of the scope, and the first failure is thrown")
    func catchingSizes() {
        let error = #expect(throws: TorchError.self) {
            try catchingTorchErrors {
                let failed = Tensor.zeros([2, 3]).matmul(Tensor.zeros([4, 5]))
                return failed.reshape(failed.shape[0] * 2, failed.shape[3]).sum()
            }
        }
        #expect(error?.message.contains("matmul") == true)
    }

    @Test("Nested scopes each throw their own first failure")
    func nested() throws {
        let value = try catchingTorchErrors {
            #expect(throws: TorchError.self) { try catchingTorchErrors { Tensor.zeros([2])[5] } }
            return Tensor.ones([2]).sum().item()
        }
        #expect(value == 2)
    }

    @Test("Exhausted memory is reported as such")
    func memory() {
        let error = #expect(throws: TorchError.self) {
            try catchingTorchErrors { Tensor.empty([1 << 50]) }
        }
        #expect(error?.code == .outOfMemory)
    }

    @Test("An absent device is an error that lists those that exist")
    func devices() {
        let error = #expect(throws: TorchError.self) { try Device(named: "cuda:93") }
        #expect(error?.message.contains("cpu") == true)
        #expect(throws: TorchError.self) { try Device(named: "tpu") }
        #expect(throws: Never.self) { try Device(named: "cpu") }
    }
}
