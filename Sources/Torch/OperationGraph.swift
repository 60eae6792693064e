internal import CTorch

/// Operations on a device, recorded once and then launched together: a CUDA graph.
///
/// A training step of hundreds of small operations waits for the host to launch each of them; replayed as a graph it is
/// one launch. The operations run again on the same memory: new inputs are copied into the tensors that were read while
/// recording, and results are found in the tensors that were written.
///
/// What is recorded must not wait for the device (``Tensor/item()``), copy from or to the host, draw random numbers, or
/// change shapes. Needs CUDA, and a build that found CUDA's headers (`scripts/libtorch`). No test of this has run on a device yet.
public final class OperationGraph {
    private let handle: OpaquePointer

    /// Whether operations on `device` can be recorded here.
    public static func isSupported(on device: Device) -> Bool {
        device.isAvailable && ctorch_graphs_supported(device.kind)
    }

    /// Records what `body` queues on `device`, backward passes included, without running it.
    ///
    /// Run the same operations a few times before: libraries set up kernels and memory on their first calls, which cannot
    /// be recorded.
    ///
    /// - Parameters:
    ///   - device: Where the operations run.
    ///   - body: The operations; tensors that it makes belong to the graph, and live as long as something holds them.
    /// - Throws: ``TorchError`` if the device cannot record, or `body` does something that cannot be recorded; what
    ///   `body` throws.
    public init(on device: Device, recording body: () throws -> Void) throws {
        guard Self.isSupported(on: device) else {
            throw TorchError(
                .notImplemented,
                """
                Operations on \(device) cannot be recorded as a graph. That needs a CUDA device, a libtorch for CUDA and CUDA's \
                headers at build time: scripts/libtorch says whether it finds them.
                """)
        }
        var begun: OpaquePointer?
        try check(ctorch_graph_begin(device.kind, device.index, &begun))
        guard let begun else { throw TorchError(.operationFailed, "libtorch began no recording") }
        do {
            try catchingTorchErrors(body)
        } catch {
            _ = ctorch_graph_end(begun, false)
            ctorch_graph_release(begun)
            throw error
        }
        let status = ctorch_graph_end(begun, true)
        guard status == Int32(CTORCH_OK) else {
            let error = TorchError(status: status, message: String(cString: ctorch_last_error()))
            ctorch_graph_release(begun)
            throw error
        }
        handle = begun
    }

    deinit { ctorch_graph_release(handle) }

    /// Queues the recorded operations.
    public func replay() {
        withExtendedLifetime(self) { _ = succeeded(ctorch_graph_replay(handle)) }
    }
}
