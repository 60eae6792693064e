internal import CTorch

/// A multi-dimensional array of numbers on a device, with gradients: libtorch's tensor.
///
/// A tensor is a reference to shared storage: copies of the struct, views such as ``reshape(_:)-(Int...)`` and slices see the
/// same elements, and in-place operations (their names end in `InPlace` or start with `copy`) change them for all.
///
/// Operations trap on a programmer's error, such as shapes that do not fit, with libtorch's message and the shapes of
/// the inputs; ``catchingTorchErrors(_:)`` turns such traps into a thrown ``TorchError``.
public struct Tensor: Sendable {
    private let storage: TensorStorage

    /// Takes over a handle that the caller owns.
    init(owning handle: OpaquePointer) {
        storage = TensorStorage(handle)
    }

    /// The only door to the C handle: Swift may free the storage right after its last use in Swift.
    @inline(__always)
    func withHandle<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
        try storage.withHandle(body)
    }
}

/// Owns one C handle.
///
/// Libtorch's reference counts are atomic, and its tensors may be read from any thread; writing in
/// place while another thread reads is the caller's error, as it is in PyTorch.
private final class TensorStorage: @unchecked Sendable {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) { self.handle = handle }

    deinit { ctorch_release(handle) }

    @inline(__always)
    func withHandle<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try body(handle) }
    }
}

typealias Out = UnsafeMutablePointer<OpaquePointer?>

@inline(__always)
func withHandles<R>(_ a: Tensor, _ b: Tensor, _ body: (OpaquePointer, OpaquePointer) throws -> R) rethrows -> R {
    try a.withHandle { a in try b.withHandle { b in try body(a, b) } }
}

@inline(__always)
func withHandles<R>(
    _ a: Tensor, _ b: Tensor, _ c: Tensor, _ body: (OpaquePointer, OpaquePointer, OpaquePointer) throws -> R
) rethrows -> R {
    try a.withHandle { a in try b.withHandle { b in try c.withHandle { c in try body(a, b, c) } } }
}

/// Handles of a list, alive for the duration of `body`.
func withHandles<R>(
    _ tensors: [Tensor], _ body: (UnsafePointer<OpaquePointer>?, Int64) throws -> R
) rethrows -> R {
    try withExtendedLifetime(tensors) {
        let handles = tensors.map { $0.withHandle { $0 } }
        return try handles.withUnsafeBufferPointer { try body($0.baseAddress, Int64($0.count)) }
    }
}

/// The handle of a tensor that may be absent.
@inline(__always)
func withHandle<R>(of tensor: Tensor?, _ body: (OpaquePointer?) throws -> R) rethrows -> R {
    guard let tensor else { return try body(nil) }
    return try tensor.withHandle { try body($0) }
}

/// Runs an operation with one result.
@inline(__always)
func result(_ operation: (Out) -> Int32) -> Tensor {
    var handle: OpaquePointer?
    guard succeeded(operation(&handle)), let handle else { return undefinedTensor() }
    return Tensor(owning: handle)
}

/// Runs an operation with two results.
func results(_ operation: (Out, Out) -> Int32) -> (Tensor, Tensor) {
    var first: OpaquePointer?
    var second: OpaquePointer?
    guard succeeded(operation(&first, &second)), let first, let second else {
        return (undefinedTensor(), undefinedTensor())
    }
    return (Tensor(owning: first), Tensor(owning: second))
}

/// Runs an operation with three results.
func results(_ operation: (Out, Out, Out) -> Int32) -> (Tensor, Tensor, Tensor) {
    var handles: (OpaquePointer?, OpaquePointer?, OpaquePointer?)
    guard succeeded(operation(&handles.0, &handles.1, &handles.2)),
        let first = handles.0, let second = handles.1, let third = handles.2
    else { return (undefinedTensor(), undefinedTensor(), undefinedTensor()) }
    return (Tensor(owning: first), Tensor(owning: second), Tensor(owning: third))
}

/// Runs an operation that writes `count` results side by side.
func results(count: Int, _ operation: (Out) -> Int32) -> [Tensor] {
    var handles = [OpaquePointer?](repeating: nil, count: max(count, 1))
    let done = handles.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.map { succeeded(operation($0)) } ?? false
    }
    guard done else { return (0..<count).map { _ in undefinedTensor() } }
    return handles.prefix(count).map { $0.map(Tensor.init(owning:)) ?? undefinedTensor() }
}

/// What an operation that failed inside ``catchingTorchErrors(_:)`` returns.
func undefinedTensor() -> Tensor {
    var handle: OpaquePointer?
    ctorch_undefined(&handle)
    guard let handle else { fatalError("Torch: libtorch could not allocate a handle") }
    return Tensor(owning: handle)
}

extension Array where Element == Int {
    /// The same numbers as C expects them, with their count.
    @inline(__always)
    func withInt64<R>(_ body: (UnsafePointer<Int64>?, Int64) throws -> R) rethrows -> R {
        // Int is 64 bits wide on every platform that libtorch runs on.
        try withUnsafeBufferPointer { buffer in
            try buffer.withMemoryRebound(to: Int64.self) { try body($0.baseAddress, Int64($0.count)) }
        }
    }
}
