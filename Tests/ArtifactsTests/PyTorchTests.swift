import Artifacts
import FileFormats
import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

/// `checkpoint.pt` is what Fixtures/make_checkpoint.py writes.
@Suite("Checkpoints of PyTorch")
struct PyTorchTests {
    private static let checkpoint = fixtures().appending(path: "checkpoint.pt")

    @Test("of weights and their average the average is taken, and said; wrappers' names are left out")
    func average() throws {
        let weights = try PyTorchWeights(contentsOf: Self.checkpoint)
        #expect(weights.path == "ema")
        #expect(try #require(weights.note).hasPrefix("checkpoint.pt: took 'ema' of args, ema, epoch"))
        #expect(weights.tensors.keys.sorted() == ["layer.bias", "layer.weight"])
        let weight = try #require(weights.tensors["layer.weight"]).read()
        #expect(weight.dtype == .bfloat16)
        #expect(weight.to(.float32).scalars(as: Float.self) == [0, 0.5, 1, 1.5, 2, 2.5])
        #expect(try #require(weights.tensors["layer.bias"]).read().to(.float32).scalars(as: Float.self) == [1, -2])
    }

    @Test("NumPy scalars, numbers and texts are read, settings are forgotten, and views are in order")
    func values() throws {
        guard case .dictionary(let root) = try PyTorchCheckpoint(contentsOf: Self.checkpoint).root else {
            Issue.record("no dictionary")
            return
        }
        func number(_ key: String) -> Double? { if case .number(let value)? = root[key] { value } else { nil } }
        #expect(number("epoch") == 3)
        #expect(number("loss") == 0.25)
        #expect(number("half") == 1.5)
        guard case .other(let kind)? = root["args"], case .tensor(let view)? = root["transposed"],
            case .tensor(let steps)? = root["steps"], case .dictionary(let optimiser)? = root["opt"],
            case .dictionary(let state)? = optimiser["state"]
        else {
            Issue.record("\(root)")
            return
        }
        #expect(kind == "argparse.Namespace")
        #expect(steps.dtype == "int64" && steps.shape == [2])
        #expect(state.keys.sorted() == ["0"])
        // [0, ..., 5] with shape [3, 2] and strides (1, 3).
        #expect(view.shape == [3, 2])
        var numbers = [Float](repeating: -1, count: 6)
        try numbers.withUnsafeMutableBytes { try view.read(into: $0) }
        #expect(numbers == [0, 3, 1, 4, 2, 5])
    }

    @Test("a checkpoint that is cut or damaged is an error, never a crash")
    func damage() throws {
        let bytes = [UInt8](try Data(contentsOf: Self.checkpoint))
        var random = SeededNumbers(state: 3)
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "x.pt")
            for count in stride(from: 0, to: bytes.count, by: 83) {
                try Data(bytes.prefix(count)).write(to: url)
                #expect(throws: (any Error).self, "\(count) bytes") { _ = try PyTorchWeights(contentsOf: url) }
            }
            for _ in 0..<500 {
                var damaged = bytes
                for _ in 0..<Int.random(in: 1...5, using: &random) {
                    damaged[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
                }
                try Data(damaged).write(to: url)
                guard let weights = try? PyTorchWeights(contentsOf: url) else { continue }
                for tensor in weights.tensors.values { _ = try? tensor.read() }
            }
        }
    }
}
