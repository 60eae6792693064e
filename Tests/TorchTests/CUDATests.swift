import TestSupport
import Testing
import Torch

@Suite("Graphs of operations")
struct OperationGraphTests {
    @Test("the CPU records none, and says so")
    func unsupported() {
        #expect(!OperationGraph.isSupported(on: .cpu))
        let error = #expect(throws: TorchError.self) { try OperationGraph(on: .cpu) {} }
        #expect(error?.code == .notImplemented && error?.message.contains("CUDA's") == true)
    }
}

/// What runs only where there is a CUDA device.
@Suite("CUDA", .enabled(if: Device.cuda(0).isAvailable, "there is no CUDA device here"), .serialized)
struct CUDATests {
    private static let device = Device.cuda(0)
    static let recordsGraphs = OperationGraph.isSupported(on: .cuda(0))

    @Test("products, convolutions and their gradients agree with the CPU's")
    func operations() throws {
        let source = RandomSource(Seed(1))
        let images = Tensor.randn([2, 3, 8, 8], using: source, dtype: .float64)
        let weight = Tensor.randn([4, 3, 3, 3], using: source, dtype: .float64)
        func gradient(on device: Device) throws -> [Tensor] {
            let (x, w) = (images.to(device).requiringGrad(), weight.to(device).requiringGrad())
            let y = x.conv2d(w).flatten(1)
            y.matmul(y.mT).tanh().sum().backward()
            return [try #require(x.grad), try #require(w.grad)].map { $0.to(.cpu) }
        }
        for (here, there) in zip(try gradient(on: .cpu), try gradient(on: Self.device)) {
            assertClose(there, here, relative: 1e-9, absolute: 1e-9)
        }
    }

    @Test("the same seed gives the same numbers twice")
    func randomNumbers() {
        let draws = (0..<2).map { _ in Tensor.randn([1000], using: RandomSource(Seed(3), device: Self.device)) }
        #expect(draws[0].to(.cpu).scalars(as: Float.self) == draws[1].to(.cpu).scalars(as: Float.self))
    }

    @Test("a graph runs again on new inputs, gradients included", .enabled(if: recordsGraphs))
    func replay() throws {
        let input = Tensor([1, 2, 3] as [Float], device: Self.device)
        let weight = Tensor([2, 2, 2] as [Float], device: Self.device).requiringGrad()
        for _ in 0..<3 {
            weight.grad = nil
            (input * weight).square().sum().backward()
        }
        weight.grad = nil
        var output: Tensor?
        let graph = try OperationGraph(on: Self.device) {
            let sum = (input * weight).square().sum()
            sum.backward()
            output = sum.detach()
        }
        for values in [[1, 1, 1], [0.5, -1, 2]] as [[Float]] {
            input.copy(from: Tensor(values, device: Self.device))
            graph.replay()
            #expect(output?.item() == Double(values.map { 4 * $0 * $0 }.reduce(0, +)))
            #expect(weight.grad?.to(.cpu).scalars(as: Float.self) == values.map { 4 * $0 * $0 })
        }
    }

    @Test("what waits for the device cannot be recorded, and the device goes on", .enabled(if: recordsGraphs))
    func waiting() throws {
        let x = Tensor([1, 2] as [Float], device: Self.device)
        #expect(throws: TorchError.self) {
            try OperationGraph(on: Self.device) { _ = (x + 1).sum().item() }
        }
        #expect((x + 1).sum().item() == 5)
    }
}
