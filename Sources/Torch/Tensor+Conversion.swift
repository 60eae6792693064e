internal import CTorch

extension Tensor {
    /// The same values as `dtype`; no copy if they are already.
    public func to(_ dtype: DType) -> Tensor {
        withHandle { handle in result { ctorch_to(handle, dtype.code, -1, 0, false, $0) } }
    }

    /// The same values on `device`; no copy if they are there already.
    public func to(_ device: Device) -> Tensor {
        withHandle { handle in result { ctorch_to(handle, -1, device.kind, device.index, false, $0) } }
    }

    /// The same values as `dtype` on `device`.
    public func to(_ device: Device, _ dtype: DType) -> Tensor {
        withHandle { handle in result { ctorch_to(handle, dtype.code, device.kind, device.index, false, $0) } }
    }

    /// The same values densely in memory in the given format; no copy if they lie so already.
    public func contiguous(_ format: MemoryFormat = .contiguous) -> Tensor {
        withHandle { handle in result { ctorch_contiguous(handle, format.code, $0) } }
    }

    /// Overwrites the elements with those of `source`, broadcast and converted, outside of any gradient graph.
    public func copy(from source: Tensor) {
        withHandles(self, source) { _ = succeeded(ctorch_copy($0, $1)) }
    }

    /// The elements in row-major order, converted to `Scalar`, copied once to the host.
    ///
    /// - Parameter type: The Swift type of the elements.
    public func scalars<Scalar: TorchScalar>(as type: Scalar.Type = Scalar.self) -> [Scalar] {
        let count = count
        return [Scalar](unsafeUninitializedCapacity: count) { buffer, initialized in
            let length = count * MemoryLayout<Scalar>.stride
            let status = withHandle { ctorch_copy_to_bytes($0, Scalar.dtype.code, buffer.baseAddress, length) }
            initialized = succeeded(status) ? count : 0
        }
    }

    /// The value of a tensor with one element.
    public func item() -> Double {
        var value = Double.nan
        withHandle { _ = succeeded(ctorch_item_double($0, &value)) }
        return value
    }

    /// The value of a tensor with one whole number.
    public func intItem() -> Int {
        var value: Int64 = 0
        withHandle { _ = succeeded(ctorch_item_int($0, &value)) }
        return Int(value)
    }

    /// Gives `body` the bytes of a contiguous CPU tensor, without a copy; other tensors are brought there first.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        let host = detach().to(.cpu).contiguous()
        return try host.withHandle { handle in
            var address: UnsafeMutableRawPointer?
            guard succeeded(ctorch_data(handle, &address)) else {
                return try body(UnsafeRawBufferPointer(start: nil, count: 0))
            }
            return try body(UnsafeRawBufferPointer(start: address, count: host.count * host.dtype.byteCount))
        }
    }

    /// Gives `body` the elements of a float32 tensor in row-major order, for kernels outside of libtorch, without a copy if
    /// they lie so on the CPU.
    package func withFloats<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
        try to(.float32).withUnsafeBytes { try body($0.assumingMemoryBound(to: Float.self)) }
    }

    /// Gives `body` the bytes of this contiguous CPU tensor to write to, without a copy; traps for any other tensor.
    public func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try withHandle { handle in
            var address: UnsafeMutableRawPointer?
            guard succeeded(ctorch_data(handle, &address)) else {
                return try body(UnsafeMutableRawBufferPointer(start: nil, count: 0))
            }
            return try body(UnsafeMutableRawBufferPointer(start: address, count: count * dtype.byteCount))
        }
    }
}
